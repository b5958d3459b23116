"""Person re-identification networks in a multi-camera people tracker.

The names here are what most programs need; readers and file formats are in `reid_mot.sequences`,
networks in `reid_mot.models`, trackers in `reid_mot.trackers`, data sets, recipes and measures in
`reid_mot.training`.
"""

from typing import TYPE_CHECKING

from .models import load_detector, load_embedder
from .scores import score
from .sequences import open_sequence
from .trackers import CameraTracker, NetworkTracker, RoomTracker, track

if TYPE_CHECKING:
    from .training import train

__version__ = "0.1.0"

__all__ = [
    "CameraTracker",
    "NetworkTracker",
    "RoomTracker",
    "__version__",
    "load_detector",
    "load_embedder",
    "open_sequence",
    "score",
    "track",
    "train",
]


def __getattr__(name: str) -> object:
    # It needs PyTorch, which takes a while to import, and tracking does not.
    if name == "train":
        from .training import train

        return train
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
