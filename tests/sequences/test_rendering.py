import numpy as np
import pytest

from reid_mot.sequences.layout import Block
from reid_mot.sequences.rendering import (
    FINE,
    FigurePainter,
    Paint,
    Quads,
    block_quads,
    cast_shadow,
    fill,
    join_paint,
    lit,
    soft_disc,
)
from reid_mot.sequences.simulated import SimulatedRoom


@pytest.fixture(scope="module")
def room() -> SimulatedRoom:
    return SimulatedRoom(seed=2, duration=60.0, rate=5.0)


@pytest.fixture(scope="module")
def painter(room: SimulatedRoom) -> FigurePainter:
    painter = room._painter
    assert isinstance(painter, FigurePainter)
    return painter


def silhouette(painter: FigurePainter, room: SimulatedRoom, row: int, camera: int) -> np.ndarray:
    """Where a person alone changes the empty picture: (height, width) at the fine size."""
    eye = painter.eyes[camera]
    canvas = eye.backdrop.copy()
    rows = slice(row, row + 1)
    fill(canvas, eye.project(painter.figures(room.poses[rows], room.walks.person[rows])))
    return np.asarray((canvas != eye.backdrop).any(axis=2))


def test_true_boxes_fit_the_rendered_silhouettes(
    painter: FigurePainter, room: SimulatedRoom
) -> None:
    error, sizes = [], []
    for row in np.random.default_rng(0).integers(0, len(room.walks.person), 16):
        for index, camera in enumerate(room.cameras):
            box = room.boxes[index][row]
            if (box[:2] > 2).all() and (box[2:] < np.array(camera.size) - 2).all():
                y, x = np.nonzero(silhouette(painter, room, row, index))
                seen = np.array([x.min(), y.min(), x.max() + 1, y.max() + 1]) / FINE
                error.append(seen - box)
                sizes.append(box[3] - box[1])
    errors = np.array(error)
    assert len(errors) > 25
    assert np.abs(errors).mean() < 1.2
    assert (np.abs(errors).max(axis=1) < 0.03 * np.array(sizes) + 1).all()


def test_nearer_quadrilaterals_cover_farther_ones() -> None:
    square = np.array([[0, 0], [20, 0], [20, 20], [0, 20]], np.int32) * 16
    paint = Paint(
        np.stack([square, square + 160]),
        np.array([1.0, 2.0]),
        np.array([[200, 0, 0], [0, 200, 0]], np.uint8),
    )
    canvas = np.zeros((40, 40, 3), np.uint8)
    fill(canvas, paint)
    assert canvas[15, 15].tolist() == [200, 0, 0]
    assert canvas[25, 25].tolist() == [0, 200, 0]


def test_joining_keeps_all() -> None:
    one = Paint(np.zeros((2, 4, 2), np.int32), np.zeros(2), np.zeros((2, 3), np.uint8))
    assert len(join_paint([one, one]).depth) == 4


def test_block_faces_close_around_it_and_are_small() -> None:
    quads = block_quads(Block((0.0, 0.0, 0.0), (1.0, 0.5, 0.3), (0.5, 0.5, 0.5)))
    middle = quads.corners.mean(axis=1) - [0.5, 0.25, 0.15]
    assert ((middle * quads.normals).sum(axis=1) > 0).all()
    diagonals = quads.corners[:, 2] - quads.corners[:, 0], quads.corners[:, 3] - quads.corners[:, 1]
    area = np.linalg.norm(np.cross(*diagonals), axis=1) / 2
    assert area.sum() == pytest.approx(2 * (1.0 * 0.5 + 1.0 * 0.3 + 0.5 * 0.3))
    assert area.max() <= 0.25**2 + 1e-9


def test_light_falls_from_above() -> None:
    up = np.array([[[2.0, 3, 1], [3, 3, 1], [3, 4, 1], [2, 4, 1]]])
    above, below = lit(up, np.full((1, 3), 0.5)), lit(up[:, ::-1], np.full((1, 3), 0.5))
    assert above.normals[0, 2] == pytest.approx(1.0)
    assert (above.light > below.light).all()


def test_back_faces_are_not_painted(painter: FigurePainter) -> None:
    quads = block_quads(Block((2.0, 3.0, 0.5), (2.2, 3.2, 0.7), (0.5, 0.5, 0.5)))
    seen = painter.eyes[0].project(quads)
    assert len(seen.depth) == 3
    away = Quads(quads.corners, -quads.normals, quads.light, quads.bias)
    assert len(painter.eyes[0].project(away).depth) == 3


def test_projection_is_the_camera_s(painter: FigurePainter, room: SimulatedRoom) -> None:
    quads = block_quads(Block((2.0, 3.0, 0.5), (2.2, 3.2, 0.7), (0.5, 0.5, 0.5)))
    eye = painter.eyes[1]
    paint = eye.project(quads)
    pixels = (paint.corners / 16 + 0.5) / FINE
    expected = room.cameras[1].to_pixels(quads.corners.reshape(-1, 3))
    for corner in pixels.reshape(-1, 2):
        assert np.linalg.norm(expected - corner, axis=1).min() < 0.05


def test_shadow_darkens_the_floor_below_a_person_only(
    painter: FigurePainter, room: SimulatedRoom
) -> None:
    canvas = painter.eyes[0].backdrop.copy()
    cast_shadow(canvas, room.cameras[0], np.array([2.5, 3.0]), soft_disc())
    change = canvas.astype(int) - painter.eyes[0].backdrop
    assert change.max() <= 0
    u, v = (room.cameras[0].to_pixels(np.array([[2.5, 3.0]]))[0] * FINE).astype(int)
    assert change[v, u].mean() < -20
    assert (change[: v - 150] == 0).all()


def test_shadow_out_of_the_picture_changes_nothing(
    painter: FigurePainter, room: SimulatedRoom
) -> None:
    canvas = painter.eyes[0].backdrop.copy()
    cast_shadow(canvas, room.cameras[0], np.array([0.1, 0.1]), soft_disc())
    np.testing.assert_array_equal(canvas, painter.eyes[0].backdrop)


def test_pictures_have_noise_of_the_stated_strength(painter: FigurePainter) -> None:
    eye = painter.eyes[2]
    flat = np.full_like(eye.backdrop, 128)
    image = eye.develop(flat, np.random.default_rng(0)).astype(float)
    assert image.std() == pytest.approx(eye.response.noise, rel=0.05)
    assert image.mean() == pytest.approx(128, abs=0.2)


def test_bias_moves_a_face_behind_others(painter: FigurePainter) -> None:
    corners = block_quads(Block((2.0, 3.0, 0.5), (2.2, 3.2, 0.7), (0.5, 0.5, 0.5))).corners
    albedo = np.full((len(corners), 3), 0.5)
    plain = painter.eyes[0].project(lit(corners, albedo))
    moved = painter.eyes[0].project(lit(corners, albedo, np.full(len(corners), 0.3)))
    np.testing.assert_allclose(moved.depth - plain.depth, 0.3)
