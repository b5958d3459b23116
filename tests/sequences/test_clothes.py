import numpy as np
import pytest

from reid_mot.sequences.clothes import PATTERNS, draw_clothes, trunk_pattern
from reid_mot.sequences.figures import draw_builds
from reid_mot.sequences.mesh import FACES, face_slices


@pytest.fixture(scope="module")
def clothes() -> np.ndarray:
    return draw_clothes(np.random.default_rng(1), draw_builds(np.random.default_rng(1), 12))


def test_colours_are_colours(clothes: np.ndarray) -> None:
    assert clothes.shape == (12, FACES, 3)
    assert clothes.min() >= 0.0
    assert clothes.max() <= 1.0


def test_no_two_people_are_dressed_alike(clothes: np.ndarray) -> None:
    worn = clothes[:, : face_slices()["extras"].start]
    for a in range(12):
        for b in range(a):
            assert (np.abs(worn[a] - worn[b]).max(axis=1) > 0.1).mean() > 0.2


def test_mean_colour_does_not_tell_everybody_apart(clothes: np.ndarray) -> None:
    """Some people's mean colours differ less than one person's front and back do."""
    limbs = face_slices()["extras"].start
    means = clothes[:, :limbs].mean(axis=1)
    gaps = np.linalg.norm(means[:, None] - means, axis=2)[np.triu_indices(12, 1)]
    assert gaps.min() < 0.06


def test_seven_colours_at_most_are_shared_by_the_trunks() -> None:
    rng = np.random.default_rng(5)
    builds = draw_builds(rng, 30)
    trunk = draw_clothes(rng, builds)[~builds.pack][:, face_slices()["trunk"]].reshape(-1, 3)
    assert len(np.unique(trunk.round(6), axis=0)) <= 7


def test_patterns_differ_and_the_trousers_row_is_nobodys_business() -> None:
    masks = [trunk_pattern(name) for name in PATTERNS]
    for a in range(len(masks)):
        for b in range(a):
            assert (masks[a][1:] != masks[b][1:]).any()


def test_logo_looks_different_from_the_front_and_the_back() -> None:
    logo = trunk_pattern("logo")
    assert logo[:, [15, 0]].sum() > logo[:, [7, 8]].sum() > 0


def test_unknown_pattern_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown pattern 'tartan'.*hoops"):
        trunk_pattern("tartan")
