"""Photographs from the ground among pictures from above: told by what a camera writes into them.

Runs in the limited process only. Nothing of a photograph is kept here: it shows people and where
someone stood, and has a door of its own (`vallum intake`).
"""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

CAMERAS = frozenset(
    {".heic", ".heif", ".hif", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"}
)
"""Files that only cameras make."""
_READ = ("JPEG", "PNG", "TIFF")
_EXIF, _GPS = 0x8769, 0x8825
_MAKER = (0x010F, 0x0110)
_EXPOSED = (0x829A, 0x829D, 0x8827, 0x920A, 0x927C, 0xA433, 0xA434)
_PLACED = (33550, 33922, 34264)
"""Tags that place a GeoTIFF on the map: it is an image from above, whatever took it."""
_BROKEN = (OSError, ValueError, TypeError, SyntaxError, LookupError, ArithmeticError, struct.error)
_XMP = (b"GPSLatitude", b"exif:FNumber", b"exif:ExposureTime", b"tiff:Make")


def is_photo(path: Path) -> bool:
    """Say whether a picture holds a camera's make, exposure or position (Exif or XMP)."""
    if path.suffix.lower() in CAMERAS:
        return True
    from PIL import Image

    try:
        with path.open("rb") as stream:
            if stream.read(12)[4:11] == b"ftyphei":  # named otherwise
                return True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_READ) as picture:
                tags = picture.getexif()
                if any(tag in tags for tag in _PLACED):
                    return False
                xmp = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
                said = xmp if isinstance(xmp, bytes) else str(xmp).encode("utf-8", "replace")
                exposed, gps = tags.get_ifd(_EXIF), tags.get_ifd(_GPS)
    except (*_BROKEN, Image.DecompressionBombError):
        return False  # it is reported by who opens it as a picture
    return (
        any(tags.get(tag) for tag in _MAKER)
        or any(tag in exposed for tag in _EXPOSED)
        or (2 in gps and 4 in gps)
        or any(word in said for word in _XMP)
    )
