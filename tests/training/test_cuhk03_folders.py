from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from reid_mot.sequences import FormatError
from reid_mot.sequences.images import write_image
from reid_mot.sequences.views import Image
from reid_mot.training.cuhk03_folders import cuhk03
from reid_mot.training.pictures import ReidData

FILES = [f"{pair}_{person:03}_{1 + (cell > 5)}_{cell:02}.png"
         for pair in (1, 2) for person in (1, 2) for cell in (1, 2, 6, 7)]  # fmt: skip
"""Two pairs of cameras with two people each, of whom each camera has two pictures."""

LABELS = np.repeat([4, 9, 11, 30], 4)
TRAIN, QUERY, GALLERY = np.arange(8), [8, 14], [9, 10, 11, 12, 13, 15]


def picture(file: str) -> Image:
    """Another one for each name, higher than wide."""
    seed = int(Path(file).stem.replace("_", ""))
    return np.random.default_rng(seed).integers(0, 256, (5, 3, 3)).astype(np.uint8)


def write_images(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for file in FILES:
        write_image(folder / file, picture(file))
    return folder


def write_config(path: Path) -> None:
    """As published: MATLAB counts from 1, and strings are cells."""
    cells = np.empty((len(FILES), 1), dtype=object)
    cells[:, 0] = FILES
    parts = {"train": TRAIN, "query": QUERY, "gallery": GALLERY}
    indices = {f"{part}_idx": np.array(rows)[:, None] + 1 for part, rows in parts.items()}
    scipy.io.savemat(path, {"filelist": cells, "labels": LABELS[:, None], **indices})


def write_mat(path: Path) -> None:
    """The original file: cells of cells of pictures, all axes the other way round."""
    h5py = pytest.importorskip("h5py")
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        reference = h5py.special_dtype(ref=h5py.Reference)

        def put(name: str, value: Any) -> Any:
            return file.create_dataset(name, data=value).ref

        def cells(name: str, shape: tuple[int, int]) -> Any:
            return file.create_dataset(name, shape, dtype=reference)

        for boxes in ("detected", "labeled"):
            outer = cells(boxes, (1, 2))
            for pair in (1, 2):
                inner = cells(f"x/{boxes}/{pair}", (10, 2))
                outer[0, pair - 1] = inner.ref
                for person in (1, 2):
                    for cell in range(1, 11):
                        name = f"{pair}_{person:03}_{1 + (cell > 5)}_{cell:02}.png"
                        value = picture(name).T if name in FILES else np.zeros(2, np.uint64)
                        inner[cell - 1, person - 1] = put(f"y/{boxes}/{name}", value)
        sets = cells("testsets", (1, 2))
        for k, rows in enumerate(([[1, 2]], [[2, 1], [1, 1]])):
            sets[0, k] = put(f"z/{k}", np.array(rows, np.float64).T)


def check_new(data: ReidData) -> None:
    assert data.train.labels.tolist() == [0] * 4 + [1] * 4
    assert data.train.camera.tolist() == [1, 1, 2, 2] * 2
    assert data.query.names.tolist() == ["2_001_1_01.png", "2_002_2_06.png"]
    assert data.query.camera.tolist() == [1, 2]
    assert np.unique(data.query.identity).tolist() == np.unique(data.gallery.identity).tolist()
    assert data.gallery.identity.tolist().count(int(data.query.identity[0])) == 3
    for part in (data.train, data.query, data.gallery):
        for row in range(len(part)):
            np.testing.assert_array_equal(part.image(row), picture(str(part.names[row])))


def test_images_with_the_new_protocols_file(tmp_path: Path) -> None:
    write_images(tmp_path / "cuhk03" / "images_detected")
    write_config(tmp_path / "cuhk03" / "cuhk03_new_protocol_config_detected.mat")
    check_new(cuhk03(tmp_path))


def test_the_original_file_with_the_new_protocols_file(tmp_path: Path) -> None:
    write_mat(tmp_path / "cuhk03_release" / "cuhk-03.mat")
    write_config(tmp_path / "cuhk03_new_protocol_config_labeled.mat")
    data = cuhk03(tmp_path, boxes="labeled")
    assert data.name == "CUHK03-labeled"
    check_new(data)


def test_images_with_a_list_of_splits(tmp_path: Path) -> None:
    write_images(tmp_path / "images_detected")

    def entries(rows: Any) -> list[list[Any]]:
        return [[f"/home/she/{FILES[k]}", int(LABELS[k]), int(FILES[k][6]) - 1] for k in rows]

    split = {"train": entries(TRAIN), "query": entries(QUERY), "gallery": entries(GALLERY)}
    (tmp_path / "splits_new_detected.json").write_text(json.dumps([split]))
    check_new(cuhk03(tmp_path))


@pytest.mark.parametrize("split", [0, 1])
def test_the_classic_protocol(tmp_path: Path, split: int) -> None:
    write_mat(tmp_path / "cuhk-03.mat")
    data = cuhk03(tmp_path, protocol="classic", split=split)
    tested = [["1_002"], ["1_001", "2_001"]][split]
    assert {name[:5] for name in data.query.names.tolist()} == set(tested)
    assert data.gallery.names.tolist() == data.query.names.tolist()
    assert data.train.identities + data.query.identities == 4
    np.testing.assert_array_equal(data.train.image(0), picture(str(data.train.names[0])))
    with pytest.raises(ValueError, match="has 2 splits: there is no number 2"):
        cuhk03(tmp_path, protocol="classic", split=2)


def test_the_market_layout(tmp_path: Path) -> None:
    for part, name in (("bounding_box_train", "0001_c1_1.png"), ("query", "0003_c1_2.png"),
                       ("bounding_box_test", "0003_c2_7.png")):  # fmt: skip
        (tmp_path / "cuhk03-np" / "labeled" / part).mkdir(parents=True)
        write_image(tmp_path / "cuhk03-np" / "labeled" / part / name, picture("1"))
    data = cuhk03(tmp_path, boxes="labeled")
    assert data.gallery.identity.tolist() == data.query.identity.tolist() == [3]
    with pytest.raises(FormatError, match="expected CUHK03 for the new protocol"):
        cuhk03(tmp_path, boxes="detected")


def test_pictures_of_the_first_pair(tmp_path: Path) -> None:
    for name in ("train/0000_00.jpg", "train/0001_07.jpg", "val/0000_04.jpg", "val/0000_05.jpg"):
        (tmp_path / "detected" / name).parent.mkdir(parents=True, exist_ok=True)
        write_image(tmp_path / "detected" / name, picture("1"))
    data = cuhk03(tmp_path)
    assert data.train.identity.tolist() == [1, 2]
    assert data.train.camera.tolist() == [1, 2]
    assert data.query.identity.tolist() == [3, 3]
    assert data.query.camera.tolist() == [1, 2]
    assert data.gallery.names.tolist() == ["val/0000_04.jpg", "val/0000_05.jpg"]
    write_image(tmp_path / "detected" / "val" / "x.jpg", picture("1"))
    with pytest.raises(FormatError, match=r"x\.jpg: expected a name like 0000_07\.jpg"):
        cuhk03(tmp_path)


def test_what_was_looked_for_is_said(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    with pytest.raises(FormatError, match=r"splits_new_labeled\.json.*found 'pictures'"):
        cuhk03(tmp_path, boxes="labeled")
    with pytest.raises(FileNotFoundError):
        cuhk03(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="expected detected or labeled"):
        cuhk03(tmp_path, boxes="drawn")  # type: ignore[arg-type]


def test_without_h5py_it_is_said_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cuhk-03.mat").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r"pip install 'reid-mot\[cuhk03\]'"):
        cuhk03(tmp_path, protocol="classic")


def test_broken_files_are_named(tmp_path: Path) -> None:
    write_images(tmp_path / "images_detected")
    config = tmp_path / "cuhk03_new_protocol_config_detected.mat"
    config.write_bytes(b"no")
    with pytest.raises(FormatError, match=r"detected\.mat: expected a MATLAB file with filelist"):
        cuhk03(tmp_path)
    write_config(config)
    (tmp_path / "images_detected" / FILES[3]).unlink()
    with pytest.raises(FileNotFoundError, match=f"detected.mat names a picture .*{FILES[3]}"):
        cuhk03(tmp_path)
    splits = tmp_path / "splits_new_detected.json"
    splits.write_text('[{"train": [["a.png"]]}]')
    with pytest.raises(FormatError, match=r"detected\.json, field 'train': expected \[path, ident"):
        cuhk03(tmp_path)
    splits.write_text('{"train": []}')
    with pytest.raises(FormatError, match="expected a list of splits"):
        cuhk03(tmp_path)


def test_a_mat_file_of_another_kind_is_named(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    (tmp_path / "cuhk-03.mat").write_bytes(b"no")
    with pytest.raises(FormatError, match=r"cuhk-03\.mat: expected an HDF5 file"):
        cuhk03(tmp_path, protocol="classic")
    h5py.File(tmp_path / "cuhk-03.mat", "w").close()
    with pytest.raises(FormatError, match="CUHK03's cells detected, labeled and testsets"):
        cuhk03(tmp_path, protocol="classic")
