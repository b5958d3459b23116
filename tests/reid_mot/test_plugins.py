"""Objects by their names, and trackers with what they can use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from reid_mot.models import HistogramEmbedder
from reid_mot.plugins import SEQUENCES, TRACKERS, load_named, make_tracker
from reid_mot.sequences import MotChallenge, Tracks, View
from reid_mot.sequences.cameras import Floats


@dataclass(frozen=True)
class Settings:
    """Fields of several types."""

    reach: float = 1.0
    patience: int = 3
    gallery: int | None = None
    gates: tuple[float, float] = (1.0, 2.0)


@dataclass(frozen=True)
class Noise:
    """Settings of a part."""

    pixels: float = 3.0


class Plain:
    """A tracker without anything to choose."""

    def step(self, views: Sequence[View]) -> Tracks:
        """Nobody."""
        return Tracks.empty()


class Choosy(Plain):
    """A tracker that takes everything."""

    def __init__(
        self,
        embedder: object = None,
        *,
        region: Floats | None = None,
        settings: Settings | None = None,
        noise: Noise = Noise(),
    ) -> None:
        self.embedder, self.region, self.settings = embedder, region, settings or Settings()
        self.noise = noise


def test_an_object_by_its_path() -> None:
    assert load_named("reid_mot.sequences:MotChallenge", SEQUENCES) is MotChallenge


def test_a_short_name(published_names: None) -> None:
    assert load_named("motchallenge", SEQUENCES) is MotChallenge


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(ValueError, match=r"no tracker is called 'rom'\. Names: "):
        load_named("rom", TRACKERS)


@pytest.mark.parametrize("what", ["no_such_package:Tracker", "reid_mot.trackers:Nobody"])
def test_a_wrong_path_is_an_import_error(what: str) -> None:
    with pytest.raises(ImportError, match=what):
        load_named(what, TRACKERS)


def test_a_tracker_gets_what_it_takes() -> None:
    embedder, region = HistogramEmbedder(), np.array([[0.0, 0], [1, 0], [1, 1]])

    chosen = make_tracker(Choosy, embedder=embedder, region=region, changes={"patience": 5})

    tracker = chosen.tracker
    assert isinstance(tracker, Choosy)
    assert tracker.embedder is embedder
    assert tracker.region is region
    assert tracker.settings == Settings(patience=5)
    assert chosen.settings == {"settings": Settings(patience=5), "noise": Noise()}
    assert chosen.name.endswith(":Choosy")


def test_a_tracker_without_a_region_does_without() -> None:
    assert isinstance(make_tracker(Plain, region=np.zeros((3, 2))).tracker, Plain)


def test_a_finished_tracker_is_taken_as_it_is() -> None:
    tracker = Plain()

    assert make_tracker(tracker).tracker is tracker


def test_an_embedder_for_a_tracker_without_one_is_refused() -> None:
    with pytest.raises(ValueError, match="takes no embedder"):
        make_tracker(Plain, embedder=HistogramEmbedder())


def test_settings_for_a_tracker_without_them_are_refused() -> None:
    with pytest.raises(ValueError, match="no 'settings' to set: it has nothing"):
        make_tracker(Plain, changes={"reach": 2.0})


def test_parts_have_settings_of_their_own() -> None:
    chosen = make_tracker(Choosy, changes={"noise.pixels": 5, "reach": 2.0})

    assert isinstance(chosen.tracker, Choosy)
    assert chosen.tracker.noise == Noise(5)
    assert chosen.tracker.settings == Settings(reach=2.0)


def test_an_unknown_part_lists_those_there_are() -> None:
    with pytest.raises(ValueError, match="no 'motion' to set: it has settings, noise"):
        make_tracker(Choosy, changes={"motion.speed": 5})


def test_what_is_no_tracker_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a tracker"):
        make_tracker(dict)
