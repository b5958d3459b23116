from __future__ import annotations

import numpy as np
import pytest

from reid_mot.models.histogram import HistogramEmbedder
from reid_mot.training.drawings import drawn_people
from reid_mot.training.pictures import Pictures, ReidData
from reid_mot.training.retrieval import evaluate


@pytest.fixture(scope="module")
def data() -> ReidData:
    return drawn_people((3, 4), 3, (2, 2), seed=5)


def test_nobody_and_no_camera_is_in_both_halves(data: ReidData) -> None:
    assert data.train.people.tolist() == [1, 2, 3]
    assert data.train.cameras.tolist() == [1, 2]
    assert len(data.train) == 3 * 3 * 2
    for part, count in ((data.query, 1), (data.gallery, 2)):
        assert part.people.tolist() == [4, 5, 6, 7]
        assert part.cameras.tolist() == [3, 4]
        assert len(part) == 4 * 2 * count


def test_everything_follows_from_the_seed(data: ReidData) -> None:
    again, other = drawn_people((3, 4), 3, (2, 2), seed=5), drawn_people((3, 4), 3, (2, 2), seed=6)
    assert again.train.sources == data.train.sources
    assert again.query.sources == data.query.sources
    assert not set(other.train.sources) & set(data.train.sources)


def test_pictures_are_of_people_seen_whole(data: ReidData) -> None:
    shapes = np.array([data.train.image(row).shape[:2] for row in range(len(data.train))])
    assert shapes[:, 0].min() > 60
    assert 1.0 < np.median(shapes[:, 0] / shapes[:, 1]) < 4.5
    spread = [data.train.image(row).std() for row in range(len(data.train))]
    assert min(spread) > 10


def test_the_same_person_is_more_alike_than_others(data: ReidData) -> None:
    """Above what guessing gets, on people and by cameras apart from those learned from."""
    embed = HistogramEmbedder()
    query, gallery = (embed(images(part)) for part in (data.query, data.gallery))
    scores = evaluate(
        1 - query @ gallery.T,
        data.query.identity,
        data.query.camera,
        data.gallery.identity,
        data.gallery.camera,
    )
    assert scores.mAP > 0.5


def images(pictures: Pictures) -> list[np.ndarray]:
    return [pictures.image(row) for row in range(len(pictures))]


def test_cameras_see_colours_differently(data: ReidData) -> None:
    """One picture's mean says by which camera it is, better than chance, as in a real room."""
    means = np.array([image.mean(axis=(0, 1)) for image in images(data.gallery)])
    by_camera = [means[data.gallery.camera == camera].mean(axis=0) for camera in (3, 4)]
    assert np.abs(by_camera[0] - by_camera[1]).max() > 2


@pytest.mark.parametrize("wrong", [{"images": 0}, {"identities": (0, 1)}, {"seed": -1}])
def test_bad_numbers_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected 1 or more of each"):
        drawn_people(**wrong)  # type: ignore[arg-type]
