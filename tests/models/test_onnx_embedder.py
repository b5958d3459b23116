import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.models import OnnxEmbedder, Preprocessing, load_embedder
from reid_mot.models.onnx_embedder import (
    KEY,
    PART,
    check_shape,
    declared_preprocessing,
    divide,
    full_batch,
)

PLAIN = Preprocessing((4, 2), scale=1.0, mean=(0, 0, 0), std=(1, 1, 1))


def write_means(
    path: Path,
    batch: int | str = "batch",
    layout: str = "NCHW",
    metadata: dict[str, str] | None = None,
) -> Path:
    """A model that gives the mean of each channel."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    shape = [batch, 3, 4, 2] if layout == "NCHW" else [batch, 4, 2, 3]
    axes = [2, 3] if layout == "NCHW" else [1, 2]
    node = helper.make_node("ReduceMean", ["x"], ["y"], axes=axes, keepdims=0)
    graph = helper.make_graph(
        [node],
        "means",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", kind, [batch, 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    helper.set_model_props(model, metadata or {})
    onnx.save(model, str(path))
    return path


CROPS = [np.full((5, 3, 3), (v, 20, 0), np.uint8) for v in (10, 0, 200)]
EXPECTED = np.array([[10, 20, 0], [0, 20, 0], [200, 20, 0]], float)
EXPECTED /= np.linalg.norm(EXPECTED, axis=1, keepdims=True)


def test_free_batch(tmp_path: Path) -> None:
    embedder = OnnxEmbedder(write_means(tmp_path / "m.onnx"), PLAIN, batch=2)
    np.testing.assert_allclose(embedder(CROPS), EXPECTED, atol=1e-6)
    assert embedder.dim == 3
    assert embedder([]).shape == (0, 3)


@pytest.mark.parametrize("threads", [1, 2, 3, 40])
@pytest.mark.parametrize("batch", [7, 64])
def test_cores_that_share_out_a_batch_keep_its_order(
    tmp_path: Path, threads: int, batch: int
) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (33, 4, 2, 3)).astype(np.uint8)
    means = crops.mean(axis=(1, 2))
    embedder = OnnxEmbedder(write_means(tmp_path / "m.onnx"), PLAIN, batch=batch, threads=threads)
    expected = means / np.linalg.norm(means, axis=1, keepdims=True)
    np.testing.assert_allclose(embedder(list(crops)), expected, atol=1e-6)


def test_a_wrong_crop_among_parts_is_named(tmp_path: Path) -> None:
    embedder = OnnxEmbedder(write_means(tmp_path / "m.onnx"), PLAIN, threads=2)
    black = np.zeros((5, 3, 3), np.uint8)
    with pytest.raises(ValueError, match="the vector of crop 11 is zero"):
        embedder([*CROPS, *CROPS, *CROPS, *CROPS[:2], black, *CROPS])


@given(count=st.integers(0, 300), cores=st.integers(1, 70))
def test_parts_cover_a_batch_evenly(count: int, cores: int) -> None:
    parts = divide(count, cores)
    assert [k for part in parts for k in range(count)[part]] == list(range(count))
    sizes = [part.stop - part.start for part in parts]
    assert all(1 <= size <= PART for size in sizes)
    assert max(sizes, default=0) - min(sizes, default=0) <= 1
    assert len(parts) == count or len(parts) % cores == 0


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_fixed_batches_are_filled_up(tmp_path: Path, batch: int) -> None:
    embedder = OnnxEmbedder(write_means(tmp_path / "m.onnx", batch), PLAIN)
    assert embedder.batch == batch
    np.testing.assert_allclose(embedder(CROPS), EXPECTED, atol=1e-6)


def test_channels_last_and_bgr(tmp_path: Path) -> None:
    wanted = Preprocessing((4, 2), "BGR", "NHWC", 1.0, (0, 0, 0), (1, 1, 1))
    embedder = OnnxEmbedder(write_means(tmp_path / "m.onnx", layout="NHWC"), wanted)
    np.testing.assert_allclose(embedder(CROPS), EXPECTED[:, ::-1], atol=1e-6)


def test_declared_by_a_card(tmp_path: Path) -> None:
    path = write_means(tmp_path / "m.onnx")
    path.with_suffix(".json").write_text(json.dumps({"preprocessing": PLAIN.to_json()}))
    np.testing.assert_allclose(load_embedder(path)(CROPS), EXPECTED, atol=1e-6)


def test_declared_by_the_files_metadata(tmp_path: Path) -> None:
    path = write_means(tmp_path / "m.onnx", metadata={KEY: json.dumps(PLAIN.to_json())})
    np.testing.assert_allclose(load_embedder(str(path))(CROPS), EXPECTED, atol=1e-6)


def test_the_card_goes_before_the_metadata(tmp_path: Path) -> None:
    other = Preprocessing((9, 9))
    (tmp_path / "m.json").write_text(json.dumps({"preprocessing": other.to_json()}))
    metadata = {KEY: json.dumps(PLAIN.to_json())}
    assert declared_preprocessing(tmp_path / "m.onnx", metadata) == other


def test_nothing_is_guessed() -> None:
    with pytest.raises(ValueError, match=r"osnet\.onnx: nothing says .* osnet\.json"):
        declared_preprocessing(Path("osnet.onnx"), {})


@pytest.mark.parametrize("text", ["{", "[]", '{"size": [1, 2]}'])
def test_broken_cards_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(ValueError, match=r"m\.json: expected"):
        declared_preprocessing(tmp_path / "m.onnx", {})


def test_broken_metadata_are_named() -> None:
    with pytest.raises(ValueError, match=r"m\.onnx, metadata 'reid_mot\.preprocessing'"):
        declared_preprocessing(Path("m.onnx"), {KEY: "{"})


@pytest.mark.parametrize("shape", [["n", 4, 2, 3], ["n", 3, 4, 3], ["n", 3, 4]])
def test_an_input_that_differs_is_refused(shape: list[object]) -> None:
    with pytest.raises(ValueError, match=r"declares \(n, 3, 4, 2\) in NCHW"):
        check_shape(Path("m.onnx"), shape, PLAIN)


def test_free_sides_fit_anything() -> None:
    assert check_shape(Path("m.onnx"), ["n", 3, "h", None], PLAIN) is None
    assert check_shape(Path("m.onnx"), [7, 3, 4, 2], PLAIN) == 7


def test_filling_up_keeps_what_is_there() -> None:
    inputs = np.ones((2, 3, 1, 1), np.float32)
    assert full_batch(inputs, 3).sum(axis=(1, 2, 3)).tolist() == [3, 3, 0]
    assert full_batch(inputs, 2) is inputs


def test_files_that_are_no_models(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    (tmp_path / "x.onnx").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"x\.onnx: expected an ONNX model"):
        OnnxEmbedder(tmp_path / "x.onnx", PLAIN)
    with pytest.raises(FileNotFoundError, match="no ONNX model"):
        OnnxEmbedder(tmp_path / "y.onnx", PLAIN)


def test_unknown_devices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="device 'tpu'"):
        OnnxEmbedder(write_means(tmp_path / "m.onnx"), PLAIN, device="tpu")
