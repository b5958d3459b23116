"""What the file of known people holds: its tables, and their rows as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

APPLICATION = 0x52654D54
"""SQLite's application id of these files, "ReMT"."""

SCHEMA = 1
"""The one version of the tables below that this code reads and writes."""

TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE embedder (name TEXT NOT NULL);
CREATE TABLE people (
    identity INTEGER PRIMARY KEY, name TEXT NOT NULL, created REAL NOT NULL, seen REAL NOT NULL,
    holder TEXT, until REAL, revision INTEGER NOT NULL);
CREATE UNIQUE INDEX person_of_name ON people (name) WHERE name <> '';
CREATE TABLE images (
    image INTEGER PRIMARY KEY AUTOINCREMENT,
    identity INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    vector BLOB NOT NULL, quality REAL NOT NULL, taken REAL NOT NULL);
CREATE INDEX images_of_person ON images (identity);
CREATE TABLE changes (
    change INTEGER PRIMARY KEY AUTOINCREMENT, made REAL NOT NULL, told TEXT NOT NULL,
    born INTEGER);
CREATE TABLE kept_people (
    change INTEGER NOT NULL REFERENCES changes ON DELETE CASCADE,
    identity INTEGER NOT NULL, name TEXT NOT NULL, created REAL NOT NULL, seen REAL NOT NULL);
CREATE TABLE kept_images (
    change INTEGER NOT NULL REFERENCES changes ON DELETE CASCADE, image INTEGER NOT NULL,
    identity INTEGER NOT NULL, vector BLOB NOT NULL, quality REAL NOT NULL, taken REAL NOT NULL);
CREATE TABLE new_images (
    change INTEGER NOT NULL REFERENCES changes ON DELETE CASCADE, image INTEGER NOT NULL);
INSERT INTO facts VALUES ('next', 1), ('revision', 0), ('dim', 0);
"""


@dataclass(frozen=True)
class Person:
    """What is known of a person, without the vectors.

    Args:
        identity: the number, never given to anybody else.
        name: empty where nobody has named the person.
        images: number of vectors kept.
        created, seen: seconds of the clock, when first and last images came in.
        holder: who says that the person is present; None: absent.
    """

    identity: int
    name: str
    images: int
    created: float
    seen: float
    holder: str | None


class Looks(NamedTuple):
    """The images of one person, as vectors.

    Args:
        numbers: (k,) of the images in the file.
        vectors: (k, d) float32 rows of unit length.
        qualities: (k,).
        taken: (k,) seconds of the clock.
    """

    numbers: NDArray[np.int64]
    vectors: Vectors
    qualities: NDArray[np.float64]
    taken: NDArray[np.float64]
