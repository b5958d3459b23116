"""Who enters, who comes back, and who is mistaken for whom, told with tracks made by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reid_mot.models.embedder import CallableEmbedder, Embedder
from reid_mot.sequences import Camera, Detections, View
from reid_mot.trackers.gallery import Gallery
from reid_mot.trackers.gallery_store import GalleryStore
from reid_mot.trackers.identities import Identities, IdentitySettings
from reid_mot.trackers.sightings import Sightings

from .sighted import sighted

Vector = NDArray[np.float32]
Image = NDArray[np.uint8]

QUICK = IdentitySettings(threshold=0.3, interval=0.1, refresh=0.1)
LENGTH = 8


def person(k: int, rng: np.random.Generator | None = None, spread: float = 0.05) -> Vector:
    """An appearance vector of the k-th person; all people look entirely different."""
    vector = np.eye(LENGTH)[k]
    if rng is not None:
        vector = vector + rng.normal(0, spread, LENGTH)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


class Scene:
    """Tracks with one detection each, side by side in one camera, every tenth of a second."""

    def __init__(self, identities: Identities, tall: float = 100.0, apart: float = 60.0) -> None:
        self.identities, self.tall, self.apart = identities, tall, apart
        self.time = 0.0
        self.images = False

    def see(self, looks: list[Vector | None]) -> tuple[Sightings, tuple[View, ...]]:
        """What the camera sees of people with these looks."""
        n = len(looks)
        left = self.apart * np.arange(n)
        boxes = np.column_stack([left, np.zeros(n), left + 40, np.full(n, self.tall)])
        vectors = None
        if any(look is not None for look in looks):
            nothing = np.full(LENGTH, np.nan)
            vectors = np.array([nothing if look is None else look for look in looks])
        image = self.paint(n) if self.images else None
        view = View(Camera("c", (1000, 200)), 0, self.time, Detections(boxes, None, vectors), image)
        return sighted(boxes), (view,)

    def paint(self, n: int) -> Image:
        """The k-th person from the left has brightness 10 (k + 1)."""
        image = np.zeros((200, 1000, 3), np.uint8)
        for k in range(n):
            image[:, int(self.apart * k) : int(self.apart * k) + 40] = 10 * (k + 1)
        return image

    def step(
        self,
        tracks: dict[int, Vector | None],
        crowded: bool = False,
        confirmed: bool = True,
        times: int = 1,
    ) -> dict[int, int]:
        """The identity of each track after `times` instants like this one."""
        number = np.array(list(tracks), dtype=np.int64)
        n = len(number)
        for _ in range(times):
            self.time += 0.1
            seen, views = self.see(list(tracks.values()))
            flags = np.full(n, confirmed), np.full(n, crowded)
            found = self.identities.update(self.time, number, *flags, seen, np.arange(n), views)
        return dict(zip(number.tolist(), found.tolist(), strict=True))


def scene(options: IdentitySettings = QUICK, embedder: Embedder | None = None) -> Scene:
    return Scene(Identities(embedder, options))


def test_people_are_numbered_from_one_within_each_object() -> None:
    for _ in range(2):
        found = scene().step({10: person(0), 11: person(1)}, times=5)
        assert sorted(found.values()) == [1, 2]


def test_who_comes_back_has_the_same_identity() -> None:
    room = scene()
    first = room.step({0: person(0), 1: person(1)}, times=5)
    room.step({}, times=20)
    again = room.step({5: person(1), 6: person(0)}, times=10)
    assert again == {5: first[1], 6: first[0]}


@pytest.mark.parametrize(("away", "same"), [(10, True), (40, False)])
def test_who_was_away_too_long_is_somebody_new(away: int, same: bool) -> None:
    room = scene(replace(QUICK, absence=2.5))
    first = room.step({0: person(0)}, times=5)
    room.step({}, times=away)
    again = room.step({5: person(0)}, times=10)
    assert (again[5] == first[0]) == same


def test_who_was_dismissed_is_somebody_new_and_leaves_nothing_behind() -> None:
    room = scene()
    first = room.step({0: person(0), 1: person(1)}, times=5)
    room.identities.dismiss([0, 77])
    room.step({})
    assert room.identities.gallery.identities == (first[1],)
    again = room.step({5: person(0), 6: person(1)}, times=10)
    assert again[6] == first[1]
    assert again[5] not in first.values()


def test_a_track_with_the_number_of_one_dismissed_before_is_not_concerned() -> None:
    room = scene()
    first = room.step({0: person(0)}, times=5)
    room.identities.dismiss([7])
    room.step({0: person(0), 7: person(1)}, times=5)
    room.step({})
    assert room.step({9: person(0)}, times=10) == {9: first[0]}
    assert len(room.identities.gallery.identities) == 2


def test_somebody_else_is_somebody_new() -> None:
    room = scene()
    room.step({0: person(0)}, times=5)
    room.step({})
    assert room.step({1: person(1)}, times=10) == {1: 2}


def test_without_appearance_every_track_is_somebody_new() -> None:
    room = scene()
    first = room.step({0: None}, times=5)
    room.step({})
    again = room.step({1: None}, times=20)
    assert again[1] != first[0]


def test_an_identity_stays_while_nothing_is_seen_of_a_person() -> None:
    room = scene()
    first = room.step({0: person(0)}, times=5)
    assert room.step({0: None}, times=30) == first


def test_tracks_that_are_not_people_yet_have_no_identity() -> None:
    room = scene()
    assert room.step({0: person(0)}, confirmed=False, times=5) == {0: -1}
    assert room.step({0: person(0)}) == {0: 1}


def test_who_is_present_is_not_somebody_else_too() -> None:
    room = scene()
    first = room.step({0: person(0)}, times=5)
    both = room.step({0: person(0), 1: person(0)}, times=20)
    assert both[0] == first[0]
    assert both[1] != first[0]


def test_two_who_enter_together_are_not_the_same_person() -> None:
    room = scene()
    first = room.step({0: person(0)}, times=5)
    room.step({})
    rng = np.random.default_rng(0)
    both = room.step({1: person(0, rng, 0.2), 2: person(0)}, times=20)
    assert both[1] != both[2]
    assert first[0] in both.values()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_who_enters_together_is_decided_jointly(order: tuple[int, int]) -> None:
    """Track 10 resembles both absentees, track 11 only the first: so 10 is the second."""
    room = scene(IdentitySettings(threshold=0.5, interval=0.1))
    first = room.step({0: person(0), 1: person(1)}, times=5)
    room.step({})
    looks = [0.75 * person(0) + 0.65 * person(1), 0.9 * person(0) + 0.1 * person(7)]
    unit = [look / np.linalg.norm(look) for look in looks]
    both = room.step({10 + k: unit[k] for k in order}, times=20)
    assert both == {10: first[1], 11: first[0]}


def test_swapped_tracks_get_their_people_back() -> None:
    room = scene()
    first = room.step({0: person(0), 1: person(1)}, times=30)
    room.step({0: person(0), 1: person(1)}, crowded=True, times=3)
    swapped = room.step({0: person(1), 1: person(0)}, times=30)
    assert swapped == {0: first[1], 1: first[0]}


@pytest.mark.parametrize("doubts", [2, 8])
def test_a_few_strange_images_change_nobody(doubts: int) -> None:
    room = scene(replace(QUICK, doubts=doubts))
    room.step({0: person(0), 1: person(1)}, times=30)
    first = room.step({0: person(0), 1: person(1)}, crowded=True)
    assert room.step({0: person(1), 1: person(0)}, times=doubts - 1) == first
    assert room.step({0: person(0), 1: person(1)}, crowded=True, times=10) == first
    assert room.step({0: person(1), 1: person(0)}, times=2 * doubts + 20) != first


def learned(room: Scene) -> None:
    """Let it see that two people lie 0.8 apart, give or take 0.1."""
    room.identities.statistics.add_different(np.array([0.7, 0.9] * 20))


@pytest.mark.parametrize(("share", "same"), [(0.6, True), (0.95, False)])
def test_a_strange_side_makes_nobody_new_and_a_stranger_does(share: float, same: bool) -> None:
    """0.6 of another is 0.45 away: beyond the threshold, and not as far as other people are."""
    room = scene()
    learned(room)
    first = room.step({0: person(0)}, times=30)
    assert (room.step({0: mixed(0, 1, 1 - share)}, times=30) == first) is same


@pytest.mark.parametrize(("share", "same"), [(0.6, True), (0.95, False)])
def test_who_was_recognised_is_new_only_if_a_stranger(share: float, same: bool) -> None:
    """The first image is the person's; those of the next seconds 0.45 or 0.95 away."""
    room = scene()
    learned(room)
    first = room.step({0: person(0)}, times=30)
    room.step({}, times=20)
    assert room.step({1: person(0)})[1] == first[0]
    assert (room.step({1: mixed(0, 1, 1 - share)}, times=60)[1] == first[0]) is same


