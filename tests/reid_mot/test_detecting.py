from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from reid_mot.detecting import WithDetector
from reid_mot.models import Found, OnnxDetector
from reid_mot.sequences import Camera, Detections, MotChallenge, MultiCameraSequence, Tracks, View
from reid_mot.sequences.images import write_image
from reid_mot.tracking import FrameRange

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
Floats = NDArray[np.float64]


class Pictures:
    """Two cameras and three instants of grey pictures, which count how often they are decoded."""

    def __init__(self, images: bool = True) -> None:
        self.name, self.cameras = "pictures", (Camera("a", (30, 20)), Camera("b", (30, 20)))
        self.truth = Tracks([5], "a", [1], [[0, 0, 9, 9]])
        self.rate, self.frames = 4.0, np.array([5, 6, 7])
        self.images, self.decoded = images, list[int]()

    def __len__(self) -> int:
        return 3

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        for frame in (5, 6, 7):
            yield tuple(self._view(frame, camera) for camera in self.cameras)

    def _view(self, frame: int, camera: Camera) -> View:
        grey = 10 * frame + (camera.name == "b")

        def decode() -> NDArray[np.uint8]:
            self.decoded.append(grey)
            return np.full((20, 30, 3), grey, np.uint8)

        own = Detections([[0, 0, 1, 1]])
        return View(camera, frame, frame / 4, own, decode if self.images else None)


def by_grey(image: NDArray[np.uint8]) -> Found:
    """A box as wide as the image's grey value modulo 10, plus 5, with a score of its tenths."""
    tens, ones = divmod(int(image[0, 0, 0]), 10)
    return Found(np.array([[0.0, 0.0, 5.0 + ones, 10.0]]), np.array([tens / 10]))


def test_views_carry_what_the_detector_found() -> None:
    found = list(WithDetector(Pictures(), by_grey))

    assert [[view.frame for view in views] for views in found] == [[5, 5], [6, 6], [7, 7]]
    a, b = found[1]
    assert (a.camera.name, b.camera.name, b.time) == ("a", "b", 1.5)
    assert a.detections.boxes.tolist() == [[0, 0, 5, 10]]
    assert b.detections.boxes.tolist() == [[0, 0, 6, 10]]
    assert b.detections.scores.tolist() == [0.6]


def test_every_image_is_decoded_once() -> None:
    pictures = Pictures()
    for views in WithDetector(pictures, by_grey):
        for view in views:
            assert view.crops()[0].shape == (10, 5 + (view.camera.name == "b"), 3)
            assert view.image is not None
    assert pictures.decoded == [50, 51, 60, 61, 70, 71]


def test_frames_outside_a_range_are_not_looked_at() -> None:
    pictures = Pictures()
    part = WithDetector(FrameRange(pictures, 6, 6), by_grey)
    assert (len(part), len(list(part))) == (1, 1)
    assert pictures.decoded == [60, 61]


def test_it_is_the_sequence_in_all_else() -> None:
    pictures = Pictures()
    found = WithDetector(pictures, by_grey)
    assert isinstance(found, MultiCameraSequence)
    assert (found.name, found.rate, len(found), found.region) == ("pictures", 4.0, 3, None)
    assert found.truth is pictures.truth
    assert found.frames is pictures.frames
    assert found.cameras == pictures.cameras


def test_the_time_of_looking_is_counted() -> None:
    found = WithDetector(Pictures(), by_grey)
    assert found.seconds == 0
    assert len(list(found)) == 3
    assert found.seconds > 0


def test_a_view_without_image_is_an_error() -> None:
    with pytest.raises(ValueError, match="camera 'a', frame 5: there is no image for the detector"):
        next(iter(WithDetector(Pictures(images=False), by_grey)))


def test_an_image_missing_in_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "c" / "img1").mkdir(parents=True)
    (tmp_path / "c" / "det").mkdir()
    write_image(tmp_path / "c" / "img1" / "000001.png", np.full((20, 30, 3), 50, np.uint8))
    (tmp_path / "c" / "det" / "det.txt").write_text("1,-1,1,1,9,9,1\n2,-1,1,1,9,9,1\n")
    found = iter(WithDetector(MotChallenge(tmp_path / "c", rate=5), by_grey))
    assert len(next(found)) == 1
    with pytest.raises(ValueError, match="camera 'c', frame 2: there is no image"):
        next(found)


