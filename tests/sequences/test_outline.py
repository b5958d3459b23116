import cv2
import numpy as np
import pytest

from reid_mot.sequences.figures import Poses, draw_builds, pose
from reid_mot.sequences.layout import Block, corner_cameras
from reid_mot.sequences.outline import (
    behind_block,
    clip_boxes,
    figure_depths,
    full_boxes,
    inside_capsules,
    limbs_in_image,
    outline_spheres,
    sphere_bounds,
    visible_shares,
)
from reid_mot.sequences.walks import Walks

CAMERA = corner_cameras()[0]


def standing(places: list[tuple[float, float]], instants: list[int] | None = None) -> Poses:
    n = len(places)
    zero = np.zeros(n, dtype=np.int64)
    walks = Walks(
        np.array(instants or [0] * n),
        np.arange(n),
        np.array(places),
        np.linspace(0, 3, n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        zero,
    )
    return pose(walks, draw_builds(np.random.default_rng(1), n))


def shares(poses: Poses, instants: list[int], blocks: tuple[Block, ...] = ()) -> np.ndarray:
    return visible_shares(CAMERA, poses, np.array(instants), blocks, full_boxes(CAMERA, poses))


def test_sphere_bounds_are_those_of_many_points_of_the_sphere() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(200000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    centre, radius = np.array([2.0, 1.5, 1.0]), 0.4
    pixels = CAMERA.to_pixels(centre + radius * points)
    expected = np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])
    assert CAMERA.projection is not None
    bounds = sphere_bounds(CAMERA.projection, centre, np.array(radius))
    np.testing.assert_allclose(bounds, expected, atol=0.05)


def test_sphere_about_the_camera_has_no_bounds() -> None:
    assert CAMERA.projection is not None
    assert CAMERA.centre is not None
    assert np.isnan(sphere_bounds(CAMERA.projection, CAMERA.centre, np.array(0.5))).all()


def test_box_holds_every_sphere() -> None:
    poses = standing([(2.0, 2.0), (3.0, 4.0)])
    boxes = full_boxes(CAMERA, poses)
    centres, _ = outline_spheres(poses)
    for row in range(2):
        pixels = CAMERA.to_pixels(centres[row])
        assert (pixels >= boxes[row, :2] - 1e-6).all()
        assert (pixels <= boxes[row, 2:] + 1e-6).all()


def test_nearer_people_are_larger_and_less_deep() -> None:
    poses = standing([(1.5, 1.8), (4.0, 5.0)])
    boxes, depths = full_boxes(CAMERA, poses), figure_depths(CAMERA, poses)
    assert depths[0] < depths[1]
    assert boxes[0, 3] - boxes[0, 1] > 1.5 * (boxes[1, 3] - boxes[1, 1])


def test_clipping() -> None:
    boxes = np.array([[-5.0, 10, 700, 500], [650, 10, 700, 60], [np.nan] * 4])
    clipped = clip_boxes(boxes, (640, 480))
    np.testing.assert_array_equal(clipped[0], [0, 10, 640, 480])
    assert np.isnan(clipped[1:]).all()


def test_capsules_against_a_drawn_one() -> None:
    ends = np.array([[[[30.0, 40.0], [90.0, 60.0]]]], np.float32)
    radii = np.array([[[9.0, 9.0]]], np.float32)
    canvas = np.zeros((100, 120), np.uint8)
    cv2.line(canvas, (30, 40), (90, 60), 255, 19)
    y, x = np.indices(canvas.shape)
    points = np.stack([x.ravel(), y.ravel()], axis=-1).astype(np.float32)[None]
    inside = inside_capsules(points, ends, radii).reshape(canvas.shape)
    assert (inside != (canvas > 0)).mean() < 0.025
    assert inside.sum() == pytest.approx(2 * 9 * np.hypot(60, 20) + np.pi * 81, rel=0.02)


