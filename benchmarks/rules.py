"""Rules of the decision who somebody is that have no setting, and what to put in their place."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np

from reid_mot.trackers.identities import Identities
from reid_mot.trackers.likeness import Likeness
from reid_mot.trackers.presence import Presence
from reid_mot.trackers.visits import Visit

Rule = tuple[type, str, Any]

_HELD = Visit.held.fget  # type: ignore[attr-defined]
_TWINS = Presence.twins


RULES: dict[str, Rule] = {
    "who is followed is new at the threshold": (
        Likeness,
        "stranger",
        lambda self, limit, lasting=False: limit,
    ),
    "who is followed is new at once or never": (
        Likeness,
        "stranger",
        lambda self, limit, lasting=False: max(limit, self.several.stranger),
    ),
    "who was recognised at the door is new at the threshold": (
        Visit,
        "held",
        property(lambda self: _HELD(self) if self.reopened else set[int]()),
    ),
    "nobody falls back to the number from before": (
        Visit,
        "held",
        property(lambda self: _HELD(self) & {self.identity}),
    ),
    "all images of a decision become the person's": (
        Identities,
        "_suits",
        lambda self, identity, vectors: np.ones(len(vectors), dtype=np.bool_),
    ),
    "two numbers are never joined": (
        Presence,
        "twins",
        lambda self, visit, others: np.zeros(len(others), dtype=np.bool_),
    ),
    "two numbers are joined in a newcomer's visit only": (
        Presence,
        "twins",
        lambda self, visit, others: _TWINS(self, visit, others) & (visit.newcomer is not None),
    ),
    "a newcomer who becomes somebody older may be two": (
        Visit,
        "reconsidered",
        property(lambda self: False),
    ),
}
"""By name: the class, what is replaced in it, and by what."""


def without(name: str) -> Any:
    """A context in which a rule does not hold."""
    owner, attribute, other = RULES[name]
    return mock.patch.object(owner, attribute, other)
