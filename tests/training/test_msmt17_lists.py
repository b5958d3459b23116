from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import FormatError
from reid_mot.sequences.images import write_image
from reid_mot.training.msmt17_lists import msmt17

LISTS = {
    "train": [
        "0000/0000_000_01_0303morning_0008_0.jpg 0",
        "0001/0001_001_15_0114noon_0284_2.jpg 1",
    ],
    "val": ["0001/0001_002_03_0303morning_0017_0_ex.jpg 1"],
    "query": ["0000/0000_000_02_0303morning_0015_0.jpg 0"],
    "gallery": [
        "0000/0000_001_05_0303morning_0016_0.jpg 0",
        "0003/0003_000_05_0113noon_0001_0.jpg 3",
    ],
}


@pytest.fixture(params=[("train", "test"), ("mask_train_v2", "mask_test_v2")], ids=["V1", "V2"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    root = tmp_path / "MSMT17"
    for part, lines in LISTS.items():
        home = root / request.param[part in ("query", "gallery")]
        for line in lines:
            file = home / line.split()[0]
            file.parent.mkdir(parents=True, exist_ok=True)
            write_image(file, np.zeros((4, 2, 3), np.uint8))
        (root / f"list_{part}.txt").write_text("\n".join(lines) + "\n\n")
    return root


def test_both_versions(folder: Path) -> None:
    data = msmt17(folder.parent)
    assert data.train.identity.tolist() == [1, 2, 2]
    assert data.train.camera.tolist() == [1, 15, 3]
    # The lists begin again at 0: these are other people.
    assert data.query.identity.tolist() == [3]
    assert data.gallery.identity.tolist() == [3, 6]
    assert data.gallery.camera.tolist() == [5, 5]
    assert data.gallery.image(1).shape == (4, 2, 3)


@pytest.mark.parametrize("line", ["0000/0000_000_02_x.jpg", "0000/a.jpg 0", "a_b_c_d.jpg 1"])
def test_a_wrong_line_is_named(folder: Path, line: str) -> None:
    (folder / "list_val.txt").write_text(LISTS["val"][0] + "\n" + line + "\n")
    with pytest.raises(FormatError, match=r"list_val\.txt, line 2: expected a picture like"):
        msmt17(folder)


def test_a_picture_that_is_not_there_is_named(folder: Path) -> None:
    (folder / "list_query.txt").write_text("0000/0000_000_02_0303noon_0015_0.jpg 0\n")
    with pytest.raises(FileNotFoundError, match=r"list_query\.txt, line 1: there is no picture"):
        msmt17(folder)


def test_an_empty_list_and_a_missing_folder_are_refused(folder: Path) -> None:
    (folder / "list_query.txt").write_text("\n")
    with pytest.raises(FormatError, match="at least one picture"):
        msmt17(folder)
    next(p for p in folder.iterdir() if "train" in p.name and p.is_dir()).rename(folder / "x")
    with pytest.raises(FormatError, match="a folder train or mask_train_v2"):
        msmt17(folder)
