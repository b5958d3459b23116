"""What people wear: a colour for every quadrilateral of a figure's surface.

A room's clothes share few colours, so that one mean colour does not tell who somebody is: people
differ in where the colours sit, in patterns, and in what is seen from the front and the back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cameras import Floats
from .figures import Builds
from .mesh import EXTRAS, FACES, HEAD, LIMBS, TRUNK, face_slices

PALETTE = np.array(
    [
        (0.13, 0.18, 0.36),
        (0.68, 0.14, 0.15),
        (0.88, 0.87, 0.84),
        (0.11, 0.11, 0.12),
        (0.50, 0.50, 0.52),
        (0.16, 0.40, 0.26),
        (0.82, 0.63, 0.20),
        (0.42, 0.60, 0.78),
        (0.76, 0.66, 0.50),
        (0.40, 0.25, 0.48),
        (0.85, 0.43, 0.17),
        (0.30, 0.19, 0.12),
    ]
)
"""(12, 3) sRGB colours of clothes; a room uses seven of them."""

SKINS = np.array([(0.93, 0.76, 0.65), (0.84, 0.64, 0.50), (0.65, 0.45, 0.33), (0.40, 0.27, 0.20)])
HAIRS = np.array(
    [
        (0.10, 0.08, 0.07),
        (0.28, 0.18, 0.11),
        (0.62, 0.48, 0.26),
        (0.55, 0.53, 0.51),
        (0.38, 0.16, 0.08),
    ]
)

FRONT, BACK, LEFT, RIGHT = (15, 0), (7, 8), (3, 4), (11, 12)
"""Columns of the trunk's 16."""

PATTERNS = ("plain", "hoops", "stripes", "checks", "jacket", "logo", "yoke", "band", "sides")


