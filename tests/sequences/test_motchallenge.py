import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_mot.sequences import FormatError, MotChallenge
from reid_mot.sequences.images import write_image
from reid_mot.sequences.motchallenge import read_seqinfo

INFO = """[Sequence]
name=street
imDir=img1
frameRate=25
seqLength=6
imWidth=64
imHeight=48
imExt=.png
"""
P = [[500.0, 0, 300, 100], [0, 300, -500, 900], [0, 0.5, 0.1, 5]]


def camera(
    folder: Path, info: str | None = INFO, det: str | None = None, gt: str | None = None
) -> Path:
    folder.mkdir(parents=True)
    if info is not None:
        (folder / "seqinfo.ini").write_text(info)
    for name, text in (("det", det), ("gt", gt)):
        if text is not None:
            (folder / name).mkdir()
            (folder / name / f"{name}.txt").write_text(text)
    return folder


DET = "2,-1,1,2,3,4,0.9,-1,-1,-1\n5,-1,1,2,3,4,0.8,-1,-1,-1\n2,-1,5,6,7,8,0.7,-1,-1,-1\n"
GT = "2,3,1,2,3,4,1,1,1\n6,3,1,2,3,4,1,1,1\n"


def test_one_camera(tmp_path: Path) -> None:
    sequence = MotChallenge(camera(tmp_path / "s1", det=DET, gt=GT))
    assert (sequence.name, sequence.rate, len(sequence)) == ("street", 25, 6)
    assert [c.name for c in sequence.cameras] == ["s1"]
    assert sequence.cameras[0].size == (64, 48)
    found = [(v.frame, v.time, len(v.detections)) for (v,) in sequence]
    assert found == [(1, 0, 0), (2, 0.04, 2), (3, 0.08, 0), (4, 0.12, 0), (5, 0.16, 1), (6, 0.2, 0)]
    assert sequence.truth is not None
    assert sequence.truth.frame.tolist() == [2, 6]
    assert sequence.truth.camera.tolist() == ["s1", "s1"]


def test_without_truth_and_detections(tmp_path: Path) -> None:
    sequence = MotChallenge(camera(tmp_path / "s1"))
    assert sequence.truth is None
    assert [len(views) for views in sequence] == [1] * 6


def test_empty_files_are_an_empty_sequence_not_an_error(tmp_path: Path) -> None:
    sequence = MotChallenge(camera(tmp_path / "s1", det="", gt="\ufeff\r\n"))
    assert sequence.truth is not None
    assert len(sequence.truth) == 0
    assert [len(v.detections) for (v,) in sequence] == [0] * 6


def test_first_frame_zero_is_declared(tmp_path: Path) -> None:
    place = camera(tmp_path / "s1", det=DET.replace("2,-1", "0,-1"))
    with pytest.raises(FormatError, match=r"det\.txt, line 1, field 'frame'"):
        MotChallenge(place)
    assert [v.frame for (v,) in MotChallenge(place, first_frame=0)] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", ["det", "gt"])
def test_frames_beyond_the_length_are_refused(tmp_path: Path, name: str) -> None:
    place = camera(tmp_path / "s1", det=DET, gt=GT)
    with (place / name / f"{name}.txt").open("a") as file:
        line = "7,9,1,2,3,4,1,1,1" + (",1" if name == "det" else "")
        file.write(line + "\n")
    with pytest.raises(FormatError, match=rf"{name}\.txt, line ., field 'frame': .* 6 or earlier"):
        MotChallenge(place)


def test_embeddings_beside_the_text(tmp_path: Path) -> None:
    place = camera(tmp_path / "s1", det=DET)
    np.save(place / "det" / "emb.npy", np.array([[1.0, 0], [2, 0], [3, 0]]))
    views = [v for (v,) in MotChallenge(place)]
    assert views[1].detections.embeddings.tolist() == [[1, 0], [3, 0]]  # type: ignore[union-attr]
    assert views[4].detections.embeddings.tolist() == [[2, 0]]  # type: ignore[union-attr]


