"""What the cameras saw: cameras, detections, views, tracks, and readers and writers for them."""

from .calibration import Calibration, read_calibration, write_calibration
from .cameras import Camera, in_region, region_of
from .deepsort import read_deepsort, write_deepsort
from .errors import FormatError
from .motchallenge import MotChallenge
from .motchallenge_writer import write_motchallenge
from .noisy_truth import NoiseModel, WithNoisyTruth, noisy_detections
from .open import open_sequence
from .recording import DetectionTable, Recording, Stream
from .results import read_tracks, write_tracks
from .simulated import DetectionNoise, SimulatedRoom, write_simulated
from .supervision import from_supervision, to_supervision
from .video import Videos
from .views import GROUND, Detections, MultiCameraSequence, Tracks, View
from .wildtrack import Wildtrack
from .world import DetectionFolder, read_world, write_world

__all__ = [
    "GROUND",
    "Calibration",
    "Camera",
    "DetectionFolder",
    "DetectionNoise",
    "DetectionTable",
    "Detections",
    "FormatError",
    "MotChallenge",
    "MultiCameraSequence",
    "NoiseModel",
    "Recording",
    "SimulatedRoom",
    "Stream",
    "Tracks",
    "Videos",
    "View",
    "Wildtrack",
    "WithNoisyTruth",
    "from_supervision",
    "in_region",
    "noisy_detections",
    "open_sequence",
    "read_calibration",
    "read_deepsort",
    "read_tracks",
    "read_world",
    "region_of",
    "to_supervision",
    "write_calibration",
    "write_deepsort",
    "write_motchallenge",
    "write_simulated",
    "write_tracks",
    "write_world",
]
