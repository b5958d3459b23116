import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from reid_mot.models import CallableDetector, Detector, Found, load_detector, naming
from reid_mot.models.detector import GROUP, check_found, check_image
from reid_mot.sequences import Detections

PICTURE = np.zeros((20, 30, 3), np.uint8)
BOXES = [[0.0, 0.0, 5.0, 10.0], [2.0, 3.0, 12.0, 18.0]]
SCORES = [0.9, 0.4]


def detect(image: NDArray[np.uint8]) -> tuple[list[list[float]], list[float]]:
    return BOXES, SCORES


class Whole:
    """The whole image is a person."""

    def __init__(self, device: str = "cpu", least_score: float = 0.25) -> None:
        self.device, self.least_score = device, least_score

    def __call__(self, image: NDArray[np.uint8]) -> Found:
        height, width = image.shape[:2]
        return Found(np.array([[0.0, 0.0, width, height]]), np.array([0.5]))


WHOLE = Whole()


def make_whole() -> Detector:
    return WHOLE


@pytest.fixture(autouse=True)
def module(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(sys.modules, "somebodys", sys.modules[__name__])
    return "somebodys"


@pytest.mark.parametrize(
    "found",
    [
        (BOXES, SCORES),
        [np.array(BOXES, np.float32), np.array(SCORES, np.float32)],
        Found(np.array(BOXES), np.array(SCORES)),
        Detections(BOXES, SCORES),
    ],
)
def test_what_a_detector_may_return(found: object) -> None:
    boxes, scores = check_found(found)
    assert boxes.dtype == scores.dtype == np.float64
    np.testing.assert_allclose(boxes, BOXES)
    np.testing.assert_allclose(scores, SCORES, rtol=1e-6)


@pytest.mark.parametrize("found", [([], []), (np.empty((0, 4)), np.empty(0)), Detections.empty()])
def test_nobody_is_found(found: object) -> None:
    boxes, scores = check_found(found)
    assert (boxes.shape, scores.shape) == ((0, 4), (0,))


def test_low_scores_and_boxes_of_no_area_are_left_out() -> None:
    boxes = [*BOXES, [4, 4, 4, 9], [4, 4, 9, 4]]
    assert check_found((boxes, [0.9, 0.4, 1, 1]), 0.4).boxes.tolist() == BOXES
    assert check_found((boxes, [0.9, 0.4, 1, 1]), 0.41).boxes.tolist() == BOXES[:1]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ((BOXES, [0.5]), r"shape \(2, 4\) and scores of shape \(1,\)"),
        (([[1, 2, 3]], [0.5]), r"shape \(1, 3\)"),
        (([[0, 0, np.nan, 1]], [0.5]), "not finite"),
        ((BOXES, [0.5, 1.5]), "outside 0 to 1"),
        ((BOXES, [0.5, np.nan]), "outside 0 to 1"),
        (([[100, 50, 30, 80]], [0.5]), r"box \[100.0, 50.0, 30.0, 80.0\]: expected left, top"),
    ],
)
def test_wrong_values_are_refused(found: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_found(found)


@pytest.mark.parametrize("found", [None, np.zeros((3, 5)), {"boxes": BOXES}])
def test_other_things_are_refused(found: object) -> None:
    with pytest.raises(TypeError, match=f"gave {type(found).__name__}: expected"):
        check_found(found)


def test_images_are_checked() -> None:
    with pytest.raises(ValueError, match=r"shape \(20, 30\)"):
        check_image(PICTURE[..., 0])
    with pytest.raises(ValueError, match=r"shape \(0, 30, 3\)"):
        check_image(PICTURE[:0])
    with pytest.raises(TypeError, match="float64"):
        CallableDetector(detect)(PICTURE / 255)  # type: ignore[arg-type]


def test_a_least_score_that_is_none() -> None:
    with pytest.raises(ValueError, match="least_score is 40"):
        CallableDetector(detect, 40)


def test_a_function_of_an_image_is_a_detector() -> None:
    assert load_detector("somebodys:detect")(PICTURE).scores.tolist() == SCORES
    assert load_detector("somebodys:detect", least_score=0.5)(PICTURE).scores.tolist() == [0.9]


@pytest.mark.parametrize("name", ["Whole", "make_whole", "WHOLE"])
def test_classes_functions_without_arguments_and_objects(name: str) -> None:
    found = load_detector(f"somebodys:{name}")(PICTURE)
    assert found.boxes.tolist() == [[0, 0, 30, 20]]


def test_a_class_is_given_what_it_takes() -> None:
    made = load_detector("somebodys:Whole", "cuda:1", least_score=0.75)
    assert isinstance(made, Whole)
    assert (made.device, made.least_score) == ("cuda:1", 0.75)


def test_a_least_score_that_a_factory_does_not_take_is_seen_to() -> None:
    assert len(load_detector("somebodys:make_whole", least_score=0.5)(PICTURE).boxes) == 1
    assert len(load_detector("somebodys:make_whole", least_score=0.6)(PICTURE).boxes) == 0


def test_options_without_use_are_refused() -> None:
    with pytest.raises(ValueError, match="somebodys:detect takes no device, found 'cuda'"):
        load_detector("somebodys:detect", "cuda")
    with pytest.raises(ValueError, match="somebodys:Whole takes no decoding, found 'yolox'"):
        load_detector("somebodys:Whole", decoding="yolox")


def test_short_names_come_from_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("whole", "somebodys:Whole", GROUP)]
    monkeypatch.setattr(naming, "entry_points", lambda group: points if group == GROUP else [])
    assert isinstance(load_detector("whole"), Whole)
    with pytest.raises(ValueError, match=r"no detector is called 'hole'\. Names: whole\."):
        load_detector("hole")


def test_what_is_no_detector_is_refused() -> None:
    with pytest.raises(TypeError, match="math:pi is float: expected a detector"):
        load_detector("math:pi")
    with pytest.raises(TypeError, match="gave dict: expected what is called with an image"):
        load_detector("builtins:dict")


def test_missing_and_unknown_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no detector at .*missing\.onnx"):
        load_detector(tmp_path / "missing.onnx")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ValueError, match=r"notes\.txt: expected a detector as \.onnx"):
        load_detector(str(tmp_path / "notes.txt"))
