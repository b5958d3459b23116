"""A second look at a run, with the future known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.scores import score
from reid_mot.sequences import GROUND, Tracks, View
from reid_mot.trackers import CameraTracker, NetworkTracker, RoomTracker, Tracker, track
from reid_mot.trackers.portraits import Portraits, WithPortraits
from reid_mot.trackers.refining import RefineSettings, refine
from reid_mot.trackers.stitching import StitchSettings

from .corridors import Corridors, drawn_looks

Film = list[tuple[View, ...]]
Studio = Callable[..., Film]
TIMES = {k: k / 10 for k in range(400)}
ROUGH = RefineSettings(acceleration=0)
"""Without smoothing."""


def walk(identity: int, frames: Sequence[int], x: float, speed: float, y: float = 0.0) -> Tracks:
    """Somebody who walks along the X axis, at `x` at time 0."""
    frame = np.array(frames)
    ground = np.column_stack([x + speed * frame / 10, np.full(len(frame), y)])
    return Tracks(frame, GROUND, np.full(len(frame), identity), None, ground)


def looks(rows: Tracks, faces: dict[int, int], every: int = 5, noise: float = 0.1) -> Portraits:
    """Portraits of people by identity, of whom several may be one face."""
    rng = np.random.default_rng(0)
    keep = rows[(rows.frame % every == 0) & np.isin(rows.identity, [*faces])]
    vectors = np.eye(16)[[faces[k] for k in keep.identity.tolist()]]
    vectors = vectors + rng.normal(0, noise, vectors.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Portraits(keep.frame, keep.camera, keep.identity, vectors.astype(np.float32))


def at(rows: Tracks, frame: int, x: float) -> int:
    """The identity of who is nearest to a place."""
    now = rows[rows.frame == frame]
    return int(now.identity[np.abs(now.ground[:, 0] - x).argmin()])


def test_a_track_that_was_lost_goes_on() -> None:
    rows = Tracks.concatenate([walk(1, range(50), 0, 1), walk(2, range(60, 100), 0, 1)])
    refined = refine(rows, TIMES, settings=ROUGH)
    assert set(refined.identity.tolist()) == {1}
    assert refined.frame.tolist() == list(range(100))
    np.testing.assert_allclose(refined.ground[:, 0], refined.frame / 10, atol=1e-9)
    assert (refined.confidence[50:60] == 0.5).all()


@pytest.mark.parametrize(
    "other",
    [
        walk(2, range(60, 100), 9, 1),
        walk(2, range(45, 100), 0.5, 1),
        walk(2, range(150, 190), 0, 1),
    ],
    ids=["elsewhere", "beside", "later"],
)
def test_others_stay_others(other: Tracks) -> None:
    rows = Tracks.concatenate([walk(1, range(50), 0, 1), other])
    refined = refine(rows, TIMES, settings=ROUGH)
    assert len(refined) == len(rows)
    assert set(refined.identity.tolist()) == {1, 2}


def test_who_comes_back_is_known_by_looks() -> None:
    rows = Tracks.concatenate(
        [
            walk(1, range(390), 0, 0.1),
            walk(2, range(390), 5, 0.1),
            walk(3, range(220), 9, 0.1),
            walk(4, range(340, 390), 20, 0.1),
        ]
    )
    refined = refine(rows, TIMES, looks(rows, {1: 0, 2: 1, 3: 2, 4: 2}), ROUGH)
    assert set(refined.identity.tolist()) == {1, 2, 3}
    # Nobody is put in where she was not for so long.
    assert len(refined) == len(rows)
    apart = refine(rows, TIMES, looks(rows, {1: 0, 2: 1, 3: 2, 4: 3}), ROUGH)
    assert set(apart.identity.tolist()) == {1, 2, 3, 4}


def test_two_who_were_exchanged_get_their_identities_back() -> None:
    # They walk towards each other, and away again: the tracker took them to have passed.
    others = [walk(k, range(390), 10.0 * k, 0.1) for k in range(3, 14)]
    rows = Tracks.concatenate([walk(1, range(390), 0, 0.5), walk(2, range(390), 20, -0.5), *others])
    kept = looks(rows, {k: k - 1 for k in range(1, 14)})
    swapped = np.where((kept.frame > 200) & (kept.identity < 3), 3 - kept.identity, kept.identity)
    refined = refine(rows, TIMES, replace(kept, identity=swapped), ROUGH)
    assert at(refined, 20, 1.0) == at(refined, 380, 1.0) == 1
    assert at(refined, 20, 19.0) == at(refined, 380, 19.0) == 2
    assert np.array_equal(refine(rows, TIMES, kept, ROUGH).identity, rows.sorted().identity)


def test_who_was_hardly_there_is_taken_out() -> None:
    rows = Tracks.concatenate([walk(1, range(50), 0, 1), walk(2, range(20, 24), 9, 0)])
    assert set(refine(rows, TIMES).identity.tolist()) == {1}
    assert len(refine(rows, TIMES, settings=replace(ROUGH, least=0))) == len(rows)
    assert len(refine(Tracks.empty(), TIMES)) == 0


def test_a_frame_without_a_time_is_named() -> None:
    with pytest.raises(ValueError, match="frame 700 of the tracks has no time"):
        refine(walk(1, [700], 0, 0), TIMES)


@given(seed=st.integers(0, 10_000))
def test_nobody_is_ever_in_two_places(seed: int) -> None:
    rng = np.random.default_rng(seed)
    parts = []
    for identity in range(12):
        begin = int(rng.integers(0, 150))
        end = int(rng.integers(begin + 1, 200))
        parts.append(walk(identity, range(begin, end), rng.uniform(0, 5), rng.normal()))
    rows = Tracks.concatenate(parts)
    faces = {k: int(rng.integers(0, 4)) for k in range(12)}
    refined = refine(rows, TIMES, looks(rows, faces), RefineSettings())
    assert refined.first_duplicate() is None
    assert set(refined.identity.tolist()) <= set(rows.identity.tolist()) | set(range(12, 24))
    again = refine(rows, TIMES, looks(rows, faces), RefineSettings())
    assert np.array_equal(refined.ground, again.ground)


def run(film: Film, tracker: Tracker) -> tuple[Tracks, WithPortraits]:
    portrayed = WithPortraits(tracker)
    return Tracks.concatenate([portrayed.step(views) for views in film]), portrayed


@pytest.mark.parametrize("make", [RoomTracker, CameraTracker, NetworkTracker])
def test_the_online_tracks_are_as_without_portraits(film: Studio, make: type[Tracker]) -> None:
    two = [(0.0, 1.0, 2.0), (1, 1, 2), (4, 5, 4)], [(0.5, 4.0, 2.0), (1, 4, 2), (4, 2, 4)]
    views = film(*two, looks=[0, 1], missed=0.1)
    alone = Tracks.concatenate([tracker.step(v) for tracker in [make()] for v in views])
    rows, portrayed = run(views, make())
    assert np.array_equal(rows.identity, alone.identity)
    assert len(portrayed.portraits) > 0
    refined = refine(rows, portrayed.times, portrayed.portraits)
    assert refined.first_duplicate() is None
    assert set(refined.cameras) == set(rows.cameras)
    per_camera = {c: set(refined.identity[refined.camera == c].tolist()) for c in refined.cameras}
    if make is CameraTracker:
        assert sum(map(len, per_camera.values())) == len(set(refined.identity.tolist()))
    assert set(refined.has_ground.tolist()) == {make is RoomTracker}


def test_people_who_return_to_a_room_are_joined(film: Studio) -> None:
    visits = [
        [(0.0, 1.0, 2.0), (9, 2, 2), (12, 2, 5)],
        [(0.0, 4.0, 2.0), (12, 4, 4)],
        [(3.0, 5.0, 5.0), (30, 5, 4)],
        [(16.0, 1.0, 1.0), (30, 2, 2)],
        [(17.0, 3.0, 3.0), (30, 4, 1)],
    ]
    views = film(*visits, looks=[0, 1, 2, 1, 0])
    rows, portrayed = run(views, RoomTracker(identities=None))
    # As if the tracker had recognised nobody.
    rows = rows[rows.frame >= 10]
    late = (rows.frame > 140) & (rows.identity < 3)
    rows = Tracks(
        rows.frame, rows.camera, rows.identity + 10 * late, rows.box, rows.ground, rows.confidence
    )
    kept = portrayed.portraits
    wrong = (kept.frame > 140) & (kept.identity < 3)
    kept = replace(kept, identity=kept.identity + 10 * wrong)
    assert len(set(rows.identity.tolist())) == 5
    refined = refine(rows, portrayed.times, kept, RefineSettings(stitch=StitchSettings(trust=0)))
    assert len(set(refined.identity.tolist())) == 3


def test_a_network_is_stitched_by_looks() -> None:
    sequence = Corridors(drawn_looks(0.6, 0.4), 0, people=6, duration=90)
    portrayed = WithPortraits(NetworkTracker())
    rows = track(sequence, portrayed)
    refined = refine(rows, portrayed.times, portrayed.portraits)
    before, after = (score(sequence.truth, table).primary.idf1 for table in (rows, refined))
    assert after > max(before, 0.9)


def test_who_the_tracker_told_apart_is_not_joined_by_standing_there() -> None:
    # At 20 seconds the tracker finds that the track follows somebody else, who looks much alike.
    parts = [
        walk(1, range(200), 0, 0.1),
        walk(2, range(200, 390), 0, 0.1),
        walk(2, range(90), 9, 0),
    ]
    others = [walk(k, range(390), 10.0 * k, 0.1) for k in range(3, 8)]
    rows = Tracks.concatenate([*parts, *others])
    kept = looks(rows, {k: k - 1 for k in range(1, 8)}, noise=0.2)
    near = (
        kept.vectors
        + 0.9 * kept.vectors[kept.identity == 2].mean(axis=0) * ((kept.identity == 1)[:, None])
    )
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    refined = refine(rows, TIMES, replace(kept, vectors=near.astype(np.float32)), ROUGH)
    assert at(refined, 150, 1.5) == 1
    assert at(refined, 250, 2.5) == at(refined, 50, 9.0) == 2
