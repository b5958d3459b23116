from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_mot.sequences import FormatError
from reid_mot.sequences.appearance import crop_index, paste, read_crop, read_identities
from reid_mot.sequences.simulated import SimulatedRoom


@pytest.fixture
def crops(tmp_path: Path) -> Path:
    """Six identities, each a colour, with junk, distractors and a stranger's file."""
    for number in range(1, 7):
        for k in range(4):
            image = np.full((128, 64, 3), (40 * number, 250 - 40 * number, 60 * k), np.uint8)
            cv2.imwrite(str(tmp_path / f"{number:04}_c{k + 1}s1_{k:06}_00.png"), image)
    junk = np.zeros((128, 64, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "-1_c1s1_000001_00.png"), junk)
    cv2.imwrite(str(tmp_path / "0000_c1s1_000001_00.png"), junk)
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    return tmp_path


def test_identities_are_chosen_by_the_generator_without_junk(crops: Path) -> None:
    chosen = read_identities(crops, 6, np.random.default_rng(0))
    assert sorted(i.number for i in chosen) == [1, 2, 3, 4, 5, 6]
    assert all(len(i.files) == 4 for i in chosen)
    orders = {
        tuple(i.number for i in read_identities(crops, 3, np.random.default_rng(seed)))
        for seed in range(9)
    }
    assert len(orders) > 3


def test_too_few_identities_are_refused(crops: Path) -> None:
    with pytest.raises(FormatError, match=r"at least 7 identities.*found '6 identities'"):
        SimulatedRoom(appearance=crops, people=7)


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="nowhere"):
        SimulatedRoom(appearance=tmp_path / "nowhere")


def test_broken_image_is_named(tmp_path: Path) -> None:
    for content in (b"", b"not an image"):
        path = tmp_path / "0002_c1s1_000451_03.jpg"
        path.write_bytes(content)
        with pytest.raises(FormatError, match=r"0002_c1s1_000451_03\.jpg"):
            read_crop(path)


def test_crop_stays_for_a_while_and_changes_with_side_time_and_camera() -> None:
    def index(turn: float = 0.1, time: float = 1.0, camera: int = 0) -> int:
        return crop_index(turn, time, 3, camera, 1000)

    assert index() == index(turn=0.3) == index(time=3.9)
    assert len({index(), index(turn=2.0), index(time=5.0), index(camera=1)}) == 4
    assert {crop_index(t, 0.0, 0, 0, 3) for t in np.arange(0, 6.28, 0.1)} == {0, 1, 2}


def test_paste_scales_to_the_box_and_clips() -> None:
    canvas = np.zeros((100, 100, 3), np.uint8)
    paste(canvas, np.full((20, 10, 3), 200, np.uint8), np.array([30.0, 20.0, 60.0, 80.0]))
    y, x = np.nonzero(canvas[..., 0])
    assert (x.min(), y.min(), x.max() + 1, y.max() + 1) == (30, 20, 60, 80)
    assert (canvas[30:70, 36:54] == 200).all()
    paste(canvas, np.full((20, 10, 3), 90, np.uint8), np.array([-40.0, 50.0, 20.0, 160.0]))
    assert (canvas[70:, :10] == 90).all()
    before = canvas.copy()
    paste(canvas, np.full((20, 10, 3), 90, np.uint8), np.array([120.0, 50.0, 140.0, 90.0]))
    np.testing.assert_array_equal(canvas, before)


def test_people_show_their_identities_crops(crops: Path) -> None:
    room = SimulatedRoom(seed=1, duration=20.0, rate=2.0, people=6, present=6, appearance=crops)
    plain = SimulatedRoom(seed=1, duration=20.0, rate=2.0, people=6, present=6)
    np.testing.assert_array_equal(room.walks.position, plain.walks.position)
    instant = int(room.walks.instant[-1])
    rows = np.flatnonzero(room.walks.instant == instant)
    nearest = 0
    for camera in range(4):
        image = room.render(camera, instant).astype(int)
        visible = room.visible[camera][rows]
        row = rows[visible.argmax()]
        identity = room._identities[room.walks.person[row]].number  # type: ignore[index]
        left, top, right, bottom = np.clip(room.boxes[camera][row], 0, [640, 480, 640, 480])
        middle = image[int((top + bottom) / 2), int((left + right) / 2)]
        nearest += abs(middle[1] - (250 - 40 * identity)) < 45
    assert nearest >= 3


def test_the_crops_that_a_picture_shows_are_named(crops: Path) -> None:
    room = SimulatedRoom(seed=1, duration=20.0, rate=2.0, people=6, present=6, appearance=crops)
    seen: dict[int, set[str]] = {}
    for instant in range(len(room)):
        people = room.walks.person[room.walks.instant == instant].tolist()
        for person, file in zip(people, room.crops_shown(0, instant), strict=True):
            assert file.parent == crops
            seen.setdefault(person, set()).add(file.name[:4])
    assert len(seen) > 3
    assert all(len(numbers) == 1 for numbers in seen.values())
    assert len(set.union(*seen.values())) == len(seen)


def test_drawn_people_show_no_crops() -> None:
    with pytest.raises(ValueError, match="no appearance"):
        SimulatedRoom(duration=1.0).crops_shown(0, 0)
