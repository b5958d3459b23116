"""How good labels are that people give themselves, where the truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..followed import Sighted
from ..sequences import MultiCameraSequence, Tracks
from ..sequences.views import Ints
from ..trackers.calibrating import Calibration, calibrate
from ..trackers.distance_pairs import Distances, Images, Pair, labelled_set_distances
from ..truth_match import match_people


@dataclass(frozen=True, eq=False)
class Labelled:
    """Pictures that labelled themselves, and what was measured with them.

    Args:
        seen: n pictures of people who were followed.
        images: the same with their vectors.
        together: pairs of tracklets that are two people.
        single: distances of pictures, of one person and of two.
        sets: the same of sets of pictures.
        calibration: the threshold that follows from `sets`.
    """

    seen: Sighted
    images: Images
    together: set[Pair]
    single: tuple[Distances, Distances]
    sets: tuple[Distances, Distances]
    calibration: Calibration


def by_truth(
    sequence: MultiCameraSequence, found: Labelled, false_accepts: float
) -> dict[str, object] | None:
    """How good the labels were, and the threshold of the truth's own labels; in terms of JSON.

    Args:
        sequence: with truth.
        found: what was measured without it.
        false_accepts: see `calibrate`.

    Returns:
        shares of pictures and labels, and where there are enough comparisons the truth's
        threshold; None where nobody was matched with the truth.
    """
    truth = sequence.truth
    assert truth is not None
    who = _people(truth, sequence, found.seen)
    known = who >= 0
    if not known.any():
        return None
    content: dict[str, object] = {"pictures_of_nobody": float((~known).mean())}
    for name, (same, different) in (("pictures", found.single), ("sets", found.sets)):
        content[f"wrong_of_one_{name}"] = _wrong(same, who, alike=True)
        content[f"wrong_of_two_{name}"] = _wrong(different, who, alike=False)
    images = found.images
    some = Images(
        *(
            getattr(images, name)[known]
            for name in ("vectors", "tracklet", "person", "time", "camera", "quality")
        )
    )
    sets = labelled_set_distances(some, who[known])
    try:
        fitted = calibrate(*sets, who[known], false_accepts, rounds=0)
    except ValueError:
        return content
    threshold = found.calibration.threshold
    return {
        **content,
        "threshold": fitted.threshold,
        "equal_error": fitted.equal_error,
        "equal_threshold": fitted.equal_threshold,
        "comparisons_of_one": len(sets[0]),
        "comparisons_of_two": len(sets[1]),
        "accepted_by_free_threshold": float((sets[1].values < threshold).mean()),
        "refused_by_free_threshold": float((sets[0].values >= threshold).mean()),
    }


def _people(truth: Tracks, sequence: MultiCameraSequence, seen: Sighted) -> Ints:
    """Who each row is, -1 for nobody."""
    names = np.array([camera.name for camera in sequence.cameras])
    rows = Tracks(seen.frame, names[seen.camera], seen.person, seen.box, seen.ground)
    matches = match_people(truth[np.isin(truth.frame, seen.frame)], rows)
    return matches.people_of(rows)


def _wrong(distances: Distances, who: Ints, alike: bool) -> float | None:
    """The share of comparisons whose label the truth contradicts, of those that it knows."""
    one, two = who[distances.first], who[distances.second]
    known = (one >= 0) & (two >= 0)
    return float(((one == two) != alike)[known].mean()) if known.any() else None
