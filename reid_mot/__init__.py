"""Person re-identification networks in a multi-camera people tracker."""

from .trackers import track

__all__ = ["track"]
