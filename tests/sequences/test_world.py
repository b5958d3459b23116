import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import (
    GROUND,
    DetectionFolder,
    FormatError,
    Tracks,
    read_world,
    write_world,
)
from reid_mot.sequences.world import with_ground

P = [[500.0, 0, 300, 100], [0, 300, -500, 900], [0, 0.5, 0.1, 5]]


def text(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "world.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    "line", ["3,7,1.5,2.5", "3,7,1.5,2.5,0.9", "3;7;1.5;2.5;", "3,7,-1,-1,-1,-1,1,1.5,2.5,0.9"]
)
def test_columns(tmp_path: Path, line: str) -> None:
    tracks = read_world(text(tmp_path, line))
    assert tracks.frame.tolist() == [3]
    assert tracks.identity.tolist() == [7]
    assert tracks.ground.tolist() == [[1.5, 2.5]]
    assert tracks.camera.tolist() == [GROUND]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["1,1,2"], "line 1: expected a line of 4, 5, 10 columns"),
        (["1,1,2,3", "2,1,2"], "line 2, field 'Y': expected 4 columns"),
        (["1,1,2,3", "2,1,nan,3"], "line 2, field 'X': expected a finite number, found nan"),
        (["1,1,2,3", "2,1,2,inf"], "line 2, field 'Y'"),
        (["1,1,2,3", "2,1,2,a"], "line 2, field 'Y': expected a number, found 'a'"),
        (
            ["1,1,2,3", "1,1,5,3"],
            "line 2, field 'identity': expected every identity once at frame 1",
        ),
        (["0,1,2,3"], "line 1, field 'frame': expected a whole number of 1 or more"),
        (["9,1,2,3"], "line 1, field 'frame': expected a frame of 8 or earlier"),
        (["1,-1,2,3"], "line 1, field 'identity'"),
        (["1,1,5,-1,-1,-1,1,1,1,1"], "line 1, field 'left': expected -1 in place of a box"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(FormatError, match=r"world\.txt, " + message):
        read_world(text(tmp_path, *lines), last_frame=8)


def test_empty_file(tmp_path: Path) -> None:
    assert len(read_world(text(tmp_path, ""))) == 0


def test_round_trip_is_exact(tmp_path: Path) -> None:
    place = np.random.default_rng(0).normal(size=(6, 2))
    tracks = Tracks([1, 1, 2, 2, 3, 4], GROUND, [1, 2, 1, 2, 1, 0], None, place)
    write_world(tmp_path / "w.txt", tracks)
    again = read_world(tmp_path / "w.txt")
    np.testing.assert_array_equal(again.ground, place)
    assert again.identity.tolist() == tracks.identity.tolist()


def test_boxes_get_the_ground_position_of_their_frame_and_identity() -> None:
    box = np.tile([0.0, 0, 1, 1], (3, 1))
    boxes = Tracks([1, 1, 2], ["a", "b", "a"], [5, 5, 6], box)
    world = Tracks([1, 1, 2], GROUND, [5, 6, 5], None, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    both = with_ground(boxes, world).sorted()
    rows = zip(both.frame.tolist(), both.camera.tolist(), both.identity.tolist(), strict=True)
    assert list(rows) == [(1, "", 6), (1, "a", 5), (1, "b", 5), (2, "", 5), (2, "a", 6)]
    np.testing.assert_array_equal(both.ground, [[3, 4], [1, 2], [1, 2], [5, 6], [np.nan] * 2])
    assert len(with_ground(Tracks.empty(), world)) == 3


def folder(tmp_path: Path, cameras: tuple[str, ...] = ("c1", "c2")) -> Path:
    content = {"fps": 5, "image_size": [640, 480], "cameras": {c: {"P": P} for c in cameras}}
    (tmp_path / "calibration.json").write_text(json.dumps(content))
    (tmp_path / "detections").mkdir()
    (tmp_path / "gt").mkdir()
    (tmp_path / "gt" / "world.txt").write_text("2,1,0.5,0.5\n7,1,0.5,0.5\n")
    for name, frames in (("c1", [3, 3]), ("c2", [5])):
        rows = np.full((len(frames), 12), -1.0, np.float32)
        rows[:, 0] = frames
        rows[:, 2:7] = [10, 20, 30, 40, 0.5]
        np.save(tmp_path / "detections" / f"{name}.npy", rows)
    return tmp_path


def test_folder_visits_every_frame_between_the_first_and_the_last(tmp_path: Path) -> None:
    sequence = DetectionFolder(folder(tmp_path))
    seen = [(views[0].frame, [len(v.detections) for v in views]) for views in sequence]
    assert seen == [(2, [0, 0]), (3, [2, 0]), (4, [0, 0]), (5, [0, 1]), (6, [0, 0]), (7, [0, 0])]
    assert sequence.rate == 5
    assert len(sequence) == 6


def test_folder_refuses_a_lost_or_unknown_camera(tmp_path: Path) -> None:
    place = folder(tmp_path, ("c1", "c2", "c3"))
    with pytest.raises(FormatError, match=r"expected a file c3\.npy"):
        DetectionFolder(place)
    (place / "detections" / "c2.npy").rename(place / "detections" / "cX.npy")
    with pytest.raises(FormatError, match=r"cX\.npy: expected the name of a calibrated camera"):
        DetectionFolder(place)


@pytest.mark.data
def test_cmc1_against_an_independent_count(data: Callable[[str], Path]) -> None:
    source = data("cmc1")
    sequence = DetectionFolder(source)
    counts = {c.name: 0 for c in sequence.cameras}
    frames = []
    for views in sequence:
        assert len(views) == 4
        frames.append(views[0].frame)
        for view in views:
            counts[view.camera.name] += len(view.detections)
    assert frames == list(range(1, 262))
    for name, count in counts.items():
        assert count == len(np.load(source / "detections" / f"{name}.npy"))
    lines = (source / "gt" / "world.txt").read_text().split()
    assert sequence.truth is not None
    assert len(sequence.truth) == len(lines) == 656
    assert sequence.truth.ground[-1].tolist() == [float(w) for w in lines[-1].split(",")[2:4]]
    assert sequence.region is not None
    assert sequence.region.max(axis=0).tolist() == [6.3, 3.41]