def test_capsules_taper() -> None:
    ends = np.array([[[[0.0, 0.0], [10.0, 0.0]]]], np.float32)
    radii = np.array([[[1.0, 3.0]]], np.float32)
    points = np.array([[[1.0, 1.5], [9.0, 2.5], [5.0, 1.9], [5.0, 2.1]]], np.float32)
    assert inside_capsules(points, ends, radii).tolist() == [[False, True, True, False]]


def test_alone_and_wholly_in_the_image_is_seen_wholly() -> None:
    assert shares(standing([(2.5, 3.0)]), [0])[0] == 1.0


def test_somebody_straight_behind_is_hidden_and_at_another_instant_is_not() -> None:
    places = [(1.8, 2.0), (2.2, 2.45)]
    hidden = shares(standing(places), [0, 0])
    assert hidden[0] == 1.0
    assert hidden[1] < 0.4
    np.testing.assert_array_equal(shares(standing(places), [0, 1]), [1.0, 1.0])


def test_order_of_rows_does_not_matter() -> None:
    forth = standing([(1.8, 2.0), (2.2, 2.45), (4.0, 2.0)])
    back = Poses(
        forth.joints[::-1],
        forth.forward[::-1],
        forth.side[::-1],
        forth.build.of(np.array([2, 1, 0])),
    )
    np.testing.assert_allclose(shares(back, [0] * 3)[::-1], shares(forth, [0] * 3))


def test_out_of_the_image_is_not_visible() -> None:
    beneath = shares(standing([(0.5, 0.5), (2.5, 3.0)]), [0, 0])
    assert beneath[0] < 0.5 < beneath[1]


def test_shares_match_an_image_of_capsules() -> None:
    rng = np.random.default_rng(4)
    places = [(float(x), float(y)) for x, y in rng.uniform([0.8, 0.8], [4.2, 5.2], (24, 2))]
    instants = np.repeat(np.arange(4), 6).tolist()
    poses = standing(places, instants)
    depth, estimate = figure_depths(CAMERA, poses), shares(poses, instants)
    ends, radii = limbs_in_image(CAMERA, poses)
    y, x = np.mgrid[-100:680:3, -100:740:3]
    points = np.stack([x.ravel(), y.ravel()], axis=-1).astype(np.float32)[None]
    inside = np.asarray(((points >= 0) & (points <= [640, 480])).all(axis=-1))[0]
    drawn = np.array(
        [inside_capsules(points, e[None], r[None])[0] for e, r in zip(ends, radii, strict=True)]
    )
    error = []
    for row in range(24):
        before = [k for k in range(24) if instants[k] == instants[row] and depth[k] < depth[row]]
        free = drawn[row] & inside & ~drawn[before].any(axis=0)
        if depth[row] > 1.5:  # all of the figure lies in the grid
            error.append(free.sum() / drawn[row].sum() - estimate[row])
    assert np.abs(error).mean() < 0.05
    assert np.abs(error).max() < 0.25


def test_block_hides_what_is_behind_it_and_not_what_is_before_it() -> None:
    block = Block((1.0, -1.0, 0.0), (1.2, 1.0, 1.0), (1.0, 1.0, 1.0))
    points = np.array([[[2.0, 0.0, 0.5], [0.5, 0.0, 0.5], [2.0, 0.0, 3.0], [2.0, 5.0, 0.5]]])
    hidden = behind_block(np.array([0.0, 0.0, 0.5]), points, block)
    assert hidden.tolist() == [[True, False, False, False]]


def test_a_wall_before_somebody_hides_his_legs() -> None:
    wall = Block((1.4, 1.4, 0.0), (1.8, 2.2, 0.8), (1.0, 1.0, 1.0))
    poses = standing([(2.1, 2.3)])
    assert 0.2 < shares(poses, [0], (wall,))[0] < 0.9
    glass = Block(wall.low, wall.high, wall.colour, opaque=False)
    assert shares(poses, [0], (glass,))[0] == 1.0
