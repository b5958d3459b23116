from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import FormatError
from reid_mot.sequences.images import write_image
from reid_mot.training.pictures import DISTRACTOR, JUNK, UNKNOWN_CAMERA, Pictures, ReidData
from reid_mot.training.sequence_people import encoded

IMAGE = np.full((4, 3, 3), (250, 10, 40), np.uint8)


def some(*identity: int) -> Pictures:
    return Pictures([IMAGE] * len(identity), identity, np.zeros(len(identity)))


def test_a_file_its_bytes_and_its_pixels_are_the_same_picture(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", IMAGE)
    pictures = Pictures(
        [tmp_path / "a.png", (tmp_path / "a.png").read_bytes(), IMAGE], [1, 1, 1], [0, 0, 0]
    )
    for row in range(3):
        np.testing.assert_array_equal(pictures.image(row), IMAGE)
    assert pictures.names.tolist() == ["a.png", "number 1", "number 2"]


def test_jpeg_keeps_red_red() -> None:
    image = Pictures([encoded(np.tile(IMAGE, (8, 8, 1)))], [1], [0]).image(0)
    assert np.abs(image.astype(int) - IMAGE[0, 0]).max() < 8


def test_labels_count_people_from_0_in_ascending_order() -> None:
    pictures = some(7, 3, 9, 3)
    assert pictures.labels.tolist() == [1, 0, 2, 0]
    assert pictures.people.tolist() == [3, 7, 9]
    assert pictures.identities == 3


@pytest.mark.parametrize("identity", [JUNK, DISTRACTOR])
def test_nobody_learns_junk_or_distractors(identity: int) -> None:
    pictures = some(1, identity)
    assert pictures.identities == 1
    with pytest.raises(ValueError, match=f"number 1 has identity {identity}: pictures to learn"):
        _ = pictures.labels


@pytest.mark.parametrize("rows", [slice(1, 3), [1, 2], np.array([False, True, True])])
def test_rows(rows: slice | list[int]) -> None:
    pictures = Pictures([IMAGE] * 3, [4, 5, 6], [1, 2, 3], ["a", "b", "c"])[rows]
    assert (pictures.identity.tolist(), pictures.camera.tolist()) == ([5, 6], [2, 3])
    assert pictures.names.tolist() == ["b", "c"]


def test_concatenated() -> None:
    both = Pictures.concatenate([some(1, 2), some(2)])
    assert both.identity.tolist() == [1, 2, 2]
    assert len(Pictures.concatenate([])) == 0


def test_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="2 pictures but 1 values of 'camera'"):
        Pictures([IMAGE, IMAGE], [1, 2], [0])


@pytest.mark.parametrize(("identity", "camera"), [(-2, 0), (1, -2)])
def test_numbers_below_the_known_ones_are_refused(identity: int, camera: int) -> None:
    with pytest.raises(ValueError, match=r"picture number 0: (identity|camera) -2 is below -1"):
        Pictures([IMAGE], [identity], [camera])


def test_what_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(b"no")
    pictures = Pictures(
        [tmp_path / "b.jpg", b"no", IMAGE[..., 0], IMAGE.astype(np.float32)],
        [1] * 4,
        [0] * 4,
    )
    with pytest.raises(FormatError, match=r"b\.jpg"):
        pictures.image(0)
    with pytest.raises(ValueError, match="picture number 1: expected an encoded image"):
        pictures.image(1)
    for row in (2, 3):
        with pytest.raises(ValueError, match=r"expected uint8 \(height, width, 3\) RGB"):
            pictures.image(row)


def test_data_refuses_people_who_are_learned_and_asked_for() -> None:
    with pytest.raises(ValueError, match="x: identity 2 is in train and in query"):
        ReidData("x", some(1, 2), some(2, 3), some(3))
    with pytest.raises(ValueError, match="x: query picture number 0 has identity 0"):
        ReidData("x", some(1), some(0), some(3))


def test_summary_counts_what_is_there() -> None:
    gallery = Pictures([IMAGE] * 4, [3, 0, 0, -1], [1, 2, 2, UNKNOWN_CAMERA])
    lines = ReidData("x", some(1, 1, 2), some(3), gallery).summary().splitlines()
    assert lines[1].split() == ["train", "3", "2", "1"]
    assert lines[3].split()[1:4] == ["4", "1", "2"]
    assert lines[3].endswith("with 2 distractors and 1 junk")
