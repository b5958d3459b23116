"""Models of a few nodes whose outputs show what they were fed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reid_mot.models import DetectorCard, OnnxDetector, Preprocessing, load_detector
from reid_mot.models.detector_card import KEY, yolox

YOLOX = yolox((32, 64))
CELLS = 4 * 8 + 2 * 4 + 1 * 2
PIXELS = Preprocessing((32, 64), scale=1 / 255, mean=(0, 0, 0), std=(1, 1, 1))
BOXES = DetectorCard(PIXELS, None, "boxes", outputs=("boxes", "scores"), least_score=0.1)
THREE = np.array([[0, 0, 16, 8], [32, 16, 64, 32], [8, 4, 24, 32]], np.float32)


def write_model(
    path: Path,
    nodes: list[tuple[str, list[str], str, dict[str, Any]]],
    constants: dict[str, NDArray[Any]],
    outputs: list[str],
    shape: tuple[int | str, ...] = (1, 3, 32, 64),
    metadata: dict[str, str] | None = None,
    kind: str = "FLOAT",
) -> Path:
    """A model of these nodes (operator, inputs, output, attributes); its input is "x"."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    helper = onnx.helper
    graph = helper.make_graph(
        [helper.make_node(op, given, [gives], **more) for op, given, gives, more in nodes],
        "shows",
        [helper.make_tensor_value_info("x", getattr(onnx.TensorProto, kind), shape)],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    helper.set_model_props(model, metadata or {})
    onnx.save(onnx.shape_inference.infer_shapes(model), str(path))
    return path


def write_boxes(path: Path, **more: Any) -> Path:
    """`THREE`, with the channels of the input's first pixel as scores, and classes 0, 1, 0."""
    return write_model(
        path,
        [
            ("Slice", ["x", "low", "high", "axes"], "pixel", {}),
            ("Reshape", ["pixel", "flat"], "scores", {}),
            ("Identity", ["three"], "boxes", {}),
            ("Identity", ["zero_one"], "classes", {}),
        ],
        {
            "low": np.array([0, 0]),
            "high": np.array([1, 1]),
            "axes": np.array([2, 3]),
            "flat": np.array([3]),
            "three": THREE,
            "zero_one": np.array([0, 1, 0]),
        },
        ["boxes", "scores", "classes"],
        **more,
    )


def write_yolox(path: Path, cells: int = CELLS, **more: Any) -> Path:
    """YOLOX's layout: one cell of stride 32 has a person of the input's last pixel's brightness."""
    row = np.zeros((1, cells, 7), np.float32)
    row[0, -1, 5] = 1 / 255
    rest = np.zeros((1, cells, 7), np.float32)
    rest[0, -1, :5] = (0, 0.5, 0, 0, 1)
    rest[0, 0, 4:] = (1, 0, 0.9)
    return write_model(
        path,
        [
            ("Slice", ["x", "low", "high", "axes"], "pixel", {}),
            ("Mul", ["pixel", "row"], "shown", {}),
            ("Reshape", ["shown", "flat"], "flat_shown", {}),
            ("Add", ["flat_shown", "rest"], "output", {}),
        ],
        {
            "low": np.array([1, -1, -1]),
            "high": np.array([2, 2**31, 2**31]),
            "axes": np.array([1, 2, 3]),
            "row": row[:, None],
            "flat": np.array([1, cells, 7]),
            "rest": rest,
        },
        ["output"],
        **more,
    )


def colour(*channels: int, height: int = 64, width: int = 64) -> NDArray[np.uint8]:
    return np.full((height, width, 3), channels, np.uint8)


def test_finished_boxes_are_scaled_to_the_image(tmp_path: Path) -> None:
    found = OnnxDetector(write_boxes(tmp_path / "m.onnx"), BOXES)(colour(51, 102, 204))
    np.testing.assert_allclose(found.scores, [0.8, 0.4, 0.2], atol=1e-6)
    np.testing.assert_allclose(found.boxes, THREE[[2, 1, 0]] * (1, 2, 1, 2))


def test_channels_are_fed_in_the_order_of_the_card(tmp_path: Path) -> None:
    card = replace(BOXES, preprocessing=replace(PIXELS, channels="BGR"), least_score=0.5)
    found = OnnxDetector(write_boxes(tmp_path / "m.onnx"), card)(colour(204, 0, 0))
    np.testing.assert_allclose(found.boxes, THREE[[2]] * (1, 2, 1, 2))
    assert len(OnnxDetector(write_boxes(tmp_path / "m.onnx"), card)(colour(0, 0, 0)).boxes) == 0


def test_of_several_classes_people_are_kept(tmp_path: Path) -> None:
    card = replace(BOXES, outputs=("boxes", "scores", "classes"), person=1)
    found = OnnxDetector(write_boxes(tmp_path / "m.onnx"), card)(colour(200, 102, 204))
    np.testing.assert_allclose(found.scores, [0.4], atol=1e-6)


def test_a_column_of_scores_a_class(tmp_path: Path) -> None:
    write_model(
        tmp_path / "m.onnx",
        [
            ("ReduceMax", ["x"], "zero", {"axes": [0, 1, 2, 3], "keepdims": 0}),
            ("Add", ["table", "zero"], "scores", {}),
            ("Identity", ["three"], "boxes", {}),
        ],
        {
            "three": THREE[None],
            "table": np.array([[[0.9, 0.2], [0.1, 0.6], [0.5, 0.05]]], np.float32),
        },
        ["boxes", "scores"],
    )
    found = OnnxDetector(tmp_path / "m.onnx", replace(BOXES, person=1))(colour(0, 0, 0))
    np.testing.assert_allclose(found.scores, [0.6, 0.2])


def test_overlapping_boxes_are_left_out_where_the_card_says_so(tmp_path: Path) -> None:
    path = write_boxes(tmp_path / "m.onnx")
    # The first and the last share 8 x 4 pixels of their 128 and 448: an IoU of 0.0588.
    for overlap, count in ((None, 3), (0.06, 3), (0.05, 2)):
        card = replace(BOXES, overlap=overlap)
        assert len(OnnxDetector(path, card)(colour(99, 99, 99)).boxes) == count


def test_yolox_end_to_end(tmp_path: Path) -> None:
    # 128 x 128 pixels are scaled by 4 to 32 x 32, at the left: the last pixel is padding, 114.
    detector = OnnxDetector(write_yolox(tmp_path / "m.onnx"), "yolox")
    found = detector(colour(9, 9, 9, height=128, width=128))
    np.testing.assert_allclose(found.scores, [114 / 255], atol=1e-6)
    np.testing.assert_allclose(found.boxes, [np.array([16, 0, 48, 32]) * 4.0])
    # 128 x 256 pixels fill the input: the last pixel is the image's, its middle channel 102.
    found = detector(colour(0, 102, 255, height=128, width=256))
    np.testing.assert_allclose(found.scores, [0.4], atol=1e-6)


def test_the_least_score_is_the_cards_unless_given(tmp_path: Path) -> None:
    path = write_yolox(tmp_path / "m.onnx")
    dark = colour(0, 51, 0, height=128, width=256)
    assert len(OnnxDetector(path, "yolox")(dark).boxes) == 0
    assert len(OnnxDetector(path, "yolox", least_score=0.15)(dark).boxes) == 1
    assert len(load_detector(path, decoding="yolox", least_score=0.15)(dark).boxes) == 1
    assert OnnxDetector(path, YOLOX, least_score=0.15).settings["least_score"] == 0.15


def test_without_a_declaration_the_message_says_what_to_add(tmp_path: Path) -> None:
    path = write_yolox(tmp_path / "m.onnx")
    with pytest.raises(
        ValueError,
        match=r"m\.onnx: nothing says how .* YOLOX's layout at 64 x 32\. .* --decoding yolox .*"
        r'm\.json beside it: \{"detector": "yolox"\}',
    ):
        load_detector(path)
    with pytest.raises(ValueError, match="If it is of a known family, add --decoding yolox"):
        load_detector(write_boxes(tmp_path / "b.onnx"))


def test_a_card_or_metadata_declare_it(tmp_path: Path) -> None:
    path = write_yolox(tmp_path / "m.onnx", metadata={KEY: '"yolox"'})
    assert OnnxDetector(path).card == YOLOX
    (tmp_path / "m.json").write_text(json.dumps({"detector": YOLOX.to_json()}))
    assert OnnxDetector(write_yolox(path)).card == YOLOX


def test_a_declaration_that_the_graph_contradicts_is_refused(tmp_path: Path) -> None:
    other = write_yolox(tmp_path / "m.onnx", cells=50)
    with pytest.raises(ValueError, match=r"\(1, 50, 7\), but YOLOX at 64 x 32 .* gives \(1, 42,"):
        OnnxDetector(other, "yolox")
    with pytest.raises(ValueError, match=r"the input is \[1, 3, 32, 64\], but"):
        OnnxDetector(other, yolox((64, 64)))
    few = write_yolox(tmp_path / "few.onnx")
    with pytest.raises(ValueError, match="people being class 2"):
        OnnxDetector(few, replace(YOLOX, person=2))
    boxes = write_boxes(tmp_path / "b.onnx")
    with pytest.raises(ValueError, match="the output 'dets'; there are boxes, scores, classes"):
        OnnxDetector(boxes, replace(BOXES, outputs=("dets", "scores")))
    with pytest.raises(ValueError, match=r"boxes \(3, 4\), boxes \(3, 4\): expected"):
        OnnxDetector(boxes, replace(BOXES, outputs=("boxes", "boxes"), person=9))


def test_a_free_size_needs_a_card(tmp_path: Path) -> None:
    path = write_boxes(tmp_path / "m.onnx", shape=("n", 3, "h", "w"))
    with pytest.raises(ValueError, match="leaves the size of its input free"):
        OnnxDetector(path, "yolox")
    assert len(OnnxDetector(path, BOXES)(colour(255, 255, 255)).boxes) == 3


def test_batches_are_refused(tmp_path: Path) -> None:
    path = write_boxes(tmp_path / "m.onnx", shape=(1, 3, 32, 64))
    assert OnnxDetector(path, BOXES).card == BOXES
    with pytest.raises(ValueError, match="expected a batch of 1"):
        OnnxDetector(write_boxes(tmp_path / "two.onnx", shape=(2, 3, 32, 64)), BOXES)


def test_inputs_of_other_kinds_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    write_model(path, [("Identity", ["x"], "y", {})], {}, ["y"], kind="DOUBLE")
    with pytest.raises(ValueError, match=r"the input is tensor\(double\), not one of"):
        OnnxDetector(path, BOXES)


def test_files_that_are_no_models(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    (tmp_path / "x.onnx").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"x\.onnx: expected an ONNX model"):
        OnnxDetector(tmp_path / "x.onnx", YOLOX)
    with pytest.raises(FileNotFoundError, match="no ONNX model"):
        OnnxDetector(tmp_path / "y.onnx", YOLOX)
