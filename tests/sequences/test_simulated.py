import numpy as np
import pytest

from reid_mot.sequences import GROUND, MultiCameraSequence, in_region
from reid_mot.sequences.simulated import MINIMUM_VISIBLE, DetectionNoise, SimulatedRoom


@pytest.fixture(scope="module")
def room() -> SimulatedRoom:
    return SimulatedRoom(seed=5, duration=60.0, rate=5.0)


def small(seed: int = 5, noise: DetectionNoise | None = None) -> SimulatedRoom:
    return SimulatedRoom(seed=seed, duration=12.0, rate=5.0, noise=noise)


def test_is_a_sequence(room: SimulatedRoom) -> None:
    assert isinstance(room, MultiCameraSequence)
    assert room.name == "simulated-5"
    assert [camera.name for camera in room.cameras] == ["c01", "c02", "c03", "c04"]
    assert len(room) == len(list(room)) == 300


def test_views_are_numbered_from_1_and_timed_from_0(room: SimulatedRoom) -> None:
    first, last = room.at(0), room.at(-1)
    assert [view.frame for view in first] == [1] * 4
    assert first[0].time == 0.0
    assert last[3].frame == 300
    assert last[3].time == pytest.approx(299 / 5)
    with pytest.raises(IndexError, match="300"):
        room.at(300)


def test_one_seed_one_sequence() -> None:
    a, b = small(), small()
    for column in ("frame", "camera", "identity", "box", "ground"):
        np.testing.assert_array_equal(getattr(a.truth, column), getattr(b.truth, column))
    for one, two in zip(a, b, strict=True):
        for x, y in zip(one, two, strict=True):
            np.testing.assert_array_equal(x.detections.boxes, y.detections.boxes)
            np.testing.assert_array_equal(x.detections.scores, y.detections.scores)
    np.testing.assert_array_equal(a.render(2, 50), b.render(2, 50))


def test_another_seed_is_another_sequence() -> None:
    a, b = small(5), small(6)
    assert len(a.walks.position) != len(b.walks.position) or not np.array_equal(
        a.walks.position, b.walks.position
    )
    assert (a.render(0, 0) != b.render(0, 0)).mean() > 0.5


def test_pictures_do_not_depend_on_what_was_looked_at_before() -> None:
    a, b = small(), small()
    for instant in (3, 58, 20):
        a.render(1, instant)
    np.testing.assert_array_equal(a.render(1, 59), b.render(1, 59))


def test_noise_of_the_detector_changes_neither_people_nor_pictures() -> None:
    a, b = small(), small(noise=DetectionNoise(jitter=0.1))
    np.testing.assert_array_equal(a.truth.box, b.truth.box)
    np.testing.assert_array_equal(a.render(3, 40), b.render(3, 40))


def test_pictures_are_rgb_of_the_camera_s_size(room: SimulatedRoom) -> None:
    image = room.at(100)[1].image
    assert image is not None
    assert image.shape == (480, 640, 3)
    assert image.dtype == np.uint8
    assert image.std() > 25


def test_each_frame_has_its_own_noise_and_cameras_their_own_colours(room: SimulatedRoom) -> None:
    one, two = room.render(0, 0).astype(int), room.render(0, 1).astype(int)
    assert 1 < np.abs(one - two).mean() < 15
    means = np.array([room.render(camera, 0).mean(axis=(0, 1)) for camera in range(4)])
    assert np.ptp(means, axis=0).max() > 8


def test_images_can_be_left_out() -> None:
    view = SimulatedRoom(duration=5.0, images=False).at(10)[0]
    assert not view.has_image
    assert view.image is None


def test_truth_has_everybody_at_every_frame(room: SimulatedRoom) -> None:
    pairs = set(zip(room.truth.frame.tolist(), room.truth.identity.tolist(), strict=True))
    people = zip((room.walks.instant + 1).tolist(), (room.walks.person + 1).tolist(), strict=True)
    assert pairs == set(people)
    assert room.truth.first_duplicate() is None
    assert room.truth.identity.min() >= 1


def test_truth_has_ground_positions_in_the_region_in_all_rows(room: SimulatedRoom) -> None:
    truth = room.truth
    assert truth.has_ground.all()
    assert in_region(truth.ground, room.region).all()
    assert len(truth.on_ground()) == len(room.walks.instant)


def test_true_boxes_lie_in_the_image_and_are_of_visible_people(room: SimulatedRoom) -> None:
    rows = room.truth.in_boxes()
    assert (rows.box >= 0).all()
    assert (rows.box <= [640, 480, 640, 480]).all()
    expected = sum(int((share >= MINIMUM_VISIBLE).sum()) for share in room.visible)
    assert len(rows) == expected
    assert np.isnan(room.truth.box[room.truth.camera == GROUND]).all()


def test_feet_project_into_the_lower_part_of_the_box(room: SimulatedRoom) -> None:
    rows = room.truth.in_boxes("c03")
    feet = room.cameras[2].to_pixels(rows.ground)
    inside = (rows.box[:, 3] < 479) & (rows.box[:, 0] > 0) & (rows.box[:, 2] < 640)
    share = (rows.box[inside, 3] - feet[inside, 1]) / (rows.box[inside, 3] - rows.box[inside, 1])
    assert np.abs(np.median(share)) < 0.08
    across = (feet[inside, 0] - rows.box[inside, 0]) / (rows.box[inside, 2] - rows.box[inside, 0])
    assert (across > 0).all()
    assert (across < 1).all()


def test_people_hide_each_other_at_times(room: SimulatedRoom) -> None:
    whole = np.array([boxes[:, 3] < 480 for boxes in room.boxes])
    assert 0.02 < (np.array(room.visible)[whole] < 0.6).mean() < 0.5


def test_detections_match_the_truth_at_the_stated_rates(room: SimulatedRoom) -> None:
    truth = len(room.truth.in_boxes())
    found = sum(len(view.detections) for views in room for view in views)
    assert 0.85 < found / truth < 1.02


def test_room_fills_up_to_the_limit() -> None:
    room = SimulatedRoom(seed=0, duration=90.0, rate=5.0, people=8, present=3)
    counts = np.bincount(room.walks.instant)
    assert counts.max() == 3
    assert counts[0] == 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"seed": -1}, "seed"),
        ({"duration": 0.0}, "duration"),
        ({"duration": float("inf")}, "duration"),
        ({"rate": float("nan")}, "rate"),
        ({"duration": 0.01, "rate": 1.0}, "duration"),
        ({"people": 0}, "people"),
        ({"present": 0}, "present"),
        ({"present": 10}, "present"),
    ],
)
def test_arguments_outside_their_range_are_refused(options: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        SimulatedRoom(**options)  # type: ignore[arg-type]


def test_a_room_in_which_nobody_has_appeared_yet() -> None:
    empty = SimulatedRoom(seed=0, duration=0.4, rate=5.0)

    assert len(empty.truth) == 0
    assert len(list(empty)) == 2
    assert all(view.image is not None for view in empty.at(0))
