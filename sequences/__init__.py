"""What the cameras saw: cameras, detections, views, tracks, and readers and writers for them."""

from .cameras import Camera, in_region, region_of
from .errors import FormatError
from .views import GROUND, Detections, MultiCameraSequence, Tracks, View

__all__ = [
    "GROUND",
    "Camera",
    "Detections",
    "FormatError",
    "MultiCameraSequence",
    "Tracks",
    "View",
    "in_region",
    "region_of",
]
