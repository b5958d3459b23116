"""Who is who: trackers, and the parts they are made of."""

from .camera import CameraTracker
from .camera_settings import CameraSettings
from .events import IdentityEvent
from .gallery import DistanceStatistics, Gallery, recognise
from .identities import IdentitySettings
from .localisation import BoxNoise
from .network import NetworkTracker
from .network_settings import NetworkSettings
from .portraits import Portraits, WithPortraits
from .refining import RefineSettings, refine
from .room import RoomTracker
from .room_settings import RoomSettings
from .tracker import Tracker, track

__all__ = [
    "BoxNoise",
    "CameraSettings",
    "CameraTracker",
    "DistanceStatistics",
    "Gallery",
    "IdentityEvent",
    "IdentitySettings",
    "NetworkSettings",
    "NetworkTracker",
    "Portraits",
    "RefineSettings",
    "RoomSettings",
    "RoomTracker",
    "Tracker",
    "WithPortraits",
    "recognise",
    "refine",
    "track",
]
