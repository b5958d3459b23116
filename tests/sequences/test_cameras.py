import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reid_mot.sequences import Camera, in_region, region_of

K = np.array([[600.0, 0, 320], [0, 620, 240], [0, 0, 1]])
LENS = np.array([-0.25, 0.08, 0.001, -0.0005, -0.01])
SIZE = (640, 480)


def looking(
    x: float = 0.0,
    y: float = 0.0,
    height: float = 2.5,
    pan: float = 0.3,
    tilt: float = 0.5,
    roll: float = 0.0,
    lens: NDArray[np.float64] | None = None,
) -> Camera:
    """A camera at (x, y, height) metres; pan about Z, tilt below the horizontal, radians."""
    ahead = np.array([np.cos(pan) * np.cos(tilt), np.sin(pan) * np.cos(tilt), -np.sin(tilt)])
    right = np.array([np.sin(pan), -np.cos(pan), 0.0])
    down = np.cross(ahead, right)
    c, s = np.cos(roll), np.sin(roll)
    rotation = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) @ np.array([right, down, ahead])
    centre = np.array([x, y, height])
    return Camera.from_pose("c", SIZE, K, rotation, -rotation @ centre, lens)


poses = st.builds(
    looking,
    x=st.floats(-5, 5),
    y=st.floats(-5, 5),
    height=st.floats(1.5, 8),
    pan=st.floats(-3.1, 3.1),
    tilt=st.floats(0.45, 1.5),
    roll=st.floats(-0.3, 0.3),
    lens=st.sampled_from([None, LENS]),
)
pixels = st.lists(st.tuples(st.floats(20, 620), st.floats(120, 470)), min_size=1, max_size=5).map(
    np.array
)


def test_pixels_equal_opencv() -> None:
    camera = looking(lens=LENS)
    assert camera.projection is not None
    pose = np.linalg.inv(K) @ camera.projection
    world = np.array([[3.0, 1.0, 0.0], [4, 2, 1.7], [2.5, 0.5, 0.9]])
    turn = cv2.Rodrigues(pose[:, :3])[0]
    seen = cv2.projectPoints(world, turn, pose[:, 3], K, LENS)[0][:, 0]
    np.testing.assert_allclose(camera.to_pixels(world), seen, atol=1e-8)


@given(poses, pixels)
@settings(deadline=None)
def test_pixels_to_ground_and_back(camera: Camera, points: NDArray[np.float64]) -> None:
    ground = camera.to_ground(points)
    assume(np.isfinite(ground).all())
    np.testing.assert_allclose(camera.to_pixels(ground), points, atol=1e-4)


@given(poses, pixels, st.floats(-1, 1))
@settings(deadline=None)
def test_planes_at_other_heights_round_trip(
    camera: Camera, points: NDArray[np.float64], height: float
) -> None:
    ground = camera.to_ground(points, height)
    assume(np.isfinite(ground).all())
    np.testing.assert_allclose(camera.to_pixels(ground, height), points, atol=1e-4)
    world = np.column_stack([ground, np.full(len(ground), height)])
    np.testing.assert_allclose(camera.to_pixels(world), points, atol=1e-4)


def test_hand_worked_ground_position() -> None:
    # From 2 m up, 45 degrees down, the middle of the image shows the floor 2 m ahead.
    camera = looking(height=2.0, pan=0.0, tilt=np.pi / 4)
    np.testing.assert_allclose(camera.to_ground([[320, 240]]), [[2.0, 0.0]], atol=1e-12)
    assert camera.centre is not None
    np.testing.assert_allclose(camera.centre, [0, 0, 2], atol=1e-12)


@given(st.floats(1e-6, 1e6), st.booleans())
def test_scale_and_sign_of_the_projection_change_nothing(scale: float, flip: bool) -> None:
    camera = looking()
    assert camera.projection is not None
    other = Camera("c", SIZE, camera.projection * (-scale if flip else scale))
    points = np.array([[300.0, 400.0], [100, 300], [320, 0]])
    np.testing.assert_allclose(other.to_ground(points), camera.to_ground(points), rtol=1e-9)
    ahead = np.array([[3.0, 1.0], [-3.0, -1.0]])
    np.testing.assert_allclose(other.to_pixels(ahead), camera.to_pixels(ahead), rtol=1e-9)


def test_left_handed_world_is_seen_from_the_front() -> None:
    camera = looking(y=1.0, pan=0.3)
    assert camera.projection is not None
    mirrored = Camera("m", SIZE, camera.projection * [1, -1, 1, 1])
    assert np.linalg.det(mirrored.projection[:, :3]) < 0  # type: ignore[index]
    points = np.array([[300.0, 400.0], [100, 300]])
    ground = mirrored.to_ground(points)
    np.testing.assert_allclose(ground, camera.to_ground(points) * [1, -1])
    np.testing.assert_allclose(mirrored.to_pixels(ground), points)


