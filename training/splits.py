"""Dividing labelled pictures: people to learn from and to test on, queries and gallery."""

from __future__ import annotations

import numpy as np

from ..sequences.views import Ints
from .pictures import DISTRACTOR, UNKNOWN_CAMERA, Pictures, ReidData


def people_apart(pictures: Pictures, share: float, seed: int = 0) -> tuple[Pictures, Pictures]:
    """Pictures of some people, and those of a share of them, drawn at random.

    Args:
        pictures: of people.
        share: of the people in the second part, 0 to 1; rounded, and at least one on either side
            if it is neither 0 nor 1.
        seed: the same share of the same people is the same draw.

    Raises:
        ValueError: a share outside 0 to 1, or fewer than two people to be divided.
    """
    people = pictures.people
    if not 0 <= share <= 1:
        raise ValueError(f"the share of people to test on is {share}: expected 0 to 1")
    if 0 < share < 1 and len(people) < 2:
        raise ValueError(f"{len(people)} people cannot be divided: expected 2 or more")
    count = round(share * len(people))
    if 0 < share < 1:
        count = min(max(count, 1), len(people) - 1)
    chosen = np.random.default_rng(seed).permutation(people)[:count]
    second = np.isin(pictures.identity, chosen)
    return pictures[~second], pictures[second]


def query_and_gallery(pictures: Pictures, seed: int = 0) -> tuple[Pictures, Pictures]:
    """Pictures that are asked for, and those in which they are looked for.

    As in Market-1501: of each person and camera one picture, drawn at random, is a query, as far
    as one remains and another camera has one of the same person; all others are the gallery. Of
    a person with a single picture by each camera, one is the query. Where cameras are not known,
    one picture of each person with two or more is the query. Who cannot be asked for is in the
    gallery alone.

    Args:
        pictures: of people; distractors and junk go into the gallery.
        seed: the same pictures are divided in the same way.
    """
    rng = np.random.default_rng(seed)
    asked: list[int] = []
    for person in pictures.people.tolist():
        rows = np.flatnonzero(pictures.identity == person)
        asked.extend(_queries(rows, pictures.camera[rows], rng))
    query = np.zeros(len(pictures), dtype=bool)
    query[asked] = True
    return pictures[query], pictures[~query]


def _queries(rows: Ints, camera: Ints, rng: np.random.Generator) -> list[int]:
    """Which of one person's pictures are queries."""
    cameras = np.unique(camera)
    if len(rows) < 2 or (len(cameras) < 2 and cameras[0] != UNKNOWN_CAMERA):
        return []
    if len(cameras) < 2:
        return [int(rng.choice(rows))]
    several = [k for k in cameras if (camera == k).sum() > 1]
    if not several:
        return [int(rng.choice(rows))]
    return [int(rng.choice(rows[camera == k])) for k in several]


def hold_out(data: ReidData, identities: int = 100, seed: int = 0) -> ReidData:
    """A data set for validation: some of the people to learn from are tested on instead.

    Args:
        data: its query and gallery are not looked at.
        identities: people held out, drawn at random.
        seed: the same people are held out each time.

    Raises:
        ValueError: no more people than are to be held out.
    """
    people = data.train.people
    if not 1 <= identities < len(people):
        raise ValueError(
            f"{identities} of {len(people)} people in {data.name} cannot be held out: expected 1"
            f" to {len(people) - 1}"
        )
    chosen = np.random.default_rng(seed).permutation(people)[:identities]
    held = np.isin(data.train.identity, chosen)
    query, gallery = query_and_gallery(data.train[held], seed)
    return ReidData(f"{data.name}, {identities} held out", data.train[~held], query, gallery)


def join(*parts: ReidData) -> ReidData:
    """One data set of several, whose people and cameras are all different.

    The numbers of each are moved behind those of the one before; distractors, junk and unknown
    cameras stay what they are.

    Raises:
        ValueError: no data set.
    """
    if not parts:
        raise ValueError("there is no data set to join")
    moved: list[tuple[Pictures, Pictures, Pictures]] = []
    person = camera = 0
    for data in parts:
        three = (data.train, data.query, data.gallery)
        moved.append(
            (
                _moved(data.train, person, camera),
                _moved(data.query, person, camera),
                _moved(data.gallery, person, camera),
            )
        )
        person += max((int(p.identity.max()) for p in three if len(p)), default=0)
        camera += 1 + max((int(p.camera.max()) for p in three if len(p)), default=0)
    name = "+".join(data.name for data in parts)
    train, query, gallery = (Pictures.concatenate(column) for column in zip(*moved, strict=True))
    return ReidData(name, train, query, gallery)


def _moved(pictures: Pictures, person: int, camera: int) -> Pictures:
    """The same pictures with larger numbers."""
    identity = pictures.identity + person * (pictures.identity > DISTRACTOR)
    known = pictures.camera != UNKNOWN_CAMERA
    return Pictures(pictures.sources, identity, pictures.camera + camera * known, pictures.names)
