from itertools import pairwise

import numpy as np
import pytest

from reid_mot.sequences.figures import Poses, draw_builds, pose
from reid_mot.sequences.mesh import (
    FACE_VERTICES,
    FACES,
    TRUNK,
    face_normals,
    face_slices,
    figure_vertices,
)
from reid_mot.sequences.walks import Walks


def poses() -> Poses:
    n = 4
    zero = np.zeros(n, dtype=np.int64)
    walks = Walks(
        np.arange(n),
        zero,
        np.zeros((n, 2)),
        np.zeros(n),
        np.array([0.0, 1.0, 1.0, 0.0]),
        np.array([0.0, 0.3, 0.5, 0.0]),
        np.array([0.0, 0.0, 0.0, 1.0]),
        zero,
    )
    return pose(walks, draw_builds(np.random.default_rng(2), n))


def test_slices_cover_all_faces_in_order() -> None:
    ends = [(part.start, part.stop) for part in face_slices().values()]
    assert ends[0][0] == 0
    assert ends[-1][1] == FACES
    assert all(a[1] == b[0] for a, b in pairwise(ends))


def test_every_vertex_is_used() -> None:
    vertices = figure_vertices(poses())
    assert set(np.unique(FACE_VERTICES)) == set(range(vertices.shape[1]))
    assert np.isfinite(vertices).all()


def test_normals_point_outward() -> None:
    quads = figure_vertices(poses())[:, FACE_VERTICES]
    normals = face_normals(quads)
    for part in ("trunk", "head"):
        faces = face_slices()[part]
        middle = quads[:, faces].mean(axis=2)
        axis = middle.mean(axis=1, keepdims=True)
        outward = (middle - axis)[..., :2]
        assert ((normals[:, faces, :2] * outward).sum(axis=-1) > -0.02).mean() > 0.97


def test_column_0_is_the_front_left() -> None:
    quads = figure_vertices(poses())[0, FACE_VERTICES[face_slices()["trunk"]]]
    middle = quads.mean(axis=1).reshape(TRUNK.rows, TRUNK.columns, 3)
    centre = middle.mean(axis=1, keepdims=True)
    assert (middle - centre)[3, 0, 0] > 0.05  # the figure faces along X
    assert (middle - centre)[3, 0, 1] > 0.0  # and its left is Y
    assert (middle - centre)[3, 8, 0] < -0.05


def test_surface_stands_on_the_floor_and_is_as_tall_as_the_build() -> None:
    body = poses()
    vertices = figure_vertices(body)
    assert vertices[0, :, 2].min() == pytest.approx(0.0, abs=0.02)
    assert vertices[0, :, 2].max() == pytest.approx(body.build.height[0], abs=0.02)


def test_normals_are_unit_vectors_or_zero() -> None:
    length = np.linalg.norm(face_normals(figure_vertices(poses())[:, FACE_VERTICES]), axis=-1)
    assert (np.isclose(length, 1.0) | np.isclose(length, 0.0)).all()
