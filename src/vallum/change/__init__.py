"""What differs: suggestions of change between two images that lie on each other."""

from vallum.change.detect import detect
from vallum.change.found import Found, Settings
from vallum.change.stitch import stitch, within

__all__ = ["Found", "Settings", "detect", "stitch", "within"]
