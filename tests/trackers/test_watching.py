"""When images of people are taken, and what they lead to."""

import numpy as np
import pytest

from reid_mot.sequences import Camera, Detections, View
from reid_mot.trackers.gallery import Gallery
from reid_mot.trackers.identity_settings import IdentitySettings
from reid_mot.trackers.instant_vectors import InstantVectors
from reid_mot.trackers.likeness import Likeness
from reid_mot.trackers.presence import Presence
from reid_mot.trackers.visits import Stage, Visit
from reid_mot.trackers.watching import QUERY, Watch

from .sighted import sighted

LOOKS = np.eye(4, dtype=np.float32)


def watch_of(*settled: int) -> Watch:
    """People 1, 2 ... on tracks 11, 12 ..., each settled and known by the look of that row."""
    gallery, settings = Gallery(), IdentitySettings(threshold=0.5)
    presence = Presence(gallery, np.inf)
    for identity in settled:
        assert presence.number() == identity
        gallery.add(identity, LOOKS[identity : identity + 1])
        visit = presence.visits[10 + identity] = Visit.begin(identity, 0.0)
        visit.stage = Stage.SETTLED
    return Watch(presence, Likeness(gallery, settings, 0.3), InstantVectors(None), settings)


def see(watch: Watch, time: float, tracks: list[int], looks: list[int]) -> None:
    """Each track is detected once, side by side, with one of the looks."""
    watch.presence.time, n = time, len(tracks)
    left = 60.0 * np.arange(n)
    boxes = np.column_stack([left, np.zeros(n), left + 40, np.full(n, 100.0)])
    view = View(Camera("c", (400, 200)), 1, time, Detections(boxes, None, LOOKS[looks]))
    watch.look(np.array(tracks), sighted(boxes), np.arange(n), (view,))


def test_images_like_the_person_are_kept_and_the_next_is_planned() -> None:
    watch = watch_of(1, 2)
    see(watch, 3.0, [11, 12], [1, 2])
    assert [watch.likeness.gallery.count(k) for k in (1, 2)] == [2, 2]
    assert [visit.due for visit in watch.presence.visits.values()] == [4.0, 4.0]
    see(watch, 3.9, [11, 12], [1, 2])
    assert watch.likeness.gallery.count(1) == 2


def test_three_images_of_somebody_else_ask_who_it_is() -> None:
    watch = watch_of(1, 2)
    for step in range(3):
        visit = watch.presence.visits[11]
        assert (visit.stage, visit.doubts) == (Stage.SETTLED, step)
        see(watch, 3.0 + 0.25 * step, [11], [3])
    assert (visit.stage, visit.reopened, visit.twin) == (Stage.OPEN, True, False)
    assert visit.query.shape == (3, 4)
    assert watch.likeness.gallery.count(1) == 1


def alike() -> Watch:
    """1 and 2, on tracks 11 and 12, who look the same."""
    watch = watch_of(1, 2)
    watch.likeness.several.add_same(np.full(30, 0.05))
    watch.likeness.gallery.remove(1)
    watch.likeness.gallery.add(1, LOOKS[2:3])
    return watch


@pytest.mark.parametrize(("gone", "twin"), [(1.0, True), (5.0, False)])
def test_a_newcomer_like_somebody_who_had_left_may_be_that_person(gone: float, twin: bool) -> None:
    watch = alike()
    watch.presence.time = gone
    watch.presence.hold()
    del watch.presence.visits[11]
    watch.presence.visits[12].newcomer = 3.0
    for step in range(3):
        see(watch, 6.0 + 0.25 * step, [12], [2])
    visit = watch.presence.visits[12]
    assert visit.twin is twin
    assert visit.stage is (Stage.OPEN if twin else Stage.SETTLED)


@pytest.mark.parametrize(("seconds", "twin"), [(2, True), (6, False)])
def test_two_who_look_the_same_are_one_unless_they_were_here_together(
    seconds: int, twin: bool
) -> None:
    watch = alike()
    for time in range(seconds):
        watch.presence.time = float(time)
        watch.presence.hold()
    del watch.presence.visits[11]
    for step in range(3):
        see(watch, 60.0 + 0.25 * step, [12], [2])
    assert watch.presence.visits[12].twin is twin


def test_the_older_number_has_no_twin() -> None:
    watch = alike()
    del watch.presence.visits[12]
    for step in range(3):
        see(watch, 60.0 + 0.25 * step, [11], [2])
    assert not watch.presence.visits[11].twin


def test_whoever_was_deleted_is_left_alone() -> None:
    watch = watch_of(1, 2)
    watch.likeness.gallery.remove(1)
    see(watch, 3.0, [11, 12], [1, 2])
    assert 1 not in watch.likeness.gallery
    assert watch.presence.visits[11].due == 4.0


def test_of_an_open_question_the_newest_images_are_kept() -> None:
    watch = watch_of(1)
    visit = watch.presence.visits[12] = Visit.begin(5, 0.0)
    for step in range(QUERY + 2):
        see(watch, 0.5 * step, [12], [2 + step % 2])
    assert len(visit.vectors) == QUERY
    np.testing.assert_array_equal(visit.query[-1], LOOKS[3])
    assert visit.fresh
    assert visit.due == 0.5 * (QUERY + 1) + watch.settings.interval
