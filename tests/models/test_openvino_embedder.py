import json
from pathlib import Path

import numpy as np
import pytest

from reid_mot.models import OpenVinoEmbedder, Preprocessing, load_embedder
from reid_mot.models.onnx_embedder import KEY

PLAIN = Preprocessing((4, 2), scale=1.0, mean=(0, 0, 0), std=(1, 1, 1))
CROPS = [np.full((5, 3, 3), (v, 20, 0), np.uint8) for v in (10, 0, 200)]
EXPECTED = np.array([[10, 20, 0], [0, 20, 0], [200, 20, 0]], float)
EXPECTED /= np.linalg.norm(EXPECTED, axis=1, keepdims=True)


@pytest.fixture
def means(tmp_path: Path) -> Path:
    """A model with a fixed batch of 1 that gives the mean of each channel."""
    openvino = pytest.importorskip("openvino")
    ops = openvino.opset13
    given = ops.parameter([1, 3, 4, 2], np.float32)
    mean = ops.reduce_mean(given, np.array([2, 3]), keep_dims=False)
    openvino.save_model(openvino.Model([mean], [given]), str(tmp_path / "means.xml"))
    return tmp_path / "means.xml"


def test_the_batch_is_made_free(means: Path) -> None:
    embedder = OpenVinoEmbedder(means, PLAIN, batch=2)
    np.testing.assert_allclose(embedder(CROPS), EXPECTED, atol=1e-6)
    assert embedder.dim == 3
    assert embedder([]).shape == (0, 3)


def test_declared_by_a_card(means: Path) -> None:
    with pytest.raises(ValueError, match=r"means\.xml: nothing says"):
        load_embedder(means)
    means.with_suffix(".json").write_text(json.dumps({"preprocessing": PLAIN.to_json()}))
    np.testing.assert_allclose(load_embedder(means)(CROPS), EXPECTED, atol=1e-6)


def test_another_size_is_refused(means: Path) -> None:
    with pytest.raises(ValueError, match=r"declares \(n, 3, 8, 2\)"):
        OpenVinoEmbedder(means, Preprocessing((8, 2)))


def test_missing_and_broken_files(means: Path) -> None:
    means.with_suffix(".bin").unlink()
    with pytest.raises(FileNotFoundError, match=r"means\.bin"):
        OpenVinoEmbedder(means, PLAIN)
    means.with_suffix(".bin").write_bytes(b"")
    means.write_text("<net")
    with pytest.raises(ValueError, match=r"means\.xml: expected an OpenVINO model"):
        OpenVinoEmbedder(means, PLAIN)


def test_an_onnx_file_with_its_metadata(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0)],
        "means",
        [helper.make_tensor_value_info("x", kind, ["n", 3, 4, 2])],
        [helper.make_tensor_value_info("y", kind, ["n", 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    helper.set_model_props(model, {KEY: json.dumps(PLAIN.to_json())})
    onnx.save(model, str(tmp_path / "m.onnx"))
    embedder = OpenVinoEmbedder(tmp_path / "m.onnx")
    assert embedder.preprocessing == PLAIN
    np.testing.assert_allclose(embedder(CROPS), EXPECTED, atol=1e-6)
