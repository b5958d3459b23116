import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_mot.sequences import FormatError, open_sequence
from reid_mot.sequences.images import write_image

P = [[500.0, 0, 300, 100], [0, 300, -500, 900], [0, 0.5, 0.1, 5]]
INFO = "[Sequence]\nframeRate=5\nseqLength=2\nimWidth=64\nimHeight=48\n"


def film(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for _ in range(4):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    return path


def pictures(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for number in (1, 2, 3):
        write_image(folder / f"{number}.png", np.zeros((48, 64, 3), np.uint8))
    return folder


def described(path: Path | list[Path], **options: object) -> tuple[str, list[str], int, float]:
    sequence = open_sequence(path, **options)  # type: ignore[arg-type]
    names = [camera.name for camera in sequence.cameras]
    return type(sequence).__name__, names, len(sequence), sequence.rate


def test_videos(tmp_path: Path) -> None:
    a, b = film(tmp_path / "v" / "a.avi"), film(tmp_path / "v" / "b.avi")
    assert described(a) == ("Videos", ["a"], 4, 10)
    assert described([a, b]) == ("Videos", ["a", "b"], 4, 10)
    assert described(tmp_path / "v") == ("Videos", ["a", "b"], 4, 10)
    assert described(a, rate=5) == ("Videos", ["a"], 2, 5)


def test_calibration_beside_videos_is_used(tmp_path: Path) -> None:
    film(tmp_path / "a.avi")
    content = {"image_size": [64, 48], "cameras": {"a": {"P": P}}}
    (tmp_path / "calibration.json").write_text(json.dumps(content))
    assert open_sequence(tmp_path).cameras[0].calibrated


def test_image_folders(tmp_path: Path) -> None:
    one, two = pictures(tmp_path / "s" / "left"), pictures(tmp_path / "s" / "right")
    assert described(tmp_path / "s", rate=2) == ("Videos", ["left", "right"], 3, 2)
    assert described(one, rate=2) == ("Videos", ["left"], 3, 2)
    assert described([two, one], rate=2) == ("Videos", ["right", "left"], 3, 2)
    with pytest.raises(ValueError, match="does not say its rate"):
        open_sequence(one)


def test_motchallenge(tmp_path: Path) -> None:
    for name in ("c1", "c2"):
        (tmp_path / "s" / name).mkdir(parents=True)
        (tmp_path / "s" / name / "seqinfo.ini").write_text(INFO)
    assert described(tmp_path / "s") == ("MotChallenge", ["c1", "c2"], 2, 5)
    assert described(tmp_path / "s" / "c2") == ("MotChallenge", ["c2"], 2, 5)
    assert described([tmp_path / "s" / "c2", tmp_path / "s" / "c1"])[1] == ["c2", "c1"]
    assert described(tmp_path / "s", rate=8)[3] == 8


def test_unknown_folder_says_what_was_looked_for_and_found(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="found 'an empty folder'"):
        open_sequence(tmp_path)
    (tmp_path / "notes.md").touch()
    with pytest.raises(FormatError, match=r"found 'notes\.md'") as caught:
        open_sequence(tmp_path)
    message = str(caught.value)
    order = ["WILDTRACK", "detections/*.npy", "MOTChallenge", "video files", "folders of images"]
    places = [message.index(word) for word in order]
    assert places == sorted(places)


def test_unknown_file_and_missing_path(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(FormatError, match=r"a\.txt: expected a folder, or a video \(\.avi"):
        open_sequence(tmp_path / "a.txt")
    for path in (tmp_path / "lost", [tmp_path / "lost"]):
        with pytest.raises(FileNotFoundError, match="lost"):
            open_sequence(path)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "kind", "cameras", "instants", "rate"),
    [
        ("cmc1", "DetectionFolder", 4, 261, 4),
        ("pets09-s2l1", "MotChallenge", 1, 795, 10),
        ("wildtrack", "Wildtrack", 7, 360, 2),
        ("multiviewx-sample", "Wildtrack", 6, 10, 2),
    ],
)
def test_real_data_is_recognised(
    data: Callable[[str], Path], name: str, kind: str, cameras: int, instants: int, rate: float
) -> None:
    found, names, length, pace = described(data(name))
    assert (found, len(names), length, pace) == (kind, cameras, instants, rate)


@pytest.mark.data
def test_options_that_a_format_cannot_use_are_refused(data: Callable[[str], Path]) -> None:
    with pytest.raises(ValueError, match="brings its own calibration"):
        open_sequence(data("wildtrack"), rate=5)
