"""Who is who."""

from .tracker import Tracker, track

__all__ = ["Tracker", "track"]
