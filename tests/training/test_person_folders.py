from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import FormatError
from reid_mot.sequences.images import write_image
from reid_mot.training.person_folders import identity_folder
from reid_mot.training.pictures import UNKNOWN_CAMERA


def write(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        write_image(root / file, np.zeros((4, 2, 3), np.uint8))
    return root


def test_people_without_cameras(tmp_path: Path) -> None:
    root = write(tmp_path / "mine", *(f"{p}/{k}.png" for p in ("ann", "bob", "eve") for k in "123"))
    (root / "notes.txt").write_text("what I took")
    data = identity_folder(root, test=0.34)
    assert data.name == "mine"
    assert (data.train.identities, data.query.identities) == (2, 1)
    assert (len(data.query), len(data.gallery)) == (1, 2)
    assert set(data.train.camera.tolist()) == {UNKNOWN_CAMERA}
    everything = identity_folder(root, test=0).train
    assert everything.names[:4].tolist() == ["ann/1.png", "ann/2.png", "ann/3.png", "bob/1.png"]
    assert everything.identity.tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_the_division_is_the_same_each_time_and_another_with_another_seed(tmp_path: Path) -> None:
    root = write(tmp_path, *(f"{p:02}/{k}.png" for p in range(12) for k in range(2)))
    parts = [identity_folder(root, seed=seed).train.names.tolist() for seed in (0, 0, 1)]
    assert parts[0] == parts[1] != parts[2]


@pytest.mark.parametrize(
    ("name", "camera"),
    [
        ("0007_c3_0001", 3),
        ("0002_c12s1_000451_03", 12),
        ("cam2", 2),
        ("x-camera_04-y", 4),
        ("C5.front", 5),
        ("abc3_1", UNKNOWN_CAMERA),
        ("c3po_1", UNKNOWN_CAMERA),
        ("1", UNKNOWN_CAMERA),
    ],
)
def test_cameras_in_file_names(tmp_path: Path, name: str, camera: int) -> None:
    data = identity_folder(write(tmp_path, f"a/{name}.png"), test=0)
    assert data.train.camera.tolist() == [camera]


def test_cameras_as_folders_with_numbers_keep_them(tmp_path: Path) -> None:
    root = write(tmp_path, "a/cam3/1.png", "a/cam07/1.png", "a/x_c9_1.png")
    data = identity_folder(root, test=0)
    assert dict(zip(data.train.names.tolist(), data.train.camera.tolist(), strict=True)) == {
        "a/cam3/1.png": 3,
        "a/cam07/1.png": 7,
        "a/x_c9_1.png": 9,
    }


def test_cameras_as_folders_with_names_are_numbered(tmp_path: Path) -> None:
    root = write(tmp_path, "a/yard/1.png", "a/door/1.png", "b/door/1.png")
    assert identity_folder(root, test=0).train.camera.tolist() == [1, 2, 1]


def test_train_and_test(tmp_path: Path) -> None:
    files = [f"{part}/{p}/c{c}_{k}.jpg" for part in ("train", "test")
             for p in "ab" for c in "12" for k in "12"]  # fmt: skip
    data = identity_folder(write(tmp_path, *files))
    assert data.train.people.tolist() == [1, 2]
    assert data.query.people.tolist() == [3, 4]  # another "a", another "b"
    assert (len(data.query), len(data.gallery)) == (4, 4)


def test_train_query_and_gallery(tmp_path: Path) -> None:
    root = write(tmp_path, "train/a/1.png", "query/b/c1_1.png", "gallery/b/c2_1.png",
                 "gallery/c/c2_1.png")  # fmt: skip
    data = identity_folder(root)
    assert data.query.identity.tolist() == [2]
    assert data.gallery.identity.tolist() == [2, 3]
    assert data.gallery.camera.tolist() == [2, 2]


def test_a_part_may_be_missing(tmp_path: Path) -> None:
    data = identity_folder(write(tmp_path, "query/b/1.png", "gallery/b/2.png"))
    assert (len(data.train), len(data.query), len(data.gallery)) == (0, 1, 1)


def test_a_person_may_be_called_test(tmp_path: Path) -> None:
    data = identity_folder(write(tmp_path, "test/1.png", "ann/1.png"), test=0)
    assert data.train.names.tolist() == ["ann/1.png", "test/1.png"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["1.png"], r"1\.png: expected pictures in a folder for each person"),
        (["ann/1.png"], "expected folders of two people or more, found 'one with pictures: ann/1"),
        (["query/a/1.png"], "expected train, and test or query and gallery beside it"),
        (["train/a/1.png", "ann/1.png"], "ann: expected people's folders within train"),
        (
            ["bounding_box_train/1.png", "query/1.png", "bounding_box_test/1.png"],
            "not Market-1501's layout",
        ),
        (["train/a/1.png", "test/b/c/d/1.png"], "test: expected a folder of pictures for each"),
    ],
)
def test_what_cannot_be_understood_is_said(tmp_path: Path, files: list[str], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        identity_folder(write(tmp_path, *files))


def test_no_folder_and_no_pictures(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        identity_folder(tmp_path / "nowhere")
    with pytest.raises(FormatError, match="an empty folder"):
        identity_folder(tmp_path)