@pytest.mark.parametrize("tilt", [0.2, 1.4])
@pytest.mark.parametrize("roll", [-np.pi / 2, np.pi / 2])
def test_camera_on_its_side_sees_the_floor(roll: float, tilt: float) -> None:
    camera = looking(tilt=tilt, roll=roll)
    assert camera.centre is not None
    floor = camera.centre[:2] + 4.0 * np.array([np.cos(0.3), np.sin(0.3)])
    seen = camera.to_pixels([floor])
    np.testing.assert_allclose(camera.to_ground(seen), [floor])


def test_above_the_horizon_is_nan() -> None:
    camera = looking(tilt=0.1)
    horizon = 240 - 620 * np.tan(0.1)
    ground = camera.to_ground([[320, horizon - 50], [320, horizon - 0.01], [320, horizon + 0.01]])
    assert np.isnan(ground).all()
    near = camera.to_ground([[320, horizon + 5.0]])
    assert np.isfinite(near).all()
    assert np.isnan(camera.ground_jacobian([[320, horizon - 50]])).all()
    assert np.isnan(camera.ground_covariance([[320, horizon - 50]], 1.0)).all()


def test_horizon_of_a_rolled_camera_is_nan() -> None:
    camera = looking(tilt=0.2, roll=0.4)
    grid = np.stack(np.meshgrid(np.arange(0, 640, 20.0), np.arange(0, 480, 20.0)), -1).reshape(
        -1, 2
    )
    ground = camera.to_ground(grid)
    assert camera.projection is not None
    inverse = np.linalg.inv(camera.projection[:, :3])
    climb = np.column_stack([grid, np.ones(len(grid))]) @ inverse[2]
    above = climb / np.hypot(inverse[2, 0], inverse[2, 1])
    clear = np.abs(above) > 1
    np.testing.assert_array_equal(np.isnan(ground[clear, 0]), above[clear] > 0)


def test_nan_pixels_stay_nan() -> None:
    for lens in (None, LENS):
        ground = looking(lens=lens).to_ground(np.array([[np.nan, 1.0], [320, 400]]))
        assert np.isnan(ground[0]).all()
        assert np.isfinite(ground[1]).all()


def test_points_behind_the_camera_have_no_pixel() -> None:
    seen = looking(pan=0.0).to_pixels([[-3.0, 0.0], [3.0, 0.0]])
    assert np.isnan(seen[0]).all()
    assert np.isfinite(seen[1]).all()


