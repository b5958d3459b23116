"""Person re-identification networks in a multi-camera people tracker.

The names here are what most programs need; readers and file formats are in `reid_mot.sequences`,
networks in `reid_mot.models`, trackers in `reid_mot.trackers`.
"""

from .models import load_embedder
from .scores import score
from .sequences import open_sequence
from .trackers import CameraTracker, RoomTracker, track

__version__ = "0.1.0"

__all__ = [
    "CameraTracker",
    "RoomTracker",
    "__version__",
    "load_embedder",
    "open_sequence",
    "score",
    "track",
]
