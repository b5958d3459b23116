import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from reid_mot.sequences import GROUND, DetectionTable, FormatError, Wildtrack
from reid_mot.sequences.images import write_image
from reid_mot.sequences.wildtrack import MULTIVIEWX, WILDTRACK, GridLayout

K = np.array([[1000.0, 0, 960], [0, 1000, 540], [0, 0, 1]])
NOBODY = {"xmin": -1, "ymin": -1, "xmax": -1, "ymax": -1}


def person(identity: int, position: int, cameras: int, **boxes: list[int]) -> dict[str, Any]:
    views = []
    for view in range(cameras):
        box = boxes.get(f"c{view + 1}")
        sides = NOBODY if box is None else dict(zip(NOBODY, box, strict=True))
        views.append({"viewNum": view} | sides)
    return {"personID": identity, "positionID": position, "views": views}


def scene(folder: Path, layout: GridLayout, people: dict[int, list[Any]]) -> Path:
    for name in layout.cameras:
        for part, nodes in (
            (layout.intrinsics, {"camera_matrix": K}),
            ("extrinsic", {"rvec": np.array([1.9, 0.1, 0]), "tvec": np.array([0.0, 1, 8])}),
        ):
            place = folder / "calibrations" / part
            place.mkdir(parents=True, exist_ok=True)
            file = place / f"{'extr' if part == 'extrinsic' else 'intr'}_{name}.xml"
            storage = cv2.FileStorage(str(file), cv2.FILE_STORAGE_WRITE)
            for node, value in nodes.items():
                storage.write(node, value)
            storage.release()
    (folder / "annotations_positions").mkdir()
    for number, content in people.items():
        (folder / "annotations_positions" / f"{number:08d}.json").write_text(json.dumps(content))
    return folder


def test_positions_boxes_and_people_in_no_view(tmp_path: Path) -> None:
    # Cell 480 * 3 + 2: two cells along X, three along Y.
    seen = person(5, 480 * 3 + 2, 7, c2=[10, 20, 30, 60], c7=[-40, 1000, 50, 1300])
    hidden = person(6, 0, 7)
    sequence = Wildtrack(scene(tmp_path, WILDTRACK, {0: [seen, hidden], 5: []}))
    truth = sequence.truth
    assert truth is not None
    assert truth.camera.tolist() == ["C2", "C7", GROUND]
    assert truth.identity.tolist() == [5, 5, 6]
    np.testing.assert_allclose(truth.ground, [[-2.95, -8.925]] * 2 + [[-3, -9]])
    np.testing.assert_array_equal(truth.box, [[10, 20, 30, 60], [0, 1000, 50, 1080], [np.nan] * 4])
    assert [(vs[0].frame, vs[0].time, len(vs)) for vs in sequence] == [(0, 0, 7), (5, 0.5, 7)]
    assert sequence.rate == 2
    assert sequence.region is not None
    assert sequence.region.tolist() == [[-3, -9], [9, -9], [9, 27], [-3, 27]]
    assert not next(iter(sequence))[0].has_image


def test_multiviewx_is_recognised_and_its_annotations_run_ahead(tmp_path: Path) -> None:
    people = {1: [person(0, 1000 * 2 + 4, 6, c1=[1, 1, 5, 5])], 2: []}
    sequence = Wildtrack(scene(tmp_path, MULTIVIEWX, people))
    assert sequence.layout is MULTIVIEWX
    assert sequence.truth is not None
    assert sequence.truth.frame.tolist() == [0]
    np.testing.assert_allclose(sequence.truth.ground, [[0.1, 0.05]])
    assert [vs[0].frame for vs in sequence] == [0, 1]


def test_images_belong_to_frames_and_may_be_missing(tmp_path: Path) -> None:
    folder = scene(tmp_path, MULTIVIEWX, {1: [], 2: []})
    for camera, frames in (("C1", [0, 1, 2]), ("C2", [1])):
        place = folder / "Image_subsets" / camera
        place.mkdir(parents=True)
        for frame in frames:
            write_image(place / f"{frame:04d}.png", np.full((1080, 1920, 3), frame, np.uint8))
    instants = [{v.camera.name: v for v in views} for views in Wildtrack(folder)]
    assert [sorted(set(views) & {"C1", "C2"}) for views in instants] == [
        ["C1"],
        ["C1", "C2"],
        ["C1"],
    ]
    image = instants[1]["C2"].image
    assert image is not None
    assert image[0, 0, 0] == 1
    assert not instants[0]["C3"].has_image


def test_given_detections_are_shown(tmp_path: Path) -> None:
    folder = scene(tmp_path, WILDTRACK, {0: [], 5: []})
    table = DetectionTable([5], [[0, 0, 5, 5]])
    seen = [[len(v.detections) for v in vs] for vs in Wildtrack(folder, detections={"C2": table})]
    assert seen == [[0] * 7, [0, 1, 0, 0, 0, 0, 0]]
    with pytest.raises(ValueError, match="unknown cameras: C9"):
        Wildtrack(folder, detections={"C9": table})