@pytest.mark.parametrize("found", [None, ([[5, 5, 1, 1]], [1.0]), ([[0, 0, 1, 1]], [7.0])])
def test_a_detector_that_gives_nonsense_is_told_where(found: object) -> None:
    with pytest.raises(ValueError, match="camera 'a', frame 5: the detector gave"):
        next(iter(WithDetector(Pictures(), lambda image: found)))  # type: ignore[arg-type]


def test_boxes_that_the_image_does_not_show_are_left_out() -> None:
    boxes = [[-9, 0, 0.5, 5], [-9, -9, 1, 1], [29.5, 0, 50, 9], [25, 15, 40, 30], [0, 20, 9, 30]]
    found = Found(np.array(boxes, float), np.linspace(0.5, 0.9, 5))
    (view, _), *_ = WithDetector(Pictures(), lambda image: found)
    assert view.detections.boxes.tolist() == [boxes[1], boxes[3]]
    assert view.detections.scores == pytest.approx([0.6, 0.8])
    assert all(crop.size for crop in view.crops())


def intersection_over_union(a: Floats, b: Floats) -> Floats:
    """(n, m) of boxes (n, 4) and (m, 4)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (a, b)]
    return np.asarray(shared / (areas[0][:, None] + areas[1][None] - shared))


def average_precision(found: list[Found], truth: list[Floats], least: float = 0.5) -> float:
    """Area under the precision-recall curve, all points, of images' detections and true boxes.

    From the highest score down, a detection is right where the true box that it overlaps most
    does so by `least` and no detection had it before (Everingham et al. 2010, section 4.2);
    precision at a recall is the best at it or any higher one.
    """
    right: list[tuple[float, bool]] = []
    for (boxes, scores), true in zip(found, truth, strict=True):
        overlap = intersection_over_union(boxes, true)
        taken: set[int] = set()
        for row in np.argsort(-scores, kind="stable"):
            best = int(overlap[row].argmax()) if len(true) else -1
            hit = best >= 0 and overlap[row, best] >= least and best not in taken
            taken |= {best} if hit else set()
            right.append((float(scores[row]), hit))
    right.sort(key=lambda entry: -entry[0])
    hits = np.cumsum([hit for _, hit in right])
    precision = hits / np.arange(1, len(hits) + 1)
    recall = hits / sum(map(len, truth))
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * envelope))


def test_average_precision_by_hand() -> None:
    true = np.array([[0, 0, 10, 10], [20, 0, 30, 10]], float)
    # Right at 0.9, wrong at 0.8 (elsewhere), doubled at 0.7, right at 0.6; another image has one
    # true box that nothing finds: precisions 1, 1/2, 1/3, 1/2 at recalls 1/3, 1/3, 1/3, 2/3.
    boxes = np.array([[0, 0, 10, 9], [50, 0, 60, 10], [0, 1, 10, 10], [21, 0, 31, 10]], float)
    found = [Found(boxes, np.array([0.9, 0.8, 0.7, 0.6])), Found(np.empty((0, 4)), np.empty(0))]
    assert average_precision(found, [true, true[:1]]) == pytest.approx(1 / 3 + 1 / 2 * 1 / 3)
    assert average_precision(found[:1], [true]) == pytest.approx(1 / 2 + 1 / 2 * 1 / 2)


@pytest.mark.data
def test_yolox_nano_finds_the_people_of_pets() -> None:
    pytest.importorskip("onnxruntime")
    weights = DATA / "weights" / "yolox_nano_416x416.onnx"
    if not weights.exists():
        pytest.skip(f"no development data: {weights} is absent")
    sequence = MotChallenge(DATA / "pets09-s2l1")
    detector = OnnxDetector(weights, "yolox", least_score=0.01)
    truth = sequence.truth
    assert truth is not None
    found, true = [], []
    for number in range(1, 796, 20):
        ((view,),) = FrameRange(sequence, number, number)
        assert view.image is not None
        found.append(detector(view.image))
        true.append(truth.box[truth.frame == number])

    assert sum(map(len, true)) == 232
    assert average_precision(found, true) >= 0.93
