"""Boxes of people whose place is known, projected by the camera, must give the place back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from reid_mot.sequences import Camera
from reid_mot.trackers.localisation import BoxNoise, edge_deviations, locate

Floats = NDArray[np.float64]
NOISE = BoxNoise()


def standing(camera: Camera, ground: ArrayLike, heights: ArrayLike = 1.7) -> Floats:
    """(n, 4) boxes around axes that stand at these places, 0.35 as wide as they are high."""
    places = np.asarray(ground, dtype=np.float64)
    tall = np.broadcast_to(np.asarray(heights, dtype=np.float64), (len(places),))
    feet, middle, head = (
        camera.to_pixels(np.column_stack([places, share * tall])) for share in (0.0, 0.5, 1.0)
    )
    half = 0.175 * (feet[:, 1] - head[:, 1])
    return np.column_stack([middle[:, 0] - half, head[:, 1], middle[:, 0] + half, feet[:, 1]])


GROUND = np.array([[3.0, 3.0], [2.0, 4.0], [4.5, 3.5], [3.2, 5.0]])


def test_exact_boxes_give_the_place_back(cameras: tuple[Camera, ...]) -> None:
    for camera in cameras:
        positions, covs, misfits = locate(camera, standing(camera, GROUND), NOISE)
        near = camera.in_view(GROUND, margin=20)  # the others lack their feet
        assert near.sum() >= 3
        np.testing.assert_allclose(positions[near], GROUND[near], atol=0.01)
        assert np.linalg.eigvalsh(covs[near]).min() >= NOISE.position**2
        assert misfits[near].max() < 0.01


def test_people_of_other_heights_are_placed_by_their_feet(cameras: tuple[Camera, ...]) -> None:
    camera, ground = cameras[0], np.array([[3.0, 3.0], [4.0, 3.5]])
    for height in (1.55, 1.85):
        positions, _, _ = locate(camera, standing(camera, ground, height), NOISE)
        assert np.linalg.norm(positions - ground, axis=1).max() < 0.12


def test_a_lens_with_distortion(cameras: tuple[Camera, ...]) -> None:
    lens = replace(cameras[0], distortion=np.array([-0.2, 0.05, 0.001, -0.001]))
    ground = np.array([[3.0, 3.0], [4.0, 2.5], [2.5, 4.0]])
    positions, _, _ = locate(lens, standing(lens, ground), NOISE)
    assert np.linalg.norm(positions - ground, axis=1).max() < 0.05


def test_errors_are_as_large_as_the_covariance_says(cameras: tuple[Camera, ...]) -> None:
    rng, n, camera = np.random.default_rng(0), 4000, cameras[0]
    ground = rng.uniform([2.5, 2.5], [4.5, 4.5], (n, 2))
    body = ground + rng.normal(0, NOISE.position, (n, 2))
    exact = standing(camera, body, rng.normal(NOISE.height, NOISE.height_deviation, n))
    deviations = edge_deviations(np.array(camera.size), exact, NOISE)
    middle, lower, upper = (rng.normal(size=(n, 3)) * deviations).T
    boxes = exact + np.column_stack([middle, upper, middle, lower])
    positions, covs, misfits = locate(camera, boxes, NOISE)
    error = positions - ground
    normalised = np.einsum("ni,nij,nj->n", error, np.linalg.inv(covs), error)
    assert normalised.mean() == pytest.approx(2.0, abs=0.2)
    assert misfits.mean() == pytest.approx(1.0, abs=0.15)
    assert np.abs(error.mean(axis=0)).max() < 0.02


def test_a_nearer_person_is_placed_more_surely(cameras: tuple[Camera, ...]) -> None:
    camera = cameras[0]
    boxes = standing(camera, [[2.5, 2.5], [4.0, 4.0], [5.5, 5.5]])
    spread = np.linalg.det(locate(camera, boxes, NOISE)[1])
    assert spread[0] < spread[1] < spread[2]


def test_feet_outside_the_image_are_found_by_the_head(cameras: tuple[Camera, ...]) -> None:
    camera, place = cameras[0], np.array([[1.0, 1.0]])
    whole = standing(camera, place)
    assert whole[0, 3] > camera.size[1] + 40  # the feet are well outside
    cut = np.clip(whole, 0, [*camera.size, *camera.size])
    positions, _, misfits = locate(camera, cut, NOISE)
    by_feet = camera.to_ground([[(cut[0, 0] + cut[0, 2]) / 2, cut[0, 3]]])
    assert np.linalg.norm(positions - place) < 0.15
    assert np.linalg.norm(by_feet - place) > 0.3
    assert misfits[0] < 1


def test_a_box_of_half_the_size_does_not_suit_its_place(cameras: tuple[Camera, ...]) -> None:
    camera = cameras[0]
    whole = standing(camera, [[4.0, 4.0]])
    half = whole.copy()
    half[:, 1] = (whole[:, 1] + whole[:, 3]) / 2  # the lower half, as of a child or a chair
    assert locate(camera, whole, NOISE)[2][0] < 0.1
    assert locate(camera, half, NOISE)[2][0] > 9


def test_a_ground_homography_places_people_by_their_feet(cameras: tuple[Camera, ...]) -> None:
    full = cameras[0]
    assert full.projection is not None
    plane = Camera("plane", full.size, homography=full.projection[:, [0, 1, 3]])
    feet = plane.to_pixels(GROUND)
    boxes = np.hstack([feet - np.array([20, 100]), feet + np.array([20, 0])])
    positions, covs, misfits = locate(plane, boxes, NOISE)
    np.testing.assert_allclose(positions, GROUND, atol=1e-9)
    deviation = edge_deviations(np.array(plane.size), boxes, NOISE)[:, :2]
    expected = plane.ground_covariance(feet, deviation) + np.eye(2) * NOISE.position**2
    np.testing.assert_allclose(covs, expected)
    np.testing.assert_array_equal(misfits, 0)


def test_a_box_in_the_sky_has_no_place() -> None:
    # A level camera 1 m up: its horizon is the middle row.
    rotation = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    k = np.array([[400.0, 0, 320], [0, 400, 240], [0, 0, 1]])
    camera = Camera.from_pose("level", (640, 480), k, rotation, -rotation @ [0, 0, 1.0])
    sky, person = [300.0, 20, 330, 100], [300.0, 120, 340, 330]
    positions, covs, _ = locate(camera, np.array([sky, person]), NOISE)
    assert np.isnan(positions[0]).all()
    assert np.isnan(covs[0]).all()
    assert np.isfinite(positions[1]).all()
    assert np.isfinite(covs[1]).all()


def test_boxes_that_lead_nowhere_are_no_error() -> None:
    """Found in a hall: this box drives the least squares to where the matrix is singular."""
    centre, target = (
        np.array([24.0, 4 * 18 * (3 / 7 + 1 / 32 - 1 / 4), 3.5]),
        np.array([12, 9, 0.9]),
    )
    forward = (target - centre) / np.linalg.norm(target - centre)
    right = np.cross(forward, [0.0, 0, 1])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    k = np.array([[700.0, 0, 640], [0, 700, 360], [0, 0, 1]])
    camera = Camera.from_pose("c4", (1280, 720), k, rotation, -rotation @ centre)
    box = np.array([[997.0801132699344, 69.86357659497946, 1054.8661051826698, 225.33531690322314]])
    positions, _, _ = locate(camera, box, NOISE)
    assert np.isnan(positions).all()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_any_box_has_a_place_and_a_covariance_or_neither(
    cameras: tuple[Camera, ...], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(-200, 700, (30, 2))
    boxes = np.hstack([corner, corner + rng.uniform(1, 500, (30, 2))])
    positions, covs, misfits = locate(cameras[seed % 4], boxes, NOISE)
    placed = np.isfinite(positions).all(axis=1)
    np.testing.assert_array_equal(np.isfinite(covs).all(axis=(1, 2)), placed)
    assert np.isfinite(misfits[placed]).all()
    assert (np.linalg.eigvalsh(covs[placed]) > 0).all()


def test_deviations_of_edges() -> None:
    camera = Camera("c", (640, 480))
    noise = BoxNoise(pixels=5, share=0.1, cut=4)
    boxes = [[100, 100, 150, 200], [100, 100, 150, 480], [100, 0, 150, 200], [0, 100, 50, 200]]
    expected = np.array([[15, 15, 15], [43, 423, 43], [25, 25, 225], [27.5, 15, 15]])
    found = edge_deviations(np.array(camera.size), np.array(boxes, dtype=np.float64), noise)
    np.testing.assert_allclose(found, expected)


def test_no_boxes_are_no_error(cameras: tuple[Camera, ...]) -> None:
    positions, covs, misfits = locate(cameras[0], np.empty((0, 4)), NOISE)
    assert (positions.shape, covs.shape, misfits.shape) == ((0, 2), (0, 2, 2), (0,))