def test_grid_may_be_given(tmp_path: Path) -> None:
    folder = scene(tmp_path, WILDTRACK, {0: []})
    with pytest.raises(ValueError, match="unknown grid 'duke'"):
        Wildtrack(folder, grid="duke")
    with pytest.raises(FileNotFoundError):
        Wildtrack(folder, grid="multiviewx")
    assert Wildtrack(folder, grid="wildtrack").layout is Wildtrack(folder, grid=WILDTRACK).layout


def changed(**values: Any) -> list[Any]:
    return [person(1, 1, 7, c1=[1, 2, 3, 4]) | values]


def view(**values: Any) -> list[Any]:
    return changed(views=[{"viewNum": 0, "xmin": 1, "ymin": 2, "xmax": 3, "ymax": 4} | values])


@pytest.mark.parametrize(
    ("content", "field", "message"),
    [
        (changed(personID=-1), "[0].personID", "whole number of 0 or more"),
        (changed(personID=1.5), "[0].personID", "whole number"),
        (changed(personID="7"), "[0].personID", "finite number, found '7'"),
        (changed(positionID=480 * 1440), "[0].positionID", "below 691200"),
        (changed(positionID=None), "[0].positionID", "finite number"),
        (changed(views=3), "[0].views", "list of views"),
        (view(viewNum=7), "[0].views[0].viewNum", "below 7"),
        (view(xmin=float("nan")), "[0].views[0].xmin", "finite number, found nan"),
        (view(xmax=1), "[0].views[0].xmax", "xmin < xmax"),
        (view(ymax=1), "[0].views[0].ymax", "ymin < ymax"),
        (
            view()[0]["views"] and changed(views=view()[0]["views"] * 2),
            "[0].views[1].viewNum",
            "once",
        ),
        (changed() * 2, "[1].personID", "every identity once"),
        ([3], "[0].personID", "finite number"),
        ({"a": 1}, None, "a list of people"),
    ],
)
def test_broken_annotations_are_named(
    tmp_path: Path, content: Any, field: str | None, message: str
) -> None:
    folder = scene(tmp_path, WILDTRACK, {0: [], 5: content})
    with pytest.raises(FormatError, match=r"00000005\.json.*" + message) as caught:
        Wildtrack(folder)
    assert caught.value.field == field


def test_truncated_annotation_is_named(tmp_path: Path) -> None:
    folder = scene(tmp_path, WILDTRACK, {0: changed()})
    file = folder / "annotations_positions" / "00000000.json"
    file.write_text(file.read_text()[:-20])
    with pytest.raises(FormatError, match=r"00000000\.json, line 1: expected JSON"):
        Wildtrack(folder)


def test_no_annotations_and_no_images(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="at least one annotation"):
        Wildtrack(scene(tmp_path, WILDTRACK, {}))


def counted(folder: Path) -> tuple[int, int, int]:
    """Files, people and visible boxes, counted from the raw JSON."""
    files = sorted((folder / "annotations_positions").glob("*.json"))
    people = [p for file in files for p in json.loads(file.read_text())]
    boxes = sum(v["xmax"] != -1 or v["xmin"] != -1 for p in people for v in p["views"])
    return len(files), len(people), boxes


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "cameras", "people"), [("wildtrack", 7, 289), ("multiviewx-sample", 6, 26)]
)
def test_real_data_against_an_independent_count(
    data: Callable[[str], Path], name: str, cameras: int, people: int
) -> None:
    sequence = Wildtrack(data(name))
    truth = sequence.truth
    assert truth is not None
    assert (len(sequence), len(truth.on_ground()), len(truth.in_boxes())) == counted(data(name))
    assert [len(views) for views in sequence] == [cameras] * len(sequence)
    assert len(np.unique(truth.identity)) == people


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "u", "v"), [("wildtrack", 12.5, 1.0), ("multiviewx-sample", 8, 1.0)]
)
def test_positions_project_onto_the_boxes_feet(
    data: Callable[[str], Path], name: str, u: float, v: float
) -> None:
    sequence = Wildtrack(data(name))
    assert sequence.truth is not None
    for camera in sequence.cameras:
        rows = sequence.truth.in_boxes(camera.name)
        rows = rows[rows.box[:, 3] < camera.size[1]]
        left, _, right, bottom = rows.box.T
        off = np.abs(camera.to_pixels(rows.ground) - np.column_stack([(left + right) / 2, bottom]))
        assert np.isfinite(off).all()
        assert (np.median(off, axis=0) < [u, v]).all()


@pytest.mark.data
def test_multiviewx_images_are_read(data: Callable[[str], Path]) -> None:
    sequence = Wildtrack(data("multiviewx-sample"))
    for views in (next(iter(sequence)),):
        assert [v.image.shape for v in views if v.image is not None] == [(1080, 1920, 3)] * 6
