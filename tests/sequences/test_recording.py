import numpy as np
import pytest

from reid_mot.sequences import Camera, DetectionTable, MultiCameraSequence, Recording, Stream

A, B = Camera("a", (64, 48)), Camera("b", (64, 48))


def box(n: int) -> np.ndarray:
    return np.tile([1.0, 2.0, 3.0, 4.0], (n, 1)) + np.arange(n)[:, None]


def test_table_gives_each_frame_its_rows_in_their_order() -> None:
    rng = np.random.default_rng(0)
    frame = rng.integers(1, 20, 200)
    table = DetectionTable(frame, box(200), np.arange(200.0))
    for number in range(22):
        assert table.at(number).scores.tolist() == np.flatnonzero(frame == number).tolist()


def test_table_refuses_other_lengths() -> None:
    with pytest.raises(ValueError, match="2 boxes but 3 frame numbers"):
        DetectionTable([1, 2, 3], box(2))


def test_every_instant_is_visited_and_silent_cameras_are_left_out() -> None:
    table = DetectionTable([2, 2], box(2))
    streams = [Stream(A, np.arange(1, 4), table), Stream(B, np.array([1, 4]))]
    sequence = Recording("s", streams, np.arange(1, 5), 4.0)
    seen = [[(v.camera.name, v.frame, v.time, len(v.detections)) for v in vs] for vs in sequence]
    assert seen == [
        [("a", 1, 0.0, 0), ("b", 1, 0.0, 0)],
        [("a", 2, 0.25, 2)],
        [("a", 3, 0.5, 0)],
        [("b", 4, 0.75, 0)],
    ]
    assert len(sequence) == 4
    assert isinstance(sequence, MultiCameraSequence)


def test_images_are_asked_for_by_the_cameras_own_number() -> None:
    asked = []

    def image(number: int) -> np.ndarray:
        asked.append(number)
        return np.zeros((48, 64, 3), np.uint8)

    table = DetectionTable([31], box(1))
    stream = Stream(A, np.array([0, 2]), table, image, own=np.array([30, 31]))
    views = [v for vs in Recording("s", [stream], range(3), 1.0) for v in vs]
    assert [len(v.detections) for v in views] == [0, 1]
    assert asked == []
    assert [v.image is not None for v in views] == [True, True]
    assert asked == [30, 31]


@pytest.mark.parametrize(
    ("cameras", "frames", "rate", "message"),
    [
        ([A, A], [1], 1.0, "not unique"),
        ([A], [1], 0.0, "rate"),
        ([A], [1], float("nan"), "rate"),
        ([A], [2, 1], 1.0, "ascend"),
    ],
)
def test_refusals(cameras: list[Camera], frames: list[int], rate: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Recording("s", [Stream(c, np.array([1])) for c in cameras], frames, rate)
