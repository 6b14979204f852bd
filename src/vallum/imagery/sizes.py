"""The largest pictures that are made at once, and why one is empty; known without any library."""

from __future__ import annotations

TILE_PX = 256
MOST_ZOOM = 22
MOST_CHIP_PX = (1600, 1200)
"""Width and height of a chip."""

MOST_RIBBON_PX = (4000, 1000)
"""Width and height of a ribbon."""

MOST_RIBBON_M = 40_000
NO_IMAGE, ZOOM_IN = "no image", "zoom in"
