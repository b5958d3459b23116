import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_mot.models import (
    HACNN,
    CallableEmbedder,
    HistogramEmbedder,
    TorchEmbedder,
    load_embedder,
    loading,
    naming,
    save_embedder,
    shipped,
)

DATA = Path(__file__).parents[3] / "shared" / "data"

READY = CallableEmbedder(lambda crops: np.ones((len(crops), 2)), 2)


def on_device(device: str = "cpu") -> CallableEmbedder:
    return CallableEmbedder(lambda crops: [], len(device))


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(sys.modules, "somebodys", sys.modules[__name__])
    return "somebodys"


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    found = [
        EntryPoint("ready", f"{module}:READY", loading.GROUP),
        EntryPoint("colours", "reid_mot.models:HistogramEmbedder", loading.GROUP),
        EntryPoint("on-device", f"{module}:on_device", loading.GROUP),
    ]
    monkeypatch.setattr(naming, "entry_points", lambda group: found if "emb" in group else [])


def test_a_class_is_called(module: str) -> None:
    assert load_embedder("reid_mot.models:HistogramEmbedder") == HistogramEmbedder()


def test_an_instance_is_itself(module: str) -> None:
    assert load_embedder(f"{module}:READY") is READY


def test_a_function_is_given_the_device(module: str) -> None:
    assert load_embedder(f"{module}:on_device", device="cuda:1").dim == 6
    assert load_embedder(f"{module}:on_device").dim == 3


@pytest.mark.usefixtures("points")
def test_short_names_come_from_entry_points() -> None:
    assert load_embedder("ready") is READY
    assert load_embedder("colours") == HistogramEmbedder()
    assert load_embedder("on-device", "cuda").dim == 4


@pytest.mark.usefixtures("points")
def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(
        ValueError,
        match=r"'raedy'.*colours, drawn-people, market-mobilenet, market-small, on-device, ready",
    ):
        load_embedder("raedy")


@pytest.mark.parametrize("name", ["compact-reid", "strong_baseline"])
def test_a_network_is_no_embedder_and_the_message_says_what_makes_one(name: str) -> None:
    with pytest.raises(ValueError, match=f"'{name}' is a network without weights.*reid-mot train"):
        load_embedder(name)


@pytest.mark.usefixtures("points")
def test_a_device_for_something_without_is_an_error() -> None:
    with pytest.raises(ValueError, match="takes no device, found 'cuda'"):
        load_embedder("colours", device="cuda")


@pytest.mark.usefixtures("points")
def test_weights_that_come_with_the_package_have_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = HACNN(widths=(32, 32, 64), vectors=(8, 4))
    save_embedder(TorchEmbedder(network, device="cpu"), tmp_path / "tiny")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)

    assert load_embedder("tiny").dim == network.dim
    with pytest.raises(ValueError, match="Names: colours, on-device, ready, tiny"):
        load_embedder("tyni")


def test_missing_module_and_missing_attribute(module: str) -> None:
    with pytest.raises(ImportError, match="there is no module 'no_such_package'"):
        load_embedder("no_such_package:x")
    with pytest.raises(ImportError, match="has no 'nothing'"):
        load_embedder(f"{module}:nothing")


def test_what_is_no_embedder_is_refused(module: str) -> None:
    with pytest.raises(TypeError, match="expected an embedder"):
        load_embedder("math:pi")
    with pytest.raises(TypeError, match="gave dict"):
        load_embedder("builtins:dict")


def test_missing_and_unknown_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.onnx"):
        load_embedder(tmp_path / "missing.onnx")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ValueError, match=r"notes\.txt"):
        load_embedder(str(tmp_path / "notes.txt"))


def real_crops(instant: int) -> dict[int, np.ndarray]:
    """The people whom camera 1 of the MultiviewX sample sees at an instant, by identity."""
    folder = DATA / "multiviewx-sample"
    image = cv2.imread(str(folder / "Image_subsets" / "C1" / f"{instant:04}.jpg"))
    assert image is not None
    crops = {}
    for person in json.loads(
        (folder / "annotations_positions" / f"{instant + 1:05}.json").read_text()
    ):
        box = person["views"][0]
        crop = image[box["ymin"] : box["ymax"], box["xmin"] : box["xmax"], ::-1]
        if box["xmin"] >= 0 and crop.shape[0] > 150:
            crops[person["personID"]] = np.ascontiguousarray(crop)
    return crops


@pytest.mark.data
@pytest.mark.parametrize(
    ("module", "file", "layout"),
    [
        ("onnxruntime", "person-reidentification-retail-0287.onnx", "NHWC"),
        ("openvino", "openvino/person-reidentification-retail-0287.xml", "NCHW"),
    ],
)
def test_real_networks_know_people_again_at_the_next_instant(
    tmp_path: Path, module: str, file: str, layout: str
) -> None:
    pytest.importorskip(module)
    if not DATA.exists():
        pytest.skip(f"{DATA} is absent")
    source = DATA / "weights" / file
    for part in (source, source.with_suffix(".bin")):
        if part.exists():
            (tmp_path / part.name).symlink_to(part)
    card = {"size": [256, 128], "channels": "BGR", "layout": layout, "scale": 1}
    card |= {"mean": [0, 0, 0], "std": [1, 1, 1]}
    (tmp_path / source.with_suffix(".json").name).write_text(json.dumps({"preprocessing": card}))
    embedder = load_embedder(tmp_path / source.name)
    assert embedder.dim == 256
    first, second = real_crops(0), real_crops(1)
    likeness = embedder(list(first.values())) @ embedder(list(second.values())).T
    found = [list(second)[k] for k in likeness.argmax(axis=1)]
    assert np.mean([a == b for a, b in zip(first, found, strict=True)]) > 0.8
