"""Who is present, said in the file of known people, so that no two trackers take one person."""

from __future__ import annotations

from .people_file import PeopleFile


class PeopleClaims:
    """One tracker's claims on people in a file; a claim runs out unless it is renewed.

    Args:
        file: of known people.
        holder: who claims.
        lease: seconds for which a claim holds.
    """

    def __init__(self, file: PeopleFile, holder: str, lease: float) -> None:
        self.file, self.holder, self.lease = file, holder, lease

    def take(self, identity: int, now: float) -> bool:
        """Claim a person at a time; False where another has, or nobody of that number is known."""
        taken = self.file.change(
            "UPDATE people SET holder = ?, until = ? WHERE identity = ?"
            " AND (holder IS NULL OR until <= ? OR holder = ?)",
            self.holder,
            now + self.lease,
            identity,
            now,
            self.holder,
        )
        return taken > 0

    def renew(self, now: float) -> None:
        """All claims hold for a lease from this time on."""
        self.file.change(
            "UPDATE people SET until = ? WHERE holder = ?", now + self.lease, self.holder
        )

    def give_back(self, identity: int) -> None:
        """End the claim on a person; another's stays."""
        self.file.change(
            "UPDATE people SET holder = NULL, until = NULL WHERE identity = ? AND holder = ?",
            identity,
            self.holder,
        )

    def give_all_back(self) -> None:
        """End all claims of this holder."""
        self.file.change(
            "UPDATE people SET holder = NULL, until = NULL WHERE holder = ?", self.holder
        )

    def elsewhere(self, now: float) -> set[int]:
        """Whom others have claimed at this time."""
        rows = self.file.rows(
            "SELECT identity FROM people WHERE until > ? AND holder <> ?", now, self.holder
        )
        return {int(row[0]) for row in rows}
