import numpy as np
import pytest

from reid_mot.sequences import in_region
from reid_mot.sequences.layout import DEPTH, DOORS, SEATS, WIDTH, region
from reid_mot.sequences.walks import Walks, first_arrivals, simulate

RATE, DURATION, PEOPLE, PRESENT = 15.0, 140.0, 10, 6


@pytest.fixture(scope="module")
def walks() -> Walks:
    return simulate(np.random.default_rng(3), DURATION, RATE, PEOPLE, PRESENT)


def visits(walks: Walks) -> list[np.ndarray]:
    """The rows of each visit."""
    keys = np.column_stack([walks.person, walks.visit])
    return [np.flatnonzero((keys == key).all(axis=1)) for key in np.unique(keys, axis=0)]


def test_same_state_same_walks(walks: Walks) -> None:
    again = simulate(np.random.default_rng(3), 30.0, RATE, PEOPLE, PRESENT)
    other = simulate(np.random.default_rng(4), 30.0, RATE, PEOPLE, PRESENT)
    twice = simulate(np.random.default_rng(3), 30.0, RATE, PEOPLE, PRESENT)
    np.testing.assert_array_equal(again.position, twice.position)
    assert again.position.shape != other.position.shape or not np.array_equal(
        again.position, other.position
    )


def test_rows_are_ordered_and_unique(walks: Walks) -> None:
    keys = walks.instant * PEOPLE + walks.person
    assert (np.diff(keys) > 0).all()


def test_at_most_present_people_and_at_times_as_many(walks: Walks) -> None:
    assert np.bincount(walks.instant).max() == PRESENT


def test_room_starts_empty(walks: Walks) -> None:
    assert walks.instant.min() > 0


def test_everybody_comes(walks: Walks) -> None:
    assert set(walks.person.tolist()) == set(range(PEOPLE))


def test_all_positions_lie_in_the_room(walks: Walks) -> None:
    assert in_region(walks.position, region()).all()


def test_nobody_comes_nearer_than_40_centimetres(walks: Walks) -> None:
    nearest = np.inf
    for offset in range(1, PRESENT):
        same = walks.instant[offset:] == walks.instant[:-offset]
        gaps = np.linalg.norm(walks.position[offset:] - walks.position[:-offset], axis=1)
        nearest = min(nearest, gaps[same].min())
    assert nearest > 0.4


def test_speed_and_acceleration_are_those_of_walking_people(walks: Walks) -> None:
    speeds, changes = [], []
    for rows in visits(walks):
        velocity = np.diff(walks.position[rows], axis=0) * RATE
        speeds.append(np.linalg.norm(velocity, axis=1))
        changes.append(np.linalg.norm(np.diff(velocity, axis=0), axis=1) * RATE)
    speed, change = np.concatenate(speeds), np.concatenate(changes)
    assert speed.max() < 1.41
    assert 0.7 < np.median(speed[speed > 0.3]) < 1.3
    assert np.percentile(change, 99.9) < 3.1


def test_people_enter_and_leave_at_doors(walks: Walks) -> None:
    doors = np.array([door.centre for door in DOORS])
    last = walks.instant.max()
    for rows in visits(walks):
        ends = [rows[0]] if walks.instant[rows[-1]] == last else [rows[0], rows[-1]]
        for row in ends:
            assert np.linalg.norm(doors - walks.position[row], axis=1).min() < 0.5


def test_visits_are_unbroken_and_people_come_back_after_an_absence(walks: Walks) -> None:
    ended: dict[int, int] = {}
    absences = []
    for rows in visits(walks):
        assert (np.diff(walks.instant[rows]) == 1).all()
        person = int(walks.person[rows[0]])
        if person in ended:
            absences.append((walks.instant[rows[0]] - ended[person]) / RATE)
        ended[person] = int(walks.instant[rows[-1]])
    assert len(absences) >= 3
    assert min(absences) > 9.0


def test_people_sit_on_chairs_and_face_away_from_their_backs(walks: Walks) -> None:
    sitting = np.flatnonzero(walks.seated == 1.0)
    assert len(sitting) > 0
    places = np.array([seat.place for seat in SEATS])
    gaps = np.linalg.norm(places - walks.position[sitting, None], axis=2)
    assert gaps.min(axis=1).max() < 0.15
    facing = np.array([seat.facing for seat in SEATS])[gaps.argmin(axis=1)]
    heading = walks.heading[sitting]
    along = facing[:, 0] * np.cos(heading) + facing[:, 1] * np.sin(heading)
    assert np.median(along) > 0.99


def test_walkers_face_where_they_go(walks: Walks) -> None:
    cosines = []
    for rows in visits(walks):
        velocity = np.diff(walks.position[rows], axis=0) * RATE
        fast = (np.linalg.norm(velocity, axis=1) > 0.6) & (walks.seated[rows[1:]] == 0)
        angle = np.arctan2(velocity[fast, 1], velocity[fast, 0])
        cosines.append(np.cos(angle - walks.heading[rows[1:]][fast]))
    assert np.median(np.concatenate(cosines)) > 0.99


def test_travelled_is_the_length_of_the_path(walks: Walks) -> None:
    rows = max(visits(walks), key=len)
    steps = np.linalg.norm(np.diff(walks.position[rows], axis=0), axis=1)
    length = walks.travelled[rows[-1]] - walks.travelled[rows[0]]
    assert length == pytest.approx(steps.sum(), rel=1e-6)


def test_slow_rates_are_simulated_in_smaller_steps() -> None:
    walks = simulate(np.random.default_rng(0), 60.0, 2.0, 6, 4)
    assert walks.instant.max() == 119
    speed = [
        np.linalg.norm(np.diff(walks.position[rows], axis=0), axis=1).max() * 2.0
        for rows in visits(walks)
        if len(rows) > 1
    ]
    assert max(speed) < 1.41
    assert in_region(walks.position, region()).all()


def test_first_arrivals_are_within_the_first_half() -> None:
    times = first_arrivals(np.random.default_rng(0), 12, 180.0)
    assert times.shape == (12,)
    assert times.min() > 0
    assert times.max() < 95.0


def test_positions_reach_over_the_room(walks: Walks) -> None:
    spread = walks.position.max(axis=0) - walks.position.min(axis=0)
    assert (spread > 0.7 * np.array([WIDTH, DEPTH])).all()
