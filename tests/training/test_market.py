import os
from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import FormatError
from reid_mot.sequences.images import write_image
from reid_mot.training.market import PARTS, dukemtmc, market1501

NAMES = {
    "bounding_box_train": ["0002_c1s1_000451_03.jpg", "0007_c6s3_077392_02.jpg"],
    "query": ["0001_c1s1_001051_00.jpg"],
    "bounding_box_test": [
        "-1_c1s1_000401_03.jpg",
        "0000_c4s2_039517_04.jpg",
        "0001_c2s1_000301_00.jpg",
    ],
}


def write(root: Path, names: dict[str, list[str]]) -> Path:
    for part, files in names.items():
        (root / part).mkdir(parents=True)
        for file in files:
            write_image(root / part / file, np.zeros((4, 2, 3), np.uint8))
        (root / part / "Thumbs.db").write_bytes(b"")
        (root / part / f"._{files[0]}").write_bytes(b"")
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "data" / "Market-1501-v15.09.15", NAMES)


@pytest.mark.parametrize("steps", ["", "..", "query"])
def test_the_folder_the_one_above_and_one_of_its_parts_are_understood(
    folder: Path, steps: str
) -> None:
    data = market1501(folder / steps)
    assert data.train.identity.tolist() == [2, 7]
    assert data.train.camera.tolist() == [1, 6]
    assert data.query.names.tolist() == ["0001_c1s1_001051_00.jpg"]
    assert data.gallery.identity.tolist() == [-1, 0, 1]
    assert data.gallery.camera.tolist() == [1, 4, 2]
    assert data.gallery.image(2).shape == (4, 2, 3)


def test_names_of_dukemtmc(tmp_path: Path) -> None:
    duke = {part: ["0012_c8_f0046182.jpg"] for part in PARTS} | {"query": ["0005_c2_f0046985.jpg"]}
    data = dukemtmc(write(tmp_path / "DukeMTMC-reID", duke))
    assert (data.name, data.train.camera.tolist()) == ("DukeMTMC-reID", [8])
    assert data.query.identity.tolist() == [5]


def test_another_folder_is_told_what_is_missing_and_what_is_there(folder: Path) -> None:
    (folder / "query").rename(folder / "queries")
    with pytest.raises(
        FormatError, match=r"Market-1501 with bounding_box_train, query and bounding_box_test.*qu"
    ):
        market1501(folder)


def test_an_archive_is_to_be_extracted(tmp_path: Path) -> None:
    archive = tmp_path / "Market-1501-v15.09.15.zip"
    archive.write_bytes(b"PK")
    with pytest.raises(FormatError, match="not a file: extract it first"):
        market1501(archive)
    with pytest.raises(FormatError, match=r"extract Market-1501-v15\.09\.15\.zip first"):
        market1501(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no such folder: .*nowhere"):
        market1501(tmp_path / "nowhere")
    with pytest.raises(FormatError, match="an empty folder"):
        market1501(tmp_path)


def test_a_picture_with_another_name_is_named(folder: Path) -> None:
    write_image(folder / "query" / "somebody.jpg", np.zeros((4, 2, 3), np.uint8))
    with pytest.raises(FormatError, match=r"somebody\.jpg: expected a name like 0002_c1s1"):
        market1501(folder)


def test_a_part_without_pictures_is_named(folder: Path) -> None:
    (folder / "query" / NAMES["query"][0]).unlink()
    with pytest.raises(FormatError, match="query: expected pictures named like"):
        market1501(folder)


@pytest.mark.data
def test_market1501_has_the_published_numbers() -> None:
    folder = os.environ.get("REID_MOT_MARKET1501")
    if not folder:
        pytest.skip("REID_MOT_MARKET1501 names no folder with Market-1501")
    data = market1501(folder)
    assert (len(data.train), data.train.identities) == (12936, 751)
    assert (len(data.query), data.query.identities) == (3368, 750)
    assert (len(data.gallery), int((data.gallery.identity >= 0).sum())) == (19732, 15913)
    assert data.gallery.cameras.tolist() == [1, 2, 3, 4, 5, 6]