def test_deepsort_array_instead_of_the_text(tmp_path: Path) -> None:
    place = camera(tmp_path / "s1", det=DET)
    rows = np.full((1, 14), -1.0, np.float32)
    rows[0, :7] = [3, -1, 1, 1, 5, 5, 0.5]
    np.save(place / "det" / "det.npy", rows)
    assert [len(v.detections) for (v,) in MotChallenge(place)] == [0, 0, 1, 0, 0, 0]
    rows[0, 0] = 7
    np.save(place / "det" / "det.npy", rows)
    with pytest.raises(FormatError, match=r"det\.npy, field 'frame': expected frames up to 6"):
        MotChallenge(place)


def test_images_are_read_and_their_gaps_are_silence(tmp_path: Path) -> None:
    place = camera(tmp_path / "s1", det=DET)
    (place / "img1").mkdir()
    for number in (1, 2, 4):
        write_image(place / "img1" / f"{number:06d}.png", np.full((48, 64, 3), number, np.uint8))
    sequence = MotChallenge(place)
    # Frame 5 has detections but no image; 3 and 6 have nothing at all.
    assert [[v.frame for v in views] for views in sequence] == [[1], [2], [], [4], [5], []]
    image = next(iter(sequence))[0].image
    assert image is not None
    assert image.mean() == 1


def film(path: Path, count: int) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (64, 48))
    for index in range(count):
        writer.write(np.full((48, 64, 3), 10 * index, np.uint8))
    writer.release()


@pytest.mark.parametrize("first", [0, 1])
def test_video_beside_the_text(tmp_path: Path, first: int) -> None:
    place = camera(tmp_path / "s1", det=DET)
    film(place / "clip.avi", 4)
    sequence = MotChallenge(place, first_frame=first)
    views = [v for vs in sequence for v in vs]
    assert len(sequence) == 6
    assert [v.frame for v in views] == list(range(first, first + 4))
    levels = [v.image.mean() for v in views if v.image is not None]
    assert levels == pytest.approx([0, 10, 20, 30], abs=3)


def test_video_of_another_size_is_refused(tmp_path: Path) -> None:
    place = camera(tmp_path / "s1", INFO.replace("imWidth=64", "imWidth=32"))
    film(place / "clip.avi", 4)
    with pytest.raises(FormatError, match=r"clip\.avi: expected images of \(32, 48\)"):
        MotChallenge(place)


def test_several_folders_are_several_cameras(tmp_path: Path) -> None:
    camera(tmp_path / "c02", INFO.replace("seqLength=6", "seqLength=3"), gt="1,5,1,1,2,2,1,1,1\n")
    camera(tmp_path / "c01", det=DET, gt=GT)
    (tmp_path / "gt").mkdir()
    (tmp_path / "gt" / "world.txt").write_text("1,5,0.5,0.25\n2,3,1,1\n2,5,2,2\n")
    content = {"name": "hall", "image_size": [64, 48], "region": [[0, 0], [1, 0], [0, 1]]}
    cameras = {"cameras": {"c01": {"P": P}, "c02": {"P": P}}}
    (tmp_path / "calibration.json").write_text(json.dumps(content | cameras))
    sequence = MotChallenge(tmp_path)
    assert sequence.name == "hall"
    assert [(c.name, c.calibrated) for c in sequence.cameras] == [("c01", True), ("c02", True)]
    # The second camera's recording ends after three frames.
    assert [len(views) for views in sequence] == [2, 2, 2, 1, 1, 1]
    truth = sequence.truth
    assert truth is not None
    assert truth.on_ground().identity.tolist() == [5, 3, 5]
    assert truth.in_boxes("c02").ground.tolist() == [[0.5, 0.25]]
    assert sequence.region is not None
    by_list = MotChallenge([tmp_path / "c01", tmp_path / "c02"])
    assert [c.name for c in by_list.cameras] == ["c01", "c02"]
    assert by_list.cameras[0].calibrated