def test_who_looks_strange_to_the_end_is_a_stranger() -> None:
    """0.45 away, not as far as other people are; five deviations from one person are 0.35."""
    room = scene()
    learned(room)
    room.identities.statistics.add_same(np.array([0.05, 0.15] * 1000))
    first = room.step({0: person(0)}, times=30)
    assert room.step({0: mixed(0, 1, 0.4)}, times=45) == first
    new = room.step({0: mixed(0, 1, 0.4)}, times=15)
    assert new != first
    assert told(room)[-1] == ("corrected", new[0], first[0])
    assert room.step({0: mixed(0, 1, 0.4), 1: person(0)}, times=10) == {**new, 1: first[0]}


def test_a_person_missed_at_the_door_is_recognised_later() -> None:
    """Better images follow little by little; two numbers turn out to be one person."""
    room = scene(replace(QUICK, threshold=0.5, correct=0.5))
    first = room.step({0: person(0), 1: person(1)}, times=20)
    room.step({1: person(1)}, times=20)
    new = room.step({1: person(1), 2: mixed(0, 3, 0.3)}, times=20)
    assert new[2] not in first.values()
    assert room.step({1: person(1), 2: mixed(0, 3, 0.45)}, times=20) == new
    later = room.step({1: person(1), 2: mixed(0, 3, 0.6)}, times=30)
    assert later == {1: first[1], 2: first[0]}
    assert told(room)[-1] == ("corrected", first[0], new[2])
    assert set(room.identities.gallery.identities) == set(first.values())


