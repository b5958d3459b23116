from dataclasses import replace

import pytest

from reid_mot.trackers import CameraSettings


@pytest.mark.parametrize("name", ["jitter", "patience", "leaving", "memory", "lapse"])
def test_what_is_divided_by_must_be_positive(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        replace(CameraSettings(), **{name: 0.0})  # type: ignore[arg-type]


def test_a_chance_lies_between_0_and_1() -> None:
    with pytest.raises(ValueError, match=r"detection 1\.0"):
        CameraSettings(detection=1.0)
