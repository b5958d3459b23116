"""What is reported: MOTA, IDF1, HOTA and their parts, from two `Tracks` tables.

The same prediction can be matched with the truth in three ways, and published numbers differ by
which one is meant, so each row of the table says its own:

- ground: positions on the floor, within a gate in metres (WILDTRACK; one world, one identity).
- cameras: boxes by IoU in each camera, and the sum over the cameras. Identities count within a
  camera: a person with a different identity in each camera costs nothing. This is what "OVERALL"
  and "COMBINED" rows of common evaluation programs are.
- pooled: the same boxes with one assignment of identities for all cameras (Ristani et al. 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike

from .clear import ClearCounts, clear
from .hota import HotaCounts, associate
from .identity import IdentityCounts, identify
from .matching import Pairs, Rows, joined, pair_boxes, pair_points
from .reference import clear_by_motmetrics, identify_by_motmetrics
from .score_table import Scores, ScoreTable
from .scored_rows import Selection, select
from .sequences.views import Tracks

__all__ = ["Engine", "ScoreTable", "Scores", "score"]

Engine = Literal["vectorised", "motmetrics"]

FAR_BELOW = 0.1
"""By how much IDF1 may fall from per camera to one identity space before the table says so."""


class _Counts(NamedTuple):
    clear: ClearCounts
    identity: IdentityCounts
    hota: HotaCounts
    frames: int
    identities: int
    predicted_identities: int

    def plus(self, other: _Counts) -> _Counts:
        """The counts of two sequences together, identities of their own."""
        return _Counts(
            self.clear + other.clear,
            self.identity + other.identity,
            self.hota + other.hota,
            self.frames + other.frames,
            self.identities + other.identities,
            self.predicted_identities + other.predicted_identities,
        )


def score(
    truth: Tracks,
    predicted: Tracks,
    *,
    region: ArrayLike | None = None,
    gates: Sequence[float] = (1.0, 0.5),
    iou: float = 0.5,
    engine: Engine = "vectorised",
    frames: ArrayLike | None = None,
    rate: float | None = None,
) -> ScoreTable:
    """Compare a prediction with the truth in every way that the tables allow.

    Rows on the ground need ground positions in both tables, rows of cameras boxes in both; an
    empty table compares with anything. With a single camera there is neither sum nor pooled row.

    Args:
        truth, predicted: what was, and what a tracker says.
        region: (k, 2) corners in metres of the floor that counts. In either table a row counts if
            its ground position is inside or on the border, and is left out otherwise; a box
            without a position takes that of the same identity and frame, and counts if there is
            none. Both tables are cut independently: a person inside whose predicted position is
            outside is a miss, and the other way round a false positive. Choose a border where
            people do not linger.
        gates: largest distances in metres of a match on the ground; a row of the table for each,
            the first of which is the one to quote.
        iou: intersection over union that a match of boxes needs, in (0, 1].
        engine: "vectorised", or "motmetrics" to have that library compute the CLEAR and identity
            measures (slower; the numbers are the same). HOTA is always ours.
        frames: the frame numbers that are scored. By default those that the truth annotates, as
            is the practice on WILDTRACK: from its first frame to its last, in steps of the
            greatest step that meets all its frames. At frames among these without any truth
            every prediction is a false positive; predictions at other frames do not count.
            Without any truth, the frames of the prediction.
        rate: scored frames a second; only to say how long the scored part is.

    Returns:
        one row for each way of matching.

    Raises:
        ValueError: the same identity twice in one camera and frame; a region without ground
            positions; tables that have nothing in common to compare; an option out of range.
    """
    _check(gates, iou, engine, rate)
    chosen = select(truth, predicted, region, frames)
    rows, notes = [], list(chosen.notes)
    if chosen.ground is not None:
        t, p = chosen.ground
        for gate in gates:
            counts = _count(pair_points(t, p, chosen.instants, gate), engine, chosen.frames)
            rows.append(_scores(f"ground, {gate:g} m", "ground", _on_ground(gate), counts))
    if chosen.cameras:
        rows += _camera_rows(chosen, iou, engine)
        notes += _identity_notes(rows)
    seconds = None if rate is None else chosen.frames / rate
    first, last = chosen.first_frame, chosen.last_frame
    return ScoreTable(tuple(rows), chosen.frames, first, last, seconds, engine, tuple(notes))


def _check(gates: Sequence[float], iou: float, engine: str, rate: float | None) -> None:
    if not gates or not all(np.isfinite(gate) and gate > 0 for gate in gates):
        raise ValueError(f"gates must be one or more positive distances in metres, not {gates}")
    if len(set(gates)) < len(gates):
        raise ValueError(f"gates {gates} name a distance twice")
    if not 0 < iou <= 1:
        raise ValueError(f"iou must be above 0 and at most 1, not {iou}")
    if engine not in get_args(Engine):
        raise ValueError(f"engine must be one of {get_args(Engine)}, not {engine!r}")
    if rate is not None and not rate > 0:
        raise ValueError(f"rate must be a positive number of frames a second, not {rate}")


def _camera_rows(chosen: Selection, iou: float, engine: Engine) -> list[Scores]:
    """One row a camera, their sum, and all in one identity space."""
    pairs = [pair_boxes(t, p, chosen.instants, iou) for t, p in chosen.cameras.values()]
    each = [_count(part, engine, chosen.frames) for part in pairs]
    rows = [
        _scores(f"camera {name}", "camera", _in_boxes(iou), counts)
        for name, counts in zip(chosen.cameras, each, strict=True)
    ]
    if len(each) == 1:
        return rows
    total = reduce(_Counts.plus, each)
    rows.append(_scores("sum over cameras", "sum", _SUMMED, total))
    everywhere = joined(pairs)
    one_space = total._replace(
        identity=_identity(everywhere, engine),
        hota=associate(everywhere),
        identities=_different(everywhere.truth_rows),
        predicted_identities=_different(everywhere.predicted_rows),
    )
    rows.append(_scores("all cameras as one", "pooled", _POOLED, one_space))
    return rows


def _count(pairs: Pairs, engine: Engine, frames: int) -> _Counts:
    return _Counts(
        clear(pairs) if engine == "vectorised" else clear_by_motmetrics(pairs),
        _identity(pairs, engine),
        associate(pairs),
        frames,
        _different(pairs.truth_rows),
        _different(pairs.predicted_rows),
    )


def _identity(pairs: Pairs, engine: Engine) -> IdentityCounts:
    return identify(pairs) if engine == "vectorised" else identify_by_motmetrics(pairs)


def _different(rows: Rows) -> int:
    return len(np.unique(rows.identity))


def _scores(label: str, kind: str, matching: str, counts: _Counts) -> Scores:
    c, i, h = counts.clear, counts.identity, counts.hota
    ground = kind == "ground"
    return Scores(
        label=label,
        kind=kind,
        matching=matching,
        unit="m" if ground else "IoU",
        frames=counts.frames,
        truth=c.truth,
        predicted=c.predicted,
        matches=c.matches,
        identities=counts.identities,
        predicted_identities=counts.predicted_identities,
        mota=c.mota,
        motp=c.motp if ground else 1 - c.motp,
        misses=c.misses,
        false_positives=c.false_positives,
        switches=c.switches,
        fragmentations=c.fragmentations,
        mostly_tracked=c.mostly_tracked,
        partly_tracked=c.partly_tracked,
        mostly_lost=c.mostly_lost,
        idf1=i.idf1,
        idp=i.idp,
        idr=i.idr,
        hota=h.hota,
        deta=h.deta,
        assa=h.assa,
        detre=h.detre,
        detpr=h.detpr,
        assre=h.assre,
        asspr=h.asspr,
        loca=h.loca,
    )


def _identity_notes(rows: list[Scores]) -> list[str]:
    """Whether identities hold within the cameras only."""
    idf1 = {row.kind: row.idf1 for row in rows}
    if "pooled" not in idf1 or not idf1["sum"] - idf1["pooled"] > FAR_BELOW:
        return []
    return [
        f"IDF1 is {100 * idf1['sum']:.1f}% with identities per camera but"
        f" {100 * idf1['pooled']:.1f}% in one identity space: the prediction does not give a"
        " person the same identity in every camera."
    ]


def _on_ground(gate: float) -> str:
    return (
        f"people are matched by where they stand on the floor, at most {gate:g} m apart"
        f" (Euclidean); MOTP is the mean distance of the matches; HOTA's similarity is"
        f" 1 - distance / {2 * gate:g} m."
    )


def _in_boxes(iou: float) -> str:
    return (
        f"boxes are matched by an IoU of at least {iou:g}; identities count within the camera"
        " only; MOTP is the mean IoU of the matches."
    )


_SUMMED = (
    "the counts of the cameras added up; identities still count within each camera only, so a"
    " different identity in another camera costs nothing here."
)

_POOLED = (
    "the same boxes in one identity space: IDF1, IDP, IDR, HOTA, DetA and AssA with one assignment"
    " of identities for all images of all cameras; the other columns are the sums over cameras,"
    " because a switch between images of two cameras has no meaning."
)
