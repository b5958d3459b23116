from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import FormatError, read_calibration
from reid_mot.sequences.mot_text import read_mot_tracks
from reid_mot.sequences.tsai import fit_lens, lens_error, read_tsai

XML = """<?xml version="1.0" encoding="UTF-8"?>
<Camera name="View_7">
 <Geometry width="768" height="576" ncx="795" nfx="752" dx="0.00485" dy="0.00465"
  dpx="0.005" dpy="0.0046"/>
 <Intrinsic focal="5.5" kappa1="0.005" cx="324" cy="282" sx="1.1"/>
 <Extrinsic tx="800" ty="-3000" tz="35000" rx="2.04" ry="-0.89" rz="-0.43"/>
</Camera>
"""


def write(tmp_path: Path, text: str = XML) -> Path:
    path = tmp_path / "view.xml"
    path.write_text(text)
    return path


def tsai_pixel(x: np.ndarray) -> tuple[float, float]:
    """Tsai's equations as he writes them, step by step, the cubic solved by its roots."""
    a, b, c = 2.04, -0.89, -0.43
    rx = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    ry = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    rz = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    seen = rz @ ry @ rx @ (1000 * x) + [800, -3000, 35000]
    ideal = 5.5 * seen[:2] / seen[2]
    radius = np.linalg.norm(ideal)
    roots = np.roots(np.array([0.005, 0, 1, -radius]))
    real = roots[np.abs(roots.imag) < 1e-9].real
    distorted = ideal * (real[0] / radius)
    return 1.1 * distorted[0] / 0.005 + 324, distorted[1] / 0.0046 + 282


@pytest.mark.parametrize("point", [[0, 0, 0], [5, 3, 0], [-7, 2, 1.8], [2, -9, 0.5], [-9, -9, 0]])
def test_pixels_equal_tsais_own_equations(tmp_path: Path, point: list[float]) -> None:
    camera = read_tsai(write(tmp_path))
    x = np.array(point, dtype=float)
    np.testing.assert_allclose(camera.to_pixels([x])[0], tsai_pixel(x), atol=0.1)


def test_name_size_and_calibration(tmp_path: Path) -> None:
    room = read_calibration(write(tmp_path))
    assert room.name == "View_7"
    assert room.cameras[0].size == (768, 576)


def test_lens_round_trips_through_the_ground(tmp_path: Path) -> None:
    camera = read_tsai(write(tmp_path))
    pixels = np.array([[300.0, 300], [100, 500], [760, 560], [5, 570]])
    np.testing.assert_allclose(camera.to_pixels(camera.to_ground(pixels)), pixels, atol=1e-3)


@pytest.mark.parametrize("kappa", [-0.3, -0.05, 0.0, 0.05, 0.15, 0.6])
def test_lenses_are_followed_closely(kappa: float) -> None:
    k = np.array([[800.0, 0, 384], [0, 800, 288], [0, 0, 1]])
    assert lens_error(k, (768, 576), kappa, fit_lens(k, (768, 576), kappa)) < 0.1


def test_lens_error_sees_a_missing_lens() -> None:
    k = np.array([[800.0, 0, 384], [0, 800, 288], [0, 0, 1]])
    assert lens_error(k, (768, 576), 0.15, np.zeros(5)) > 5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('focal="5.5"', 'focal="x"', "field 'Intrinsic.focal': expected a number, found 'x'"),
        ('focal="5.5"', "", "field 'Intrinsic.focal': expected a number"),
        ('tx="800"', 'tx="nan"', "field 'Extrinsic.tx': expected a finite number"),
        ('dpx="0.005"', 'dpx="0"', "field 'dpx': expected a positive number"),
        ("<Geometry", "<Geo", "field 'Geometry': expected an element Geometry"),
        ('kappa1="0.005"', 'kappa1="-50"', "field 'kappa1': expected a lens"),
        ("</Camera>", "", "line .: expected XML"),
        ("Camera", "Kamera", "the root element Camera"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_tsai(write(tmp_path, XML.replace(old, new)))


@pytest.mark.data
def test_people_of_pets_have_plausible_heights_and_speeds(data: Callable[[str], Path]) -> None:
    folder = data("pets09-s2l1")
    camera = read_tsai(folder / "calibration-View_001.xml")
    tracks = read_mot_tracks(folder / "gt" / "gt.txt", "a")
    left, top, right, bottom = tracks.box.T
    feet = camera.to_ground(np.column_stack([(left + right) / 2, bottom]))
    assert np.isfinite(feet).all()
    heights = np.linspace(0, 3, 301)
    heads = np.stack([camera.to_pixels(feet, h)[:, 1] for h in heights])
    height = heights[np.abs(heads - top).argmin(axis=0)]
    low, middle, high = np.percentile(height, [1, 50, 99])
    assert 1.5 < low < high < 2.1
    assert 1.65 < middle < 1.85
    speeds = []
    for identity in np.unique(tracks.identity):
        mine = np.flatnonzero(tracks.identity == identity)
        a, b = mine[:-10], mine[10:]
        a, b = (x[tracks.frame[b] - tracks.frame[a] == 10] for x in (a, b))
        speeds.append(np.linalg.norm(feet[b] - feet[a], axis=1))
    assert 1.0 < np.median(np.concatenate(speeds)) < 1.8
    assert np.percentile(np.concatenate(speeds), 95) < 2.5
