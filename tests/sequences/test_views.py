from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.sequences import GROUND, Camera, Detections, Tracks, View


def boxes(n: int) -> np.ndarray:
    return np.array([[i, 2 * i, i + 10, 2 * i + 30] for i in range(n)], dtype=float)


def test_detections_default_to_score_one() -> None:
    found = Detections(boxes(2))
    assert found.scores.tolist() == [1, 1]
    assert found.embeddings is None
    assert len(found) == 2


def test_footpoint_is_the_middle_of_the_lower_edge() -> None:
    assert Detections([[10, 20, 30, 60]]).footpoints.tolist() == [[20, 60]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0, 0, 1]],), "shape"),
        ((boxes(2), [1.0]), "scores"),
        ((boxes(2), None, np.ones((3, 4))), "embeddings"),
        ((boxes(2), [1.0, np.nan]), "finite"),
        (([[0, 0, np.inf, 1]],), "finite"),
        (([[0, 0, 1, 1], [5, 5, 5, 9]],), "box 1 .* no area"),
        (([[0, 9, 5, 3]],), "no area"),
    ],
)
def test_detections_refuse(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Detections(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("rows", [[2, 0], np.array([True, False, True]), slice(1, 3)])
def test_selection_takes_all_columns(rows: Any) -> None:
    found = Detections(boxes(3), [0.1, 0.2, 0.3], np.eye(3))
    chosen = found[rows]
    index = np.arange(3)[rows]
    assert np.array_equal(chosen.boxes, boxes(3)[index])
    assert np.array_equal(chosen.scores, np.array([0.1, 0.2, 0.3])[index])
    assert chosen.embeddings is not None
    assert np.array_equal(chosen.embeddings.argmax(axis=1), index)


def test_image_is_read_once_and_only_when_asked() -> None:
    calls = []

    def read() -> np.ndarray:
        calls.append(1)
        return np.zeros((4, 6, 3), np.uint8)

    view = View(Camera("a", (6, 4)), 1, 0.0, Detections.empty(), read)
    assert view.has_image
    assert calls == []
    assert view.image is view.image
    assert calls == [1]


def test_crops_are_clipped_and_cover_partial_pixels() -> None:
    image = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    found = Detections([[1.2, 0.9, 2.5, 2.0], [-5.0, -5, 2, 2], [50.0, 50, 60, 60]])
    view = View(Camera("a", (6, 4)), 1, 0.0, found, image)
    first, second, outside = view.crops()
    assert np.array_equal(first, image[0:2, 1:3])
    assert np.array_equal(second, image[:2, :2])
    assert outside.size == 0
    assert np.array_equal(view.crops([1])[0], second)


def test_crops_need_an_image() -> None:
    view = View(Camera("a", (6, 4)), 9, 0.0, Detections.empty())
    assert not view.has_image
    with pytest.raises(ValueError, match="frame 9: there is no image"):
        view.crops()


def test_tracks_refuse_a_negative_identity() -> None:
    with pytest.raises(ValueError, match="identity -1 is negative"):
        Tracks([1], "a", [-1], boxes(1))


def test_tracks_refuse_a_row_without_any_place() -> None:
    with pytest.raises(ValueError, match="identity 4 at frame 7"):
        Tracks([7], "a", [4])


def test_tracks_refuse_columns_of_different_lengths() -> None:
    with pytest.raises(ValueError, match="'box'"):
        Tracks([1, 2], "a", [1, 2], boxes(3))


def test_on_ground_gives_one_row_a_frame_and_identity() -> None:
    place = [[1.0, 2.0], [1.0, 2.0], [np.nan, np.nan], [3.0, 4.0]]
    table = Tracks([2, 2, 1, 1], ["a", "b", "a", "a"], [5, 5, 5, 6], boxes(4), place)
    ground = table.on_ground()
    assert ground.frame.tolist() == [1, 2]
    assert ground.identity.tolist() == [6, 5]
    assert ground.ground.tolist() == [[3, 4], [1, 2]]
    assert set(ground.camera.tolist()) == {GROUND}
    assert not ground.has_box.any()


def test_in_boxes_leaves_out_ground_rows() -> None:
    table = Tracks(
        [1, 1, 1],
        ["a", GROUND, "b"],
        [1, 2, 3],
        np.array([[0, 0, 10, 30], [np.nan] * 4, [0, 0, 10, 30]]),
        np.array([[np.nan] * 2, [1, 1], [np.nan] * 2]),
    )
    assert table.in_boxes().identity.tolist() == [1, 3]
    assert table.in_boxes("b").identity.tolist() == [3]
    assert table.cameras == ("a", "b")


def test_concatenating_nothing_is_empty() -> None:
    assert len(Tracks.concatenate([])) == 0
    assert Tracks.empty().cameras == ()
    assert Tracks.empty().first_duplicate() is None


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.integers(0, 3)), max_size=9))
def test_sorting_and_duplicates_agree_with_plain_python(rows: list[tuple[int, str, int]]) -> None:
    frame, camera, identity = zip(*rows, strict=True) if rows else ((), (), ())
    table = Tracks(frame, list(camera), identity, boxes(len(rows)))
    ordered = table.sorted()
    keys = zip(
        ordered.frame.tolist(), ordered.camera.tolist(), ordered.identity.tolist(), strict=True
    )
    assert list(keys) == sorted(rows)
    repeats = [i for i, row in enumerate(rows) if row in rows[:i]]
    assert table.first_duplicate() == (repeats[0] if repeats else None)