def test_two_numbers_of_one_person_are_found_out_in_another_visit() -> None:
    """The second was given at the door, and is what she was recognised as when she came again."""
    room = scene(replace(QUICK, threshold=0.5, correct=0.5))
    first = room.step({0: person(0)}, times=20)[0]
    room.step({}, times=20)
    second = room.step({1: mixed(0, 3, 0.3)}, times=20)[1]
    room.step({}, times=20)
    assert room.step({2: mixed(0, 3, 0.35)}, times=20) == {2: second} != {2: first}
    assert room.step({2: mixed(0, 3, 0.6)}, times=40) == {2: first}
    assert room.identities.gallery.identities == (first,)
    event = next(event for event in room.identities.events if event.previous == second)
    assert (event.kind, event.identity, event.provisional) == ("corrected", first, False)


@pytest.mark.parametrize(("share", "one"), [(0.45, True), (0.2, True), (0.0, False)])
def test_a_newcomer_whose_track_goes_to_somebody_who_had_left(share: float, one: bool) -> None:
    """She has two numbers, unless she is as unlike the second as strangers are."""
    room = scene(replace(QUICK, threshold=0.35, correct=0.5))
    learned(room)
    first = room.step({0: person(0)}, times=20)[0]
    room.step({}, times=20)
    second = room.step({1: mixed(0, 3, share)}, times=20)[1]
    assert second != first
    assert room.step({1: mixed(0, 3, 0.8)}, times=20) == {1: first}
    assert (second in room.identities.gallery.identities) is not one


def test_images_of_somebody_else_do_not_become_the_persons() -> None:
    """Before it is decided for good who she is, her track comes to follow another."""
    room = scene(replace(QUICK, correct=0.5))
    first = room.step({0: person(0)}, times=20)[0]
    room.step({}, times=5)
    assert room.step({1: person(0)}, times=5) == {1: first}
    assert room.step({1: person(2)}) == {1: first}
    room.step({})
    gallery = room.identities.gallery
    assert gallery.identities == (first,)
    assert gallery.count(first) > 20
    assert gallery.each(first, person(2)[None]).min() == 1.0


