"""What `reid-mot track --offline` does after the last instant, and how it is labelled."""

from __future__ import annotations

from dataclasses import replace

from ..scores import ScoreTable
from ..trackers.portraits import WithPortraits
from ..trackers.refining import RefineSettings, refine
from ..tracking import Run

ONLINE_SCORES = "scores-online.json"

NOTE = (
    "offline: tracks were stitched, filled and smoothed with the whole run known; an online"
    f" tracker cannot do this. {ONLINE_SCORES} has the scores without it."
)


def looked_back(done: Run, tracker: WithPortraits, settings: dict[str, object]) -> Run:
    """A run with its tracks refined; what was done goes into the settings, as `offline`."""
    chosen = RefineSettings()
    portraits = tracker.portraits
    tracks = refine(done.tracks, tracker.times, portraits, chosen)
    settings["offline"] = {
        "settings": chosen,
        "portraits": len(portraits),
        "identities online": len(set(done.tracks.identity.tolist())),
        "identities": len(set(tracks.identity.tolist())),
    }
    return replace(done, tracks=tracks, offline=True)


def labelled(table: ScoreTable | None) -> ScoreTable | None:
    """Scores that say that they are of an offline result."""
    return None if table is None else replace(table, notes=(*table.notes, NOTE))
