"""A stated noise model: what an imperfect detector makes of the true boxes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .cameras import Camera, Floats, in_region
from .outline import clip_boxes
from .views import Detections, Ints


@dataclass(frozen=True)
class DetectionNoise:
    """How a detector errs, independently at each instant and camera.

    A person of whom the share v is visible is found with probability
    `(1 - miss) * s((v - hidden) / (clear - hidden))`, where s clips to [0, 1]: never below the
    share `hidden`, and with the base rate of misses above `clear`. A box's left and right edges
    are each moved by a normal error of `jitter` times its width, top and bottom by `jitter` times
    its height; then the box is clipped to the image. Scores are normal about `score[0]`, lowered
    by half the hidden share, with deviation `score[1]`, clipped to [0.05, 1].

    Args:
        miss: probability that a fully visible person is missed.
        hidden, clear: visible shares, 0 <= hidden < clear <= 1.
        false_boxes: mean number of boxes without a person in one view (Poisson); each stands at
            a random place on the floor with a person's size.
        jitter: standard deviation of an edge, as a share of the box's size.
        score: mean and deviation of the scores of people.
        false_score: mean and deviation of the scores of false boxes.

    Raises:
        ValueError: a value outside its range.
    """

    miss: float = 0.03
    hidden: float = 0.2
    clear: float = 0.6
    false_boxes: float = 0.06
    jitter: float = 0.02
    score: tuple[float, float] = (0.88, 0.06)
    false_score: tuple[float, float] = (0.45, 0.12)

    def __post_init__(self) -> None:
        if not 0 <= self.miss <= 1:
            raise ValueError(f"miss {self.miss} is not a probability")
        if not 0 <= self.hidden < self.clear <= 1:
            raise ValueError(f"expected 0 <= hidden < clear <= 1: {self.hidden}, {self.clear}")
        for name in ("false_boxes", "jitter"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name} {getattr(self, name)} is negative or not finite")
        for name in ("score", "false_score"):
            if not all(0 <= value <= 1 for value in getattr(self, name)):
                raise ValueError(f"{name} {getattr(self, name)}: expected values from 0 to 1")


def detection_chance(visible: Floats, noise: DetectionNoise) -> Floats:
    """(n,) the probability that people with these visible shares are found."""
    share = (visible - noise.hidden) / (noise.clear - noise.hidden)
    return np.asarray((1 - noise.miss) * np.clip(share, 0.0, 1.0))


def jittered(rng: np.random.Generator, boxes: Floats, jitter: float) -> Floats:
    """(n, 4) boxes with every edge moved by a normal error of `jitter` times the box's size.

    Boxes keep at least a fifth of their size.
    """
    size = boxes[:, 2:] - boxes[:, :2]
    moved = boxes + rng.normal(0.0, 1.0, boxes.shape) * jitter * np.hstack([size, size])
    middle = (moved[:, :2] + moved[:, 2:]) / 2
    half = np.maximum(moved[:, 2:] - moved[:, :2], 0.2 * size) / 2
    return np.hstack([middle - half, middle + half])


def false_boxes(rng: np.random.Generator, camera: Camera, region: Floats, count: int) -> Floats:
    """(k, 4) boxes of people who are not there, at most `count`: those in view of the camera."""
    low, high = region.min(axis=0), region.max(axis=0)
    place = rng.uniform(low, high, (count, 2))
    height, width = rng.uniform(0.9, 1.9, count), rng.uniform(0.45, 0.75, count)
    place = place[in_region(place, region)]
    count = len(place)
    feet = camera.to_pixels(np.column_stack([place, np.zeros(count)]))
    heads = camera.to_pixels(np.column_stack([place, height[:count]]))
    half = np.abs(feet[:, 1] - heads[:, 1]) * width[:count] / 2 / height[:count]
    middle = (feet[:, 0] + heads[:, 0]) / 2
    boxes = clip_boxes(
        np.column_stack([middle - half, heads[:, 1], middle + half, feet[:, 1]]), camera.size
    )
    return boxes[np.isfinite(boxes).all(axis=1)]


def draw_detections(
    rng: np.random.Generator,
    camera: Camera,
    boxes: Floats,
    visible: Floats,
    instant: Ints,
    instants: int,
    region: Floats,
    noise: DetectionNoise,
) -> list[Detections]:
    """What the detector finds in one camera at every instant.

    Args:
        rng: drawn from in a fixed order.
        camera: with its image's size.
        boxes: (n, 4) true boxes, not clipped; NaN where not before the camera.
        visible: (n,) shares.
        instant: (n,) of each row, from 0.
        instants: how many there are.
        region: (k, 2) the floor's corners, where false boxes stand.
        noise: the model.

    Returns:
        one entry for each instant, boxes in random order.
    """
    found = rng.random(len(boxes)) < detection_chance(visible, noise)
    found &= np.isfinite(boxes).all(axis=1)
    seen = clip_boxes(jittered(rng, np.nan_to_num(boxes), noise.jitter), camera.size)
    found &= np.isfinite(seen).all(axis=1)
    means = noise.score[0] - 0.5 * (1 - visible)
    scores = rng.normal(means, noise.score[1])
    wrong = rng.poisson(noise.false_boxes, instants)
    ghosts = false_boxes(rng, camera, region, int(wrong.sum()))
    when = np.repeat(np.arange(instants), wrong)[: len(ghosts)]
    every = np.concatenate([instant[found], when])
    box = np.vstack([seen[found], ghosts])
    score = np.concatenate([scores[found], rng.normal(*noise.false_score, len(ghosts))])
    order = np.lexsort((rng.random(len(every)), every))
    ends = np.searchsorted(every[order], np.arange(instants + 1))
    score = np.clip(score, 0.05, 1.0)
    return [Detections(box[order[a:b]], score[order[a:b]]) for a, b in pairwise(ends)]
