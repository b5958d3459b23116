"""Sets of images: how alike they are, and where a track came to follow somebody else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from reid_mot.sequences import GROUND, Tracks
from reid_mot.trackers.portraits import Portraits
from reid_mot.trackers.set_likeness import alike, divided, likeness, set_distance
from reid_mot.trackers.tracklets import Tracklet, cut

Vectors = NDArray[np.float32]
TIMES = {k: k / 10 for k in range(600)}


def images(face: int, count: int, seed: int = 0) -> Vectors:
    vectors = np.eye(8)[face] + np.random.default_rng([seed, face]).normal(0, 0.15, (count, 8))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def tracklets(changes: int = 600) -> list[Tracklet]:
    """Three people for a minute; from a frame on the first track follows a fourth one."""
    rows = Tracks.concatenate(
        [Tracks(np.arange(600), GROUND, [k] * 600, None, [[9.0 * k, 0]] * 600) for k in range(3)]
    )
    kept = rows[rows.frame % 5 == 0]
    faces = np.where((kept.identity == 0) & (kept.frame >= changes), 3, kept.identity)
    vectors = np.zeros((len(kept), 8), np.float32)
    for face in range(4):
        vectors[faces == face] = images(face, int((faces == face).sum()))
    return cut(rows, TIMES, Portraits(kept.frame, kept.camera, kept.identity, vectors), 0.5, 0)


def test_the_distance_is_the_mean_over_the_nearest_both_ways() -> None:
    one, other = images(0, 2), images(1, 2, seed=1)
    table = 1 - one @ other.T
    assert set_distance(one, other) == pytest.approx(float(table.mean()), abs=1e-6)
    many = images(0, 200)
    assert set_distance(many, many[:1]) == pytest.approx(set_distance(many[:1], many), abs=1e-6)


def test_what_one_person_and_two_look_like_is_learned_from_the_run() -> None:
    looks = likeness(tracklets())
    assert looks.reliable
    assert alike(images(0, 9, 5), images(0, 9, 6), 10.0, looks) > 3
    assert alike(images(0, 9, 5), images(4, 9, 6), 10.0, looks) == -10
    assert alike(images(0, 9), images(0, 0), 10.0, looks) == 0
    assert alike(images(0, 9), images(1, 9), 10.0, likeness([])) == 0


@pytest.mark.parametrize("changes", [50, 300, 560])
def test_a_track_is_cut_where_it_follows_somebody_else(changes: int) -> None:
    pieces = tracklets(changes)
    looks = likeness(tracklets())
    first, *others = (one for one in pieces if one.identity == 0)
    assert not others
    parts = divided(first, looks, 4.0)
    assert [part.begin for part in parts] == [0.0, pytest.approx(changes / 10)]
    assert sum(len(part.rows) for part in parts) == len(first.rows)
    assert sum(len(part.vectors) for part in parts) == len(first.vectors)
    assert all(len(divided(one, looks, 4.0)) == 1 for one in pieces if one is not first)
