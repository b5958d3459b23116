"""The colour of an identity: the same in every view, on the map and in every run."""

from __future__ import annotations

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

COLOURS: tuple[Colour, ...] = (
    (255, 105, 97),
    (77, 184, 255),
    (255, 214, 64),
    (111, 220, 111),
    (214, 134, 255),
    (255, 158, 61),
    (64, 224, 208),
    (255, 133, 194),
    (190, 230, 70),
    (140, 150, 255),
    (226, 178, 128),
    (0, 200, 140),
    (255, 80, 150),
    (120, 205, 230),
    (205, 190, 60),
    (190, 110, 190),
    (250, 235, 160),
    (90, 160, 110),
    (170, 190, 255),
    (215, 100, 60),
)
"""Light enough for a dark background, and told apart from their neighbours in the list."""


def colour_of(identity: int) -> Colour:
    """The RGB colour of an identity; the colours repeat after `len(COLOURS)` identities.

    >>> colour_of(3) == colour_of(3 + len(COLOURS))
    True
    """
    return COLOURS[identity % len(COLOURS)]


def ink_on(colour: Colour) -> Colour:
    """Black or white, whichever reads better on this RGB colour.

    >>> ink_on((255, 214, 64))
    (0, 0, 0)
    >>> ink_on((20, 20, 90))
    (255, 255, 255)
    """
    red, green, blue = colour
    brightness = 0.299 * red + 0.587 * green + 0.114 * blue
    return (0, 0, 0) if brightness > 128 else (255, 255, 255)


def faded(colour: Colour, background: Colour, share: float) -> Colour:
    """A mixture: `share` (0 to 1) of the colour, the rest of the background."""
    red, green, blue = (
        round(share * c + (1 - share) * b) for c, b in zip(colour, background, strict=True)
    )
    return red, green, blue
