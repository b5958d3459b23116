import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_mot.sequences import FormatError, Videos
from reid_mot.sequences.images import write_image
from reid_mot.sequences.video import nearest_frames

P = [[500.0, 0, 300, 100], [0, 300, -500, 900], [0, 0.5, 0.1, 5]]


def film(path: Path, count: int, rate: float, size: tuple[int, int] = (64, 48)) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, size)
    for index in range(count):
        writer.write(np.full((size[1], size[0], 3), 5 * index, np.uint8))
    writer.release()
    return path


def pictures(folder: Path, numbers: list[int]) -> Path:
    folder.mkdir()
    for number in numbers:
        write_image(folder / f"f{number:04d}.png", np.full((48, 64, 3), number, np.uint8))
    return folder


def shown(sequence: Videos, scale: int = 5) -> list[dict[str, int]]:
    """Which frame each camera shows at each instant, read off the grey level."""
    return [
        {v.camera.name: round(float(v.image.mean()) / scale) for v in views if v.image is not None}
        for views in sequence
    ]


def test_slowest_camera_sets_the_pace(tmp_path: Path) -> None:
    videos = [film(tmp_path / "a.avi", 10, 10.0), film(tmp_path / "b.avi", 25, 25.0)]
    sequence = Videos(videos)
    assert sequence.rate == 10
    assert [v.frame for views in sequence for v in views][::2] == list(range(10))
    # At k / 10 s the fast camera is nearest to frame 2.5 k; of two equally near, the earlier.
    assert shown(sequence) == [
        {"a": k, "b": b} for k, b in enumerate([0, 2, 5, 7, 10, 12, 15, 17, 20, 22])
    ]
    assert [views[0].time for views in sequence] == pytest.approx(np.arange(10) / 10)


def test_start_offsets_shift_cameras_on_the_common_clock(tmp_path: Path) -> None:
    videos = [film(tmp_path / "a.avi", 4, 10.0), film(tmp_path / "b.avi", 3, 10.0)]
    sequence = Videos(videos, starts=[5.0, 5.2])
    assert shown(sequence) == [{"a": 0}, {"a": 1}, {"a": 2, "b": 0}, {"a": 3, "b": 1}, {"b": 2}]


def test_faster_clock_shows_no_frame_twice(tmp_path: Path) -> None:
    sequence = Videos([film(tmp_path / "a.avi", 3, 10.0)], rate=20)
    assert shown(sequence) == [{"a": 0}, {}, {"a": 1}, {}, {"a": 2}]
    assert sequence.rate == 20


def test_sequence_can_be_gone_through_twice(tmp_path: Path) -> None:
    sequence = Videos([film(tmp_path / "a.avi", 5, 10.0)])
    assert shown(sequence) == shown(sequence)


def test_image_folders_with_gaps(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "left", [10, 12, 16, 18])
    with pytest.raises(ValueError, match="a folder of images does not say its rate"):
        Videos([folder])
    sequence = Videos([folder], rates=[2.0], name="n")
    assert shown(sequence, scale=1) == [{"left": 10}, {"left": 12}, {}, {"left": 16}, {"left": 18}]
    assert (sequence.name, sequence.cameras[0].size) == ("n", (64, 48))


def test_detections_follow_the_cameras_own_frames(tmp_path: Path) -> None:
    videos = [film(tmp_path / "a.avi", 4, 10.0), film(tmp_path / "b.avi", 8, 20.0)]
    (tmp_path / "a.txt").write_text("1,-1,0,0,5,5,1\n4,-1,0,0,5,5,1\n")
    rows = np.full((1, 12), -1.0, np.float32)
    rows[0, :7] = [3, -1, 0, 0, 5, 5, 1]
    np.save(tmp_path / "b.npy", rows)
    files = {"a": tmp_path / "a.txt", "b": tmp_path / "b.npy"}
    counts = [[len(v.detections) for v in vs] for vs in Videos(videos, detections=files)]
    # The third frame of b, index 2 at 0.1 s, is shown at the second instant.
    assert counts == [[1, 0], [0, 1], [0, 0], [1, 0]]
    with pytest.raises(ValueError, match="unknown cameras: c"):
        Videos(videos, detections={"c": tmp_path / "a.txt"})
    with pytest.raises(FormatError, match=r"a\.txt, line 1, field 'frame'"):
        Videos(videos, detections=files, first_frame=2)


def test_calibration_by_name(tmp_path: Path) -> None:
    videos = [film(tmp_path / "a.avi", 2, 10.0), film(tmp_path / "b.avi", 2, 10.0)]
    content = {"image_size": [64, 48], "region": [[0, 0], [1, 0], [0, 1]]}
    path = tmp_path / "room.json"
    path.write_text(json.dumps(content | {"cameras": {n: {"P": P} for n in "ab"}}))
    sequence = Videos(videos, calibration=path)
    assert [c.calibrated for c in sequence.cameras] == [True, True]
    assert sequence.region is not None
    path.write_text(json.dumps(content | {"cameras": {"x": {"P": P}}}))
    assert Videos(videos[:1], calibration=path).cameras[0].name == "a"
    with pytest.raises(FormatError, match="a calibrated camera of the name a, found 'x'"):
        Videos(videos, calibration=path)
    path.write_text(json.dumps(content | {"image_size": [6, 4], "cameras": {"a": {"P": P}}}))
    with pytest.raises(FormatError, match=r"images of \(6, 4\) as in the calibration"):
        Videos(videos[:1], calibration=path)


def test_refusals(tmp_path: Path) -> None:
    video = film(tmp_path / "a.avi", 2, 10.0)
    (tmp_path / "d").mkdir()
    again = film(tmp_path / "d" / "a.avi", 2, 10.0)
    with pytest.raises(ValueError, match="not unique"):
        Videos([video, again])
    with pytest.raises(ValueError, match="1 cameras, 2 rates"):
        Videos([video], rates=[1.0, 2.0])
    with pytest.raises(ValueError, match="must be positive"):
        Videos([video], rate=0)
    with pytest.raises(ValueError, match="must be finite"):
        Videos([video], starts=[float("nan")])
    with pytest.raises(ValueError, match="at least one"):
        Videos([])
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="numbered images"):
        Videos([tmp_path / "empty"], rates=[1.0])


@pytest.mark.parametrize(("rate", "start"), [(25.0, 0.0), (29.97, 0.013), (10.0, -0.4), (7.0, 1.1)])
def test_nearest_frames_against_brute_force(rate: float, start: float) -> None:
    times = np.arange(60) / 7.0
    present = np.random.default_rng(0).random(120) < 0.8
    index = nearest_frames(times, rate, start, present)
    stamps = start + np.arange(120) / rate
    for time, found in zip(times, index.tolist(), strict=True):
        off = np.abs(stamps - time)
        best = int(off.argmin())
        allowed = off[best] <= 0.5 / 7.0 + 1e-9 and present[best]
        assert found == (best if allowed else -1)