def test_folder_without_an_entry_in_the_calibration(tmp_path: Path) -> None:
    camera(tmp_path / "c01")
    camera(tmp_path / "c02")
    content = {"image_size": [64, 48], "cameras": {"c01": {"P": P}}}
    (tmp_path / "calibration.json").write_text(json.dumps(content))
    with pytest.raises(FormatError, match="a calibrated camera named like the folder c02"):
        MotChallenge(tmp_path)


def test_calibration_of_other_images_is_refused(tmp_path: Path) -> None:
    content = {"image_size": [640, 480], "cameras": {"any": {"P": P}}}
    (tmp_path / "c.json").write_text(json.dumps(content))
    with pytest.raises(FormatError, match=r"images of \(640, 480\) as in the calibration"):
        MotChallenge(camera(tmp_path / "s1"), calibration=tmp_path / "c.json")


def test_different_rates_are_refused(tmp_path: Path) -> None:
    camera(tmp_path / "c01")
    camera(tmp_path / "c02", INFO.replace("frameRate=25", "frameRate=30"))
    with pytest.raises(FormatError, match="one frame rate for all cameras"):
        MotChallenge(tmp_path)


def test_length_and_size_may_come_from_elsewhere(tmp_path: Path) -> None:
    place = camera(tmp_path / "s1", None, det=DET)
    with pytest.raises(FormatError, match=r"seqinfo\.ini, field 'frameRate'"):
        MotChallenge(place)
    with pytest.raises(FormatError, match="field 'imWidth, imHeight'"):
        MotChallenge(place, rate=10)
    film(place / "clip.avi", 7)
    sequence = MotChallenge(place)
    assert (len(sequence), sequence.rate, sequence.cameras[0].size) == (7, 25, (64, 48))


def test_folder_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"seqinfo\.ini, img1"):
        MotChallenge(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (INFO.replace("25", "fast"), "field 'frameRate': expected a positive number, found 'fast'"),
        (INFO.replace("25", "0"), "field 'frameRate'"),
        (INFO.replace("=6\n", "=6.5\n"), "field 'seqLength'"),
        (INFO.replace("=64", "=-64"), "field 'imWidth'"),
        (INFO.replace("[Sequence]", "[Other]"), "section"),
        ("frameRate=25\n", "line 1: expected an INI file"),
    ],
)
def test_broken_seqinfo_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "seqinfo.ini").write_text(text)
    with pytest.raises(FormatError, match=r"seqinfo\.ini.*" + message):
        read_seqinfo(tmp_path / "seqinfo.ini")


def test_seqinfo_with_bom_crlf_and_missing_keys(tmp_path: Path) -> None:
    raw = b"\xef\xbb\xbf[Sequence]\r\nframeRate = 12.5\r\nimwidth=5\r\n"
    (tmp_path / "seqinfo.ini").write_bytes(raw)
    info = read_seqinfo(tmp_path / "seqinfo.ini")
    assert (info.rate, info.size, info.length, info.images) == (12.5, None, None, "img1")
    assert info.name == tmp_path.name


@pytest.mark.data
def test_pets_against_an_independent_count(data: Callable[[str], Path]) -> None:
    source = data("pets09-s2l1")
    sequence = MotChallenge(source)
    lines = (source / "gt" / "gt.txt").read_text().split()
    assert sequence.truth is not None
    assert len(sequence.truth) == len(lines) == 4650
    assert (len(sequence), sequence.rate) == (795, 10)
    assert sequence.cameras[0].calibrated
    views = [v for vs in sequence for v in vs]
    assert [v.frame for v in views] == list(range(1, 796))
    image = views[0].image
    assert image is not None
    assert image.shape == (576, 768, 3)