def trunk_pattern(name: str) -> NDArray[np.bool_]:
    """(rows, 16) where the trunk's second colour shows; the lowest row belongs to the trousers.

    Raises:
        ValueError: an unknown name.
    """
    rows, columns = np.indices((TRUNK.rows, TRUNK.columns))
    masks = {
        "plain": np.zeros(rows.shape, dtype=bool),
        "hoops": rows % 2 == 0,
        "stripes": columns % 4 < 2,
        "checks": (rows + columns // 2) % 2 == 0,
        "jacket": np.isin(columns, (*FRONT, 1, 14)),
        "logo": (np.isin(columns, (*FRONT, 1, 14)) & np.isin(rows, (4, 5)))
        | (np.isin(columns, (6, *BACK, 9)) & (rows == 6)),
        "yoke": rows >= 5,
        "band": np.isin(rows, (3, 4)),
        "sides": np.isin(columns, (2, *LEFT, 5, 10, *RIGHT, 13)),
    }
    if name not in masks:
        raise ValueError(f"unknown pattern {name!r}: expected one of {', '.join(masks)}")
    return np.asarray(masks[name])


def draw_clothes(rng: np.random.Generator, builds: Builds) -> Floats:
    """(p, FACES, 3) sRGB colours of people, no two dressed alike."""
    people = len(builds.height)
    palette = PALETTE[rng.permutation(len(PALETTE))[:7]]
    patterns = [
        name for _ in range(-(-people // len(PATTERNS))) for name in rng.permutation(PATTERNS)
    ]
    taken: set[tuple[int, ...]] = set()
    albedo = np.zeros((people, FACES, 3))
    for person in range(people):
        # Three different colours: upper, its second, lower. Combinations are not repeated
        # while any is left.
        for _ in range(100):
            choice = tuple(int(k) for k in rng.permutation(len(palette))[:3])
            if choice not in taken:
                break
        taken.add(choice)
        albedo[person] = _dress(rng, palette[list(choice)], str(patterns[person]))
        pack = palette[int(rng.integers(len(palette)))]
        _put_extras(albedo[person], rng, choice, palette, pack)
        if builds.pack[person]:
            trunk = albedo[person, face_slices()["trunk"]].reshape(TRUNK.rows, TRUNK.columns, 3)
            trunk[3:, [1, 14]] = 0.8 * pack  # the straps in front
    return albedo


def _dress(rng: np.random.Generator, colours: Floats, pattern: str) -> Floats:
    """(FACES, 3) colours of one person, but for the extras."""
    upper, second, lower = colours
    skin, hair = SKINS[rng.integers(len(SKINS))], HAIRS[rng.integers(len(HAIRS))]
    faces = np.zeros((FACES, 3))
    parts = face_slices()
    trunk = np.where(trunk_pattern(pattern)[..., None], second, upper)
    trunk[0] = lower
    faces[parts["trunk"]] = trunk.reshape(-1, 3)
    faces[parts["head"]] = _head(rng, skin, hair, second).reshape(-1, 3)
    faces[parts["limbs"]] = _limbs(rng, colours, skin, pattern).reshape(-1, 3)
    shoe = np.array([(0.08, 0.08, 0.09), (0.85, 0.85, 0.83), (0.35, 0.22, 0.13), second])
    faces[parts["feet"]] = shoe[rng.integers(len(shoe))]
    return faces


def _head(rng: np.random.Generator, skin: Floats, hair: Floats, cap: Floats) -> Floats:
    """(rows, columns, 3): neck, jaw, face between the hair, and the hair, a cap or a bald top."""
    head = np.broadcast_to(skin, (HEAD.rows, HEAD.columns, 3)).copy()
    style = int(rng.integers(5))
    if style != 0:
        head[5:] = hair
        head[4, 2:10] = hair
        head[2:4, 4:8] = hair
    if style == 1:
        head[4:] = cap
    if style == 2:
        head[1, [11, 0, 1, 10]] = head[2, [11, 0]] = 0.7 * hair + 0.3 * skin  # a beard
    head[3, [10, 1]] = 0.72 * skin  # the shadow about the eyes
    return head


def _limbs(rng: np.random.Generator, colours: Floats, skin: Floats, pattern: str) -> Floats:
    """(8, rows, columns, 3) of arms and legs."""
    upper, second, lower = colours
    limbs = np.zeros((LIMBS.parts, LIMBS.rows, LIMBS.columns, 3))
    sleeve = second if pattern in ("yoke", "sides") else upper
    limbs[:4] = sleeve
    if pattern in ("hoops", "checks"):
        limbs[:4, ::2] = second
    if rng.random() < 0.4 and pattern != "jacket":  # short sleeves
        limbs[:2, 3:] = skin
        limbs[2:4] = skin
    limbs[2:4, 3:] = skin
    limbs[4:] = lower
    style = int(rng.integers(5))
    if style == 0:  # shorts
        limbs[6:] = limbs[4:6, 4:] = skin
    elif style == 1:  # a stripe down the outer sides
        limbs[[4, 6], :, 1:3] = second
        limbs[[5, 7], :, 5:7] = second
    elif style == 2:  # turned-up ends
        limbs[6:, 4] = 0.5 + 0.5 * lower
    return limbs


def _put_extras(
    faces: Floats,
    rng: np.random.Generator,
    choice: tuple[int, ...],
    palette: Floats,
    pack: Floats,
) -> None:
    """Colour the backpack, the long hair (as the hair at the back of the head) and the skirt."""
    parts = face_slices()
    extras = faces[parts["extras"]].reshape(EXTRAS.parts, EXTRAS.rows, EXTRAS.columns, 3)
    extras[0] = pack
    extras[0, 1, 3:7] = 0.7 * pack + 0.25
    extras[1] = faces[parts["head"]].reshape(HEAD.rows, HEAD.columns, 3)[2, 5]
    extras[2] = palette[choice[2]]
    if rng.random() < 0.5:
        extras[2, 1::2] = palette[choice[1]]
