"""The face: what `score` reports, on made-up and on real tables."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reid_mot.score_table import Scores
from reid_mot.scores import Engine, score
from reid_mot.sequences import Tracks
from reid_mot.sequences.cameras import Floats

ENGINES: tuple[Engine, ...] = ("vectorised", "motmetrics")
DATA = Path(__file__).parents[3] / "shared" / "data"


def room(frames: int = 40, people: int = 3, cameras: int = 3) -> Tracks:
    """People on circles of their own, seen as boxes side by side by every camera."""
    frame = np.repeat(np.arange(1, frames + 1), people)
    identity = np.tile(np.arange(people), frames)
    ground = np.column_stack([3.0 * identity + np.sin(frame / 9), np.cos(frame / 9)])
    corner = np.column_stack([100.0 * identity + 2 * (frame % 20), 50.0 + 0 * frame])
    tables = [
        Tracks(frame, f"c{k}", identity, np.hstack([corner + k, corner + k + [40, 90]]), ground)
        for k in range(cameras)
    ]
    return Tracks.concatenate(tables)


def noisy(truth: Tracks, seed: int, jitter: float = 5, error: float = 0.2) -> Tracks:
    """Misses, jitter, false rows and some changes of identity, the same in every camera."""
    rng = np.random.default_rng(seed)
    truth = truth[rng.random(len(truth)) > 0.15]
    identity = truth.identity + 1000 * (truth.frame % 31 > 20)
    key = np.unique(np.column_stack([truth.frame, truth.identity]), axis=0, return_inverse=True)[1]
    ground = truth.ground + rng.normal(0, error, (len(truth), 2))[key]
    box = truth.box + rng.normal(0, jitter, truth.box.shape)
    moved = Tracks(truth.frame, truth.camera, identity, box, ground)
    stray = moved[rng.random(len(moved)) < 0.05]
    shifted = Tracks(
        stray.frame, stray.camera, stray.identity + 5000, stray.box + 25, stray.ground + 0.7
    )
    return Tracks.concatenate([moved, shifted])


def with_identity(tracks: Tracks, identity: np.ndarray) -> Tracks:
    return Tracks(tracks.frame, tracks.camera, identity, tracks.box, tracks.ground)


def same(one: Scores, other: Scores) -> None:
    for name, value in asdict(one).items():
        expected = getattr(other, name)
        if isinstance(value, float):
            assert value == pytest.approx(expected, abs=1e-9, nan_ok=True), name
        else:
            assert value == expected, name


def test_a_perfect_prediction_is_perfect_in_every_row() -> None:
    truth = room()
    table = score(truth, with_identity(truth, truth.identity + 70))
    labels = [row.label for row in table.rows]
    cameras = ["camera c0", "camera c1", "camera c2"]
    assert labels[:5] == ["ground, 1 m", "ground, 0.5 m", *cameras]
    assert labels[5:] == ["sum over cameras", "all cameras as one"]
    for row in table.rows:
        assert row.mota == row.idf1 == row.hota == row.loca == 1
        assert row.motp == pytest.approx(0 if row.unit == "m" else 1)
        assert row.switches == row.false_positives == row.misses == row.fragmentations == 0
    assert table.notes == ()
    assert str(table).startswith("MOTA 100.0%  IDF1 100.0%  HOTA 100.0%  (ground, 1 m)")


def test_identities_that_differ_by_camera_fall_in_the_pooled_row_alone() -> None:
    truth = room()
    number = np.unique(truth.camera, return_inverse=True)[1]
    table = score(truth, with_identity(truth, truth.identity + 100 * number), gates=(1.0,))
    summed, pooled = table["sum over cameras"], table["all cameras as one"]
    assert summed.idf1 == summed.hota == 1
    # Each person keeps one of three equally long tracks: a third of the rows agree.
    assert pooled.idf1 == pytest.approx(1 / 3)
    assert pooled.assa == pytest.approx(1 / 3)
    assert (pooled.mota, pooled.switches) == (1, 0)
    assert (pooled.identities, pooled.predicted_identities) == (3, 9)
    assert any("does not give a person the same identity in every camera" in n for n in table.notes)


def test_identities_that_hold_across_cameras_do_not_fall() -> None:
    table = score(room(), noisy(room(), 1))
    assert abs(table["sum over cameras"].idf1 - table["all cameras as one"].idf1) < 0.05
    assert not any("identity in every camera" in note for note in table.notes)


def test_the_sum_adds_up_the_cameras() -> None:
    table = score(room(), noisy(room(), 2))
    each = [row for row in table.rows if row.kind == "camera"]
    total = table["sum over cameras"]
    for name in ("frames", "truth", "predicted", "matches", "misses", "false_positives"):
        assert getattr(total, name) == sum(getattr(row, name) for row in each) > 0
    for name in ("switches", "fragmentations", "mostly_tracked", "identities"):
        assert getattr(total, name) == sum(getattr(row, name) for row in each) > 0
    wrong = total.misses + total.false_positives + total.switches
    assert total.mota == pytest.approx(1 - wrong / total.truth)
    agree = sum(row.idr * row.truth for row in each)
    assert total.idf1 == pytest.approx(2 * agree / (total.truth + total.predicted))
    overlap = sum(row.motp * row.matches for row in each)
    assert total.motp == pytest.approx(overlap / total.matches)


def test_the_pooled_row_differs_from_the_sum_in_identities_alone() -> None:
    truth = room()
    number = np.unique(truth.camera, return_inverse=True)[1]
    table = score(truth, noisy(with_identity(truth, truth.identity + 100 * number), 3))
    summed, pooled = asdict(table["sum over cameras"]), asdict(table["all cameras as one"])
    changed = {name for name in summed if summed[name] != pooled[name]}
    assert {"idf1", "idp", "idr", "hota", "assa"} <= changed
    assert changed.isdisjoint({"mota", "motp", "switches", "false_positives", "misses", "frames"})
    assert changed.isdisjoint({"fragmentations", "mostly_tracked", "partly_tracked", "mostly_lost"})


def test_the_tighter_gate_finds_less() -> None:
    table = score(room(), noisy(room(), 4, error=0.3), gates=(1.0, 0.3))
    assert table["ground, 0.3 m"].mota < table["ground, 1 m"].mota
    assert table["ground, 0.3 m"].motp < table["ground, 1 m"].motp < 1


def test_one_camera_has_neither_sum_nor_pooled_row() -> None:
    truth = room().in_boxes("c1")
    boxes = Tracks(truth.frame, truth.camera, truth.identity, truth.box)
    table = score(boxes, boxes)
    assert [row.label for row in table.rows] == ["camera c1"]
    assert table.primary.label == "camera c1"


def test_ground_positions_alone() -> None:
    truth = room().on_ground()
    assert [row.kind for row in score(truth, truth).rows] == ["ground", "ground"]


def test_nothing_predicted() -> None:
    for engine in ENGINES:
        table = score(room(), Tracks.empty(), engine=engine)
        for row in table.rows:
            assert row.mota == row.idf1 == row.idr == row.hota == row.assa == 0
            assert row.misses == row.truth > 0
            assert row.mostly_lost == row.identities * (3 if row.kind == "pooled" else 1)
            assert np.isnan(row.idp)
            assert np.isnan(row.motp)


def test_nothing_there() -> None:
    for engine in ENGINES:
        table = score(Tracks.empty(), room(), engine=engine)
        for row in table.rows:
            assert np.isnan(row.mota)
            assert np.isnan(row.idr)
            assert row.idf1 == row.idp == row.hota == 0
            assert row.false_positives == row.predicted > 0


def test_neither() -> None:
    table = score(Tracks.empty(), Tracks.empty(), rate=5)
    assert np.isnan(table.primary.mota)
    assert np.isnan(table.primary.hota)
    assert str(table).startswith("MOTA -  IDF1 -  HOTA -")
    assert json.loads(table.to_json())["seconds"] == 0


def test_the_order_of_rows_and_the_names_of_identities_do_not_matter() -> None:
    truth, predicted = room(), noisy(room(), 5)
    shuffled = predicted[np.random.default_rng(0).permutation(len(predicted))]
    renamed = with_identity(shuffled, 7 * shuffled.identity + 3)
    for one, other in zip(score(truth, predicted).rows, score(truth, renamed).rows, strict=True):
        same(one, other)


def test_the_rate_gives_the_duration() -> None:
    assert score(room(frames=40), room(frames=40), rate=4).seconds == 10


def test_the_region_limits_every_row() -> None:
    truth, predicted = room(), noisy(room(), 6, error=0.1)
    # Person 0 alone walks here, x from -1 to 1.
    left = [[-2.0, -2.0], [1.5, -2.0], [1.5, 2.0], [-2.0, 2.0]]
    table = score(truth, predicted, region=left)
    assert {row.identities for row in table.rows} == {1, 3}
    assert table["camera c0"].truth == 40
    alone = score(
        truth[truth.identity == 0], predicted[predicted.identity % 1000 == 0], frames=range(1, 41)
    )
    for one, other in zip(table.rows, alone.rows, strict=True):
        same(one, other)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gates": ()}, "gates must be one or more"),
        ({"gates": (1.0, -1.0)}, "positive distances in metres"),
        ({"gates": (1.0, 1.0)}, "name a distance twice"),
        ({"iou": 0.0}, "iou must be above 0"),
        ({"engine": "fast"}, "'vectorised', 'motmetrics'"),
        ({"rate": 0.0}, "rate must be a positive"),
        ({"region": [[0, 0], [1, 1]]}, "k >= 3"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        score(room(), room(), **options)  # type: ignore[arg-type]


def engines_agree(truth: Tracks, predicted: Tracks, iou: float = 0.5) -> None:
    fast = score(truth, predicted, iou=iou)
    slow = score(truth, predicted, iou=iou, engine="motmetrics")
    assert slow.engine == "motmetrics"
    for one, other in zip(fast.rows, slow.rows, strict=True):
        same(one, other)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.sampled_from([0.3, 0.5, 0.8]))
def test_the_engines_agree_on_random_tables(seed: int, people: int, iou: float) -> None:
    truth = room(frames=10, people=people, cameras=2)
    crowded = Tracks(truth.frame, truth.camera, truth.identity, truth.box, truth.ground / 4)
    engines_agree(crowded, noisy(crowded, seed), iou)


def need(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"no development data at {path}")
    return path


def cmc1() -> Tracks:
    rows = np.loadtxt(need(DATA / "cmc1/gt/world.txt"), delimiter=",")
    return Tracks(rows[:, 0].astype(int), "", rows[:, 1].astype(int), None, rows[:, 2:4])


def pets() -> Tracks:
    rows = np.loadtxt(need(DATA / "pets09-s2l1/gt/gt.txt"), delimiter=",")
    box = np.hstack([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]])
    return Tracks(rows[:, 0].astype(int), "View_001", rows[:, 1].astype(int), box)


def wildtrack(files: int) -> Tracks:
    folder = need(DATA / "wildtrack/annotations_positions")
    rows = []
    for path in sorted(folder.glob("*.json"))[:files]:
        for person in json.loads(path.read_text()):
            place = person["positionID"]
            ground = (-3 + 0.025 * (place % 480), -9 + 0.025 * (place // 480))
            rows += [
                (int(path.stem), f"C{v['viewNum'] + 1}", person["personID"], box_of(v), ground)
                for v in person["views"]
                if v["xmax"] > v["xmin"] and v["ymax"] > v["ymin"]
            ]
    return Tracks(*zip(*rows, strict=True))


def box_of(view: dict[str, int]) -> Floats:
    return np.array([view[k] for k in ("xmin", "ymin", "xmax", "ymax")], dtype=float)


@pytest.mark.data
def test_the_engines_agree_on_cmc1() -> None:
    truth = cmc1()
    table = score(truth, noisy(truth, 7))
    assert 0.6 < table.primary.mota < 0.95
    engines_agree(truth, noisy(truth, 7))


@pytest.mark.data
def test_the_engines_agree_on_pets() -> None:
    truth = pets()
    engines_agree(truth, noisy(truth, 8, jitter=6))


@pytest.mark.data
def test_the_engines_agree_on_wildtrack() -> None:
    truth = wildtrack(12)
    predicted = noisy(truth, 9, jitter=8, error=0.3)
    table = score(truth, predicted)
    assert len(table.rows) == 2 + 7 + 2
    assert table.frames == 12
    assert table["all cameras as one"].mota == table["sum over cameras"].mota
    engines_agree(truth, predicted)


@pytest.mark.data
def test_one_identity_space_equals_trackeval_on_wildtrack() -> None:
    from trackeval.metrics import HOTA, Identity

    truth = wildtrack(12)
    predicted = noisy(truth, 10, jitter=8)
    data = for_trackeval(truth, predicted)
    row = score(truth, predicted)["all cameras as one"]
    result = HOTA().eval_sequence(data)
    assert 0.3 < row.hota < 0.9
    for name in ("HOTA", "DetA", "AssA", "DetRe", "DetPr", "AssRe", "AssPr", "LocA"):
        assert getattr(row, name.lower()) == pytest.approx(np.mean(result[name]), abs=1e-9)
    result = Identity({"PRINT_CONFIG": False}).eval_sequence(data)
    for name in ("IDF1", "IDP", "IDR"):
        assert getattr(row, name.lower()) == pytest.approx(result[name], abs=1e-9)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_clear_equals_trackeval_where_people_are_apart(seed: int) -> None:
    from trackeval.metrics import CLEAR

    # With one candidate each, the rules for whom to match cannot differ.
    truth = room(cameras=1)
    predicted = noisy(truth, seed)
    predicted = predicted[predicted.identity < 5000]
    row = score(truth, predicted)["camera c0"]
    data = for_trackeval(truth, predicted)
    result = CLEAR({"PRINT_CONFIG": False}).eval_sequence(data)
    assert row.switches == result["IDSW"] > 0
    assert (row.false_positives, row.misses) == (result["CLR_FP"], result["CLR_FN"])
    assert row.mota == pytest.approx(result["MOTA"], abs=1e-9)
    assert row.motp == pytest.approx(result["MOTP"], abs=1e-9)


def for_trackeval(truth: Tracks, predicted: Tracks) -> dict[str, Any]:
    """Both tables' boxes as TrackEval's input, each (camera, frame) an instant of its own."""
    people, t = np.unique(truth.identity, return_inverse=True)
    found, p = np.unique(predicted.identity, return_inverse=True)
    images = sorted(set(zip(truth.camera.tolist(), truth.frame.tolist(), strict=True)))
    mine = [np.flatnonzero((truth.camera == c) & (truth.frame == f)) for c, f in images]
    theirs = [np.flatnonzero((predicted.camera == c) & (predicted.frame == f)) for c, f in images]
    return {
        "num_timesteps": len(images),
        "num_gt_ids": len(people),
        "num_tracker_ids": len(found),
        "num_gt_dets": len(truth),
        "num_tracker_dets": len(predicted),
        "gt_ids": [t[a] for a in mine],
        "tracker_ids": [p[b] for b in theirs],
        "similarity_scores": [
            plain_iou(truth.box[a], predicted.box[b]) for a, b in zip(mine, theirs, strict=True)
        ],
    }


def plain_iou(a: Floats, b: Floats) -> Floats:
    """(n, m) intersection over union, by a double loop."""
    table = np.zeros((len(a), len(b)))
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            width = max(0.0, min(x[2], y[2]) - max(x[0], y[0]))
            height = max(0.0, min(x[3], y[3]) - max(x[1], y[1]))
            areas = (x[2] - x[0]) * (x[3] - x[1]) + (y[2] - y[0]) * (y[3] - y[1])
            table[i, j] = width * height / (areas - width * height)
    return table


def test_scores_compare_by_value() -> None:
    row = score(room(), noisy(room(), 11)).primary
    assert row == replace(row)
    assert row != replace(row, switches=row.switches + 1)