@given(poses, pixels)
@settings(deadline=None)
def test_jacobian_equals_finite_differences(camera: Camera, points: NDArray[np.float64]) -> None:
    step = 0.01
    ground = camera.to_ground(points)
    # Far away, a hundredth of a pixel bends: the difference is no longer the derivative.
    assume(np.isfinite(ground).all())
    assume(np.linalg.norm(ground - camera.centre[:2], axis=1).max() < 30)  # type: ignore[index]
    jacobian = camera.ground_jacobian(points)
    for axis in range(2):
        offset = np.eye(2)[axis] * step
        slope = (camera.to_ground(points + offset) - camera.to_ground(points - offset)) / (2 * step)
        np.testing.assert_allclose(jacobian[:, :, axis], slope, rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("lens", [None, LENS])
def test_covariance_equals_monte_carlo(lens: NDArray[np.float64] | None) -> None:
    camera = looking(lens=lens)
    rng = np.random.default_rng(3)
    point, deviation = np.array([[250.0, 380.0]]), np.array([2.0, 4.0])
    drawn = camera.to_ground(point + rng.normal(size=(40_000, 2)) * deviation)
    expected = np.cov(drawn.T)
    found = camera.ground_covariance(point, deviation)[0]
    np.testing.assert_allclose(found, expected, rtol=0.05, atol=0.03 * np.trace(expected))


def test_covariance_takes_one_deviation_for_all_or_one_each() -> None:
    camera, points = looking(), np.array([[250.0, 380.0], [300, 300]])
    same = camera.ground_covariance(points, 3.0)
    np.testing.assert_allclose(camera.ground_covariance(points, np.full((2, 2), 3.0)), same)
    np.testing.assert_allclose(same, 9 * camera.ground_covariance(points, 1.0))
    np.testing.assert_allclose(same, same.transpose(0, 2, 1))


def test_homography_does_what_the_projection_does_on_the_floor() -> None:
    camera = looking()
    assert camera.projection is not None
    plane = Camera("h", SIZE, homography=-3 * camera.projection[:, [0, 1, 3]])
    points = np.array([[250.0, 380.0], [320, 0]])
    np.testing.assert_allclose(plane.to_ground(points), camera.to_ground(points))
    np.testing.assert_allclose(plane.to_pixels([[3.0, 1.0]]), camera.to_pixels([[3.0, 1.0]]))
    np.testing.assert_allclose(plane.to_pixels([[3.0, 1.0, 0.0]]), camera.to_pixels([[3.0, 1.0]]))
    assert plane.centre is None
    with pytest.raises(ValueError, match="homography only"):
        plane.to_ground(points, 1.7)
    with pytest.raises(ValueError, match="homography only"):
        plane.to_pixels([[3.0, 1.0, 1.7]])


def test_uncalibrated_camera_says_so() -> None:
    camera = Camera("c", SIZE)
    assert not camera.calibrated
    with pytest.raises(ValueError, match="not calibrated"):
        camera.to_ground([[1.0, 2.0]])


def test_in_view_against_the_image_border() -> None:
    camera = looking(pan=0.0, tilt=np.pi / 4, height=2.0)
    edge = camera.to_ground(np.array([[5, 300], [320, 475], [320, 240]]))
    assert camera.in_view(edge).tolist() == [True, True, True]
    assert camera.in_view(edge, margin=10).tolist() == [False, False, True]
    assert camera.in_view(camera.to_ground([[-5.0, 300.0]]), margin=-10).tolist() == [True]
    assert camera.in_view([[-3.0, 0.0]]).tolist() == [False]


def test_rays_far_outside_a_barrel_lens_are_not_in_view() -> None:
    # This lens folds: its polynomial brings rays beyond the border back into the image.
    camera = looking(pan=0.0, tilt=0.5, lens=np.array([-0.35, 0.0, 0.0, 0.0]))
    folded = np.array([[3.0, -5.9], [3.0, 5.9]])
    seen = camera.to_pixels(folded)
    assert ((seen > 0) & (seen < SIZE)).all()
    assert not camera.in_view(folded).any()
    assert camera.in_view([[3.0, 0.0]]).all()


def test_no_distortion_is_the_same_as_zero_distortion() -> None:
    assert looking(lens=np.zeros(5)).distortion is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"size": (0, 5)}, "image size"),
        ({"projection": np.eye(3)}, "shape"),
        ({"projection": np.full((3, 4), np.nan)}, "not finite"),
        ({"homography": np.ones((3, 3))}, "onto a line"),
        ({"homography": np.eye(3), "projection": np.eye(3, 4)}, "not both"),
        ({"homography": np.eye(3), "distortion": np.ones(5)}, "needs the intrinsics"),
        ({"intrinsics": np.eye(3), "distortion": np.ones(6)}, "6 distortion"),
    ],
)
def test_camera_refuses(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Camera(**({"name": "c", "size": SIZE} | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("points", [[1.0, 2.0], [[1.0, 2.0, 3.0]], [[1.0]]])
def test_wrong_shapes_are_refused(points: object) -> None:
    with pytest.raises(ValueError, match="shape"):
        looking().to_ground(points)  # type: ignore[arg-type]


def test_no_points_give_no_points() -> None:
    for lens in (None, LENS):
        camera = looking(lens=lens)
        assert camera.to_ground(np.empty((0, 2))).shape == (0, 2)
        assert camera.to_pixels(np.empty((0, 2))).shape == (0, 2)
        assert camera.ground_jacobian(np.empty((0, 2))).shape == (0, 2, 2)


def inside_by_angles(point: NDArray[np.float64], region: NDArray[np.float64]) -> bool:
    """Winding number: the angles under which the edges are seen sum to a full turn inside."""
    a = region - point
    b = np.roll(a, -1, axis=0)
    angles = np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1))
    return bool(abs(angles.sum()) > np.pi)


@given(st.integers(0, 10_000), st.integers(3, 9))
@settings(max_examples=30)
def test_in_region_equals_winding_numbers_and_sampled_distances(seed: int, corners: int) -> None:
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    region = region_of(
        rng.uniform(1, 3, (corners, 1)) * np.column_stack([np.cos(angles), np.sin(angles)])
    )
    points = rng.uniform(-4, 4, (40, 2))
    steps = np.linspace(0, 1, 2001)[:, None, None]
    border = (region + steps * (np.roll(region, -1, axis=0) - region)).reshape(-1, 2)
    distance = np.linalg.norm(points[:, None] - border, axis=-1).min(axis=1)
    inside = np.array([inside_by_angles(p, region) for p in points])
    for margin in (-0.5, 0.0, 0.7):
        expected = np.where(inside, -distance, distance) <= margin
        clear = np.abs(np.where(inside, -distance, distance) - margin) > 0.01
        np.testing.assert_array_equal(in_region(points, region, margin)[clear], expected[clear])


def test_nan_is_in_no_region() -> None:
    square = region_of([[0, 0], [1, 0], [1, 1], [0, 1]])
    assert in_region(np.array([[np.nan, 0.5], [0.5, 0.5]]), square, 10.0).tolist() == [False, True]


@pytest.mark.parametrize(
    "corners", [[[0, 0], [1, 1]], [[0, 0, 0]] * 3, [[0, 0], [1, 1], [0, np.nan]]]
)
def test_region_refuses(corners: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="region"):
        region_of(corners)
