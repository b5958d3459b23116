"""What becomes of a visit when it is decided who it is."""

from __future__ import annotations

from itertools import count

import pytest

from reid_mot.trackers.events import Kind
from reid_mot.trackers.visits import Stage, Visit


@pytest.mark.parametrize(
    ("stage", "reopened", "identity", "kind"),
    [
        (Stage.OPEN, False, None, "new"),
        (Stage.OPEN, False, 7, "re-identified"),
        (Stage.OPEN, True, None, "swapped"),
        (Stage.OPEN, True, 7, "swapped"),
        (Stage.PROVISIONAL, False, None, "corrected"),
        (Stage.PROVISIONAL, True, 7, "corrected"),
    ],
)
def test_what_a_decision_is(stage: Stage, reopened: bool, identity: int | None, kind: Kind) -> None:
    visit = Visit.begin(3, time=1.0)
    visit.stage, visit.reopened = stage, reopened
    assert visit.decide(identity, count(20).__next__) == kind
    assert visit.identity == (3 if identity is None else 7)
    assert visit.stage is Stage.PROVISIONAL
    assert visit.decided == (-1 if identity is None else 7)


def test_a_newcomer_is_known_as_one_until_recognised() -> None:
    visit, numbers = Visit.begin(3, time=1.0), count(20)
    visit.decide(None, numbers.__next__)
    assert visit.newcomer == 1.0
    visit.doubt(True, 9.0, most=1, twin=True)
    assert visit.decide(3, numbers.__next__) == "corrected"
    assert visit.newcomer == 1.0
    assert visit.decide(7, numbers.__next__) == "corrected"
    assert visit.newcomer is None


def test_somebody_else_on_the_same_track_gets_a_number_once() -> None:
    visit, numbers = Visit.begin(3, time=1.0), count(20)
    visit.doubt(True, 2.0, most=1)
    for known, expected in ((None, 20), (7, 7), (None, 20)):
        visit.decide(known, numbers.__next__)
        assert visit.identity == expected
    assert next(numbers) == 21


def test_who_is_held_is_known_from_before() -> None:
    visit = Visit.begin(7, 0.0)
    assert visit.held == set()
    visit.decide(None, lambda: 9)
    assert visit.held == set()
    visit.decide(3, lambda: 9)
    assert visit.held == {3}
    visit.stage = Stage.SETTLED
    for time in range(3):
        visit.doubt(True, float(time), 3)
    assert not visit.settled
    assert visit.held == {3}