def test_nobody_is_who_was_seen_beside_them() -> None:
    """Twins: one leaves, and the other, who came in as somebody new, remains somebody else."""
    room = scene(replace(QUICK, threshold=0.5, correct=0.5))
    room.step({0: person(0)}, times=20)
    both = room.step({0: person(0), 1: mixed(0, 1, 0.6)}, times=30)
    assert both[0] != both[1]
    assert room.step({1: mixed(0, 1, 0.6)}, times=40) == {1: both[1]}


def test_a_newcomer_and_an_entrant_do_not_share_a_number() -> None:
    """Three who look alike: one was here for an instant, one is a newcomer, one comes in."""
    room = scene()
    room.step({1: person(0)})
    room.step({1: person(0), 2: None})
    room.step({1: person(0), 2: None, 3: person(0)})
    room.step({1: person(0), 2: None, 4: None})
    room.step({1: person(0), 5: None})
    for _ in range(10):
        found = room.step({1: person(0), 6: person(0)})
        assert found[1] != found[6]


def test_who_only_resembles_somebody_away_is_somebody_else() -> None:
    """Nearer than the threshold at times, and never as near as images of one person are."""
    room = scene(replace(QUICK, threshold=0.5, correct=0.5))
    first = room.step({0: person(0)}, times=20)
    room.step({})
    new = room.step({1: mixed(0, 1, 0.3)}, times=20)
    assert new[1] != first[0]
    assert room.step({1: mixed(0, 1, 0.4)}, times=40) == new


def test_who_was_out_of_sight_may_be_another() -> None:
    room = scene()
    first = room.step({0: person(0)}, times=30)
    number, yes = np.array([0]), np.ones(1, dtype=bool)
    nothing, views = room.see([])
    none = np.empty(0, dtype=np.int64)
    room.identities.update(room.time + 0.1, number, yes, ~yes, nothing, none, views)
    room.time += 0.1
    assert room.step({0: person(1)}, times=30) != first


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_identity_is_in_the_room_twice(data: st.DataObject) -> None:
    room, tracks, number = scene(), dict[int, Vector | None](), 0
    for _ in range(data.draw(st.integers(1, 12))):
        for k in list(tracks):
            what = data.draw(st.integers(0, 5))
            if what == 0:
                del tracks[k]
            elif what == 1:
                tracks[k] = person(data.draw(st.integers(0, 2)))
        if len(tracks) < 3:
            number += 1
            look = data.draw(st.one_of(st.none(), st.integers(0, 2)))
            tracks[number] = None if look is None else person(look)
        crowded = data.draw(st.booleans())
        found = room.step(tracks, crowded, times=data.draw(st.sampled_from([1, 3, 8])))
        assert len(set(found.values())) == len(found)
        assert all(identity > 0 for identity in found.values())


def test_an_impossible_threshold_is_refused() -> None:
    for threshold in (0.0, -1.0, 2.0):
        with pytest.raises(ValueError, match="cosine distance"):
            IdentitySettings(threshold=threshold)


# The threshold


def test_the_threshold_is_the_given_one() -> None:
    assert Identities(None, IdentitySettings(threshold=0.17)).threshold == 0.17


def test_the_threshold_starts_with_the_embedder_s() -> None:
    embedder = CallableEmbedder(brightness, LENGTH)
    embedder.threshold = 0.123  # type: ignore[attr-defined]
    assert Identities(embedder).threshold == 0.123


def test_the_threshold_is_learned_between_same_and_different() -> None:
    room, rng = scene(IdentitySettings()), np.random.default_rng(0)
    for _ in range(400):
        room.step({k: person(k, rng, 0.15) for k in range(3)})
    gallery = room.identities.gallery
    entrants = [np.array([person(0, rng, 0.15) for _ in range(3)]) for _ in range(20)]
    own, other = gallery.distances(entrants, [1, 2]).T
    assert own.max() < room.identities.threshold < other.min()


# Evidence of appearance


def evidence(room: Scene, tracks: list[int], looks: list[Vector | None]) -> NDArray[np.float64]:
    seen, views = room.see(looks)
    rows = np.arange(len(looks))
    return room.identities.evidence(np.array(tracks), seen, rows, views)


def acquainted(weight: float) -> Scene:
    """Two people who have been seen for long."""
    room, rng = scene(IdentitySettings(weight=weight)), np.random.default_rng(0)
    for _ in range(400):
        room.step({k: person(k, rng) for k in range(2)})
    return room


