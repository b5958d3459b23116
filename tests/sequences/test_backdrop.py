import numpy as np
import pytest

from reid_mot.sequences.backdrop import Response, draw_response, draw_room, linear, textures
from reid_mot.sequences.layout import CEILING, DEPTH, WIDTH, corner_cameras


def plain(gain: float = 1.0, vignette: float = 0.0) -> Response:
    return Response(np.eye(3), gain, 2.2, vignette, 0.5, 3.0)


def test_neutral_response_gives_back_srgb() -> None:
    colours = np.array([[0.2, 0.5, 0.8], [0.0, 1.0, 0.4]])
    seen = plain()(linear(colours), np.full((2, 2), 100.0), (640, 480))
    np.testing.assert_allclose(seen, 255 * colours, atol=1)


def test_vignette_darkens_corners_and_not_the_middle() -> None:
    grey = np.full((2, 3), 0.3)
    middle, corner = plain(vignette=0.3)(grey, np.array([[320.0, 240], [0, 0]]), (640, 480))
    assert middle[0] == plain()(grey, np.zeros((2, 2)), (640, 480))[0, 0]
    assert corner[0] == pytest.approx(255 * (0.3 * 0.7) ** (1 / 2.2), abs=1)


def test_cameras_see_colours_differently() -> None:
    rng = np.random.default_rng(0)
    colour, place = linear(np.array([[0.6, 0.4, 0.3]])), np.array([[320.0, 240.0]])
    seen = np.array([draw_response(rng)(colour, place, (640, 480))[0] for _ in range(8)], int)
    assert np.ptp(seen, axis=0).min() > 8
    assert np.ptp(seen, axis=0).max() < 110


def test_grey_stays_nearly_grey() -> None:
    response = draw_response(np.random.default_rng(3))
    assert np.ptp(response.matrix.sum(axis=1)) < 0.5


def test_room_shows_each_surface_where_the_camera_sees_it() -> None:
    """Surfaces of one colour each: the colour under a point's pixel names its surface."""
    surfaces = [
        np.full(t.shape, 0.1 + 0.15 * k, np.float32)
        for k, t in enumerate(textures(np.random.default_rng(0)))
    ]
    points = {
        1: [WIDTH, 3.0, 1.5],
        3: [2.5, DEPTH, 1.5],
        4: [3.0, 3.0, 0.0],
        5: [4.0, 5.0, CEILING],
    }
    camera = corner_cameras()[0]
    image = draw_room(camera, surfaces)
    for number, point in points.items():
        u, v = camera.to_pixels(np.array([point]))[0].astype(int)
        value = linear(np.array(0.1 + 0.15 * number))
        gap = np.array(point) - [WIDTH / 2, DEPTH / 2, CEILING + 1.0]
        light = 0.45 + 0.75 * np.exp(-(gap @ gap) / 22.0)
        assert image[v, u, 0] == pytest.approx(value * light, rel=0.03)


def test_textures_follow_from_the_generator_alone() -> None:
    first, again = (textures(np.random.default_rng(1)) for _ in range(2))
    other = textures(np.random.default_rng(2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_floor_is_textured() -> None:
    floor = textures(np.random.default_rng(0))[4]
    assert floor.std(axis=(0, 1)).min() > 0.03