def test_there_is_no_evidence_before_anybody_was_seen() -> None:
    assert evidence(scene(), [0, 1], [person(0)]).tolist() == [[0.0], [0.0]]


def test_evidence_is_for_the_same_and_against_the_other() -> None:
    table = evidence(acquainted(3.0), [0, 1], [person(0), person(1), None])
    np.testing.assert_array_equal(np.sign(table), [[1, -1, 0], [-1, 1, 0]])
    assert np.abs(table).max() <= 3.0


def test_there_is_no_evidence_for_who_is_not_known() -> None:
    assert evidence(acquainted(3.0), [7], [person(0)]).tolist() == [[0.0]]


def test_weight_nought_turns_evidence_off() -> None:
    assert not evidence(acquainted(0.0), [0, 1], [person(0), person(1)]).any()


# Which images are embedded


def brightness(crops: list[Image]) -> NDArray[np.float32]:
    """The k-th person's vector, by the brightness of the crop's middle."""
    return np.array([person(int(crop[crop.shape[0] // 2, 20, 0]) // 10 - 1) for crop in crops])


class Recorder:
    """An embedder that remembers every batch of crops."""

    def __init__(self) -> None:
        self.batches: list[list[Image]] = []

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return LENGTH

    def __call__(self, crops: list[Image]) -> NDArray[np.float32]:
        """Vectors by brightness."""
        self.batches.append(crops)
        return brightness(crops)

    @property
    def crops(self) -> int:
        """How many crops there were."""
        return sum(map(len, self.batches))


def filmed(options: IdentitySettings = QUICK) -> tuple[Scene, Recorder]:
    recorder = Recorder()
    room = scene(options, recorder)
    room.images = True
    return room, recorder


def test_the_crop_is_the_box() -> None:
    room, recorder = filmed()
    room.step({0: None, 1: None})
    (batch,) = recorder.batches
    assert [crop.shape for crop in batch] == [(100, 40, 3)] * 2
    assert [set(crop.reshape(-1).tolist()) for crop in batch] == [{10}, {20}]


def test_people_settled_and_apart_are_not_looked_at_again() -> None:
    room, recorder = filmed(IdentitySettings(refresh=1e9))
    room.step({0: None, 1: None}, times=50)
    before = recorder.crops
    assert room.identities.embedded == before > 0
    room.step({0: None, 1: None}, times=50)
    assert recorder.crops == before


def test_settled_people_are_looked_at_once_an_interval() -> None:
    room, recorder = filmed(IdentitySettings(refresh=1.0))
    room.step({0: None}, times=50)
    before = recorder.crops
    room.step({0: None}, times=50)
    assert 4 <= recorder.crops - before <= 6


def test_who_enters_and_who_is_close_is_looked_at() -> None:
    room, recorder = filmed(IdentitySettings(refresh=1e9))
    room.step({0: None, 1: None}, times=50)
    before = recorder.crops
    room.step({0: None, 1: None}, crowded=True, times=10)
    close = recorder.crops
    assert close > before
    room.step({0: None, 1: None}, times=50)  # until they are not watched any more
    alone = recorder.crops
    room.step({0: None, 1: None, 2: None}, times=3)
    assert recorder.crops > alone
    assert all(int(crop[50, 20, 0]) == 30 for batch in recorder.batches[-1:] for crop in batch)


@pytest.mark.parametrize(("tall", "apart"), [(30.0, 60.0), (100.0, 4.0)])
def test_small_and_hidden_people_are_not_looked_at(tall: float, apart: float) -> None:
    recorder = Recorder()
    room = Scene(Identities(recorder, QUICK), tall, apart)
    room.images = True
    seen, views = room.see([None, None])
    if apart < 40:  # the right one is nearer: its feet are lower
        seen.boxes[1, 3] += 1
    number, flag = np.array([0]), np.ones(1, dtype=bool)
    room.identities.update(1.0, number, flag, ~flag, seen, np.array([0, -1]), views)
    assert recorder.batches == []


def test_no_detection_is_embedded_twice_at_an_instant() -> None:
    recorder = Recorder()
    room = Scene(Identities(recorder, IdentitySettings(refresh=0.1)))
    room.images = True
    room.step({0: None, 1: None}, times=300)
    before = recorder.crops
    seen, views = room.see([None, None])
    number, yes = np.array([0, 1]), np.ones(2, dtype=bool)
    room.identities.evidence(number, seen, np.arange(2), views)
    room.identities.update(room.time + 1, number, yes, yes, seen, np.arange(2), views)
    assert recorder.crops - before == 2


def test_without_images_an_embedder_has_nothing_to_do() -> None:
    recorder = Recorder()
    assert scene(QUICK, recorder).step({0: None}, times=10) == {0: 1}
    assert recorder.batches == []


def test_vectors_of_any_length_and_none_at_all() -> None:
    """Vectors need not be of unit length; a zero vector is none."""
    room = scene()
    first = room.step({0: 5 * person(0), 1: 0 * person(0)}, times=5)
    room.step({})
    assert room.step({2: 0.1 * person(0)}, times=10)[2] == first[0]


# Provisional decisions and events


def told(room: Scene) -> list[tuple[str, int, int | None]]:
    """Kind, identity and previous identity of every event so far."""
    return [(event.kind, event.identity, event.previous) for event in room.identities.events]


def mixed(first: int, second: int, share: float) -> Vector:
    look = share * person(first) + (1 - share) * person(second)
    return np.asarray(look / np.linalg.norm(look), dtype=np.float32)


def test_what_happens_is_told() -> None:
    room = scene()
    room.step({0: person(0)}, times=5)
    room.step({})
    room.step({1: person(0)}, times=5)
    entered, new, left, _, recognised = room.identities.events
    kinds = [event.kind for event in room.identities.events[:4]]
    assert kinds == ["entered", "new", "left", "entered"]
    assert (entered.time, entered.frame, entered.track, entered.identity) == (0.1, 0, 0, 1)
    assert (new.identity, new.distance, new.candidates, new.provisional) == (1, None, 0, False)
    assert (round(left.time, 6), left.since, left.track) == (0.6, 0.1, 0)
    assert (recognised.kind, recognised.identity, recognised.previous) == ("re-identified", 1, 2)
    assert recognised.distance == pytest.approx(0, abs=1e-6)
    assert (recognised.threshold, recognised.second) == (0.3, None)
    assert (recognised.candidates, recognised.provisional) == (1, True)
    assert [shot.camera for shot in recognised.images] == ["c"]


def test_a_hasty_decision_is_corrected() -> None:
    """The first images speak for the wrong person, the later ones for the right one."""
    room = scene(replace(QUICK, threshold=0.5, correct=5.0))
    first = room.step({0: person(0), 1: person(1)}, times=5)
    room.step({})
    assert room.step({2: mixed(0, 1, 0.6)}, times=3) == {2: first[0]}
    assert room.step({2: person(1)}, times=20) == {2: first[1]}
    assert told(room)[-1] == ("corrected", first[1], first[0])
    assert room.identities.events[-1].second == first[0]


@pytest.mark.parametrize("correct", [0.0, 0.5])
def test_a_decision_is_final_in_the_end(correct: float) -> None:
    """Images of another person then cast doubt on the track, and correct nothing."""
    room = scene(replace(QUICK, threshold=0.5, correct=correct, doubts=1000))
    first = room.step({0: person(0), 1: person(1)}, times=5)
    room.step({})
    room.step({2: person(0)}, times=10)
    assert room.step({2: person(1)}, times=40) == {2: first[0]}


def test_the_right_person_takes_an_identity_back() -> None:
    """Somebody alike was taken for the first person, who comes in a moment later."""
    room = scene(replace(QUICK, threshold=0.5, correct=5.0))
    first = room.step({0: person(0)}, times=5)
    room.step({})
    assert room.step({1: mixed(0, 1, 0.6)}, times=5) == {1: first[0]}
    both = room.step({1: mixed(0, 1, 0.6), 2: person(0)}, times=20)
    assert both[2] == first[0]
    assert both[1] != first[0]


def test_nobody_is_corrected_to_who_was_elsewhere_meanwhile() -> None:
    """Somebody who looks like a person who has just left was in the room beside that person."""
    room = scene(replace(QUICK, threshold=0.5, correct=60.0))
    known = room.step({0: person(2)}, times=5)
    room.step({})
    room.step({1: person(0)}, times=5)
    room.step({1: person(0), 2: mixed(0, 1, 0.6)}, times=30)
    before = room.step({2: mixed(0, 1, 0.6)})
    assert room.step({2: person(0)}, times=20) == before
    assert before[2] not in known.values()


def test_a_provisional_decision_stands_until_another_is_clearly_better() -> None:
    looks = [mixed(0, 1, 0.52), mixed(0, 1, 0.47)]
    for margin, changes in ((0.0, True), (0.5, False)):
        room = scene(replace(QUICK, threshold=0.5, correct=60.0, margin=margin))
        first = room.step({0: person(0), 1: person(1)}, times=5)
        room.step({})
        assert room.step({2: looks[0]}, times=3) == {2: first[0]}
        assert (room.step({2: looks[1]}, times=60) != {2: first[0]}) is changes


@pytest.mark.parametrize("rivals", [0, 5])
def test_who_enters_where_somebody_leaves_is_noticed(rivals: int) -> None:
    """The track goes on with another person, who is known, and not too unlike the first."""
    room = scene(replace(QUICK, threshold=0.5, rivals=rivals))
    alike = mixed(0, 1, 0.6)
    first = room.step({0: alike, 1: person(1)}, times=30)
    room.step({0: alike}, times=30)
    room.step({0: alike}, crowded=True)
    expected = first[1] if rivals else first[0]
    assert room.step({0: mixed(0, 1, 0.2)}, times=30) == {0: expected}
    assert (("swapped", first[1], first[0]) in told(room)) is bool(rivals)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_events_tell_the_same_as_the_identities(data: st.DataObject) -> None:
    """Whoever only follows the events knows at every instant who each track is."""
    room, tracks, number = scene(replace(QUICK, correct=1.0)), dict[int, Vector | None](), 0
    followed: dict[int, int] = {}
    for _ in range(data.draw(st.integers(1, 12))):
        for k in list(tracks):
            if data.draw(st.integers(0, 4)) == 0:
                del tracks[k]
            else:
                tracks[k] = person(data.draw(st.integers(0, 2)))
        if len(tracks) < 3:
            number += 1
            tracks[number] = person(data.draw(st.integers(0, 2)))
        found = room.step(tracks, times=data.draw(st.sampled_from([1, 3, 8])))
        for event in room.identities.events:
            if event.kind == "left":
                assert followed.pop(event.track) == event.identity
            elif event.previous is not None:
                assert followed[event.track] == event.previous
            if event.kind != "left":
                followed[event.track] = event.identity
        room.identities.events.clear()
        assert followed == found


def test_people_known_before_are_recognised_and_numbers_go_on() -> None:
    known = Gallery()
    known.add(7, person(0)[None])
    room = Scene(Identities(None, QUICK, known))
    assert room.step({0: person(0), 1: person(1)}, times=10) == {0: 7, 1: 9}
    room.step({0: person(0), 1: person(1)}, times=50)
    assert known.identities == (7, 9)


def test_a_gallery_in_a_file_joins_two_numbers_of_one_person(tmp_path: Path) -> None:
    store = GalleryStore(tmp_path / "people.sqlite")
    room = Scene(Identities(None, replace(QUICK, threshold=0.5, correct=0.5), store))
    first = room.step({0: person(0), 1: person(1)}, times=20)
    room.step({1: person(1)}, times=20)
    for share in (0.3, 0.45, 0.6):
        found = room.step({1: person(1), 2: mixed(0, 3, share)}, times=30)
    assert found == {1: first[1], 2: first[0]}
    store.flush()
    assert sorted(one.identity for one in store.people) == sorted(first.values())


def test_who_was_taken_for_another_for_a_moment_keeps_the_number() -> None:
    """Images of 0 turn like 1, who is away, then like nobody, though 0.45 is no stranger's."""
    room = scene()
    learned(room)
    first = room.step({0: person(0), 1: person(1)}, times=30)
    room.step({0: person(0)}, times=20)
    taken = room.step({0: mixed(1, 0, 0.8)}, times=8)
    assert taken == {0: first[1]}
    assert room.step({0: mixed(0, 2, 0.4)}, times=60) == {0: first[0]}
