"""Tiles of images for Google Earth: only of those that may be shown, and only when asked for."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vallum.evidence.redact import redact
from vallum.ground.records import Comparison, Fit, Level, Look, Scene
from vallum.ground.span import Span
from vallum.project import Project
from vallum.steps.done import Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vallum.report.overlay import Overlay

MOST_PX = 200_000_000
"""All tiles together; more would give files that nobody opens. Beyond it pixels are made larger."""
_SIDE_PX = 1024
"""Half of what Google Earth takes: small tiles are seldom cut by an edge; JPEG can hold none."""
_M_PER_DEGREE = 111_320.0
_STRETCH = (1.0, 99.0)  # percentiles, as of the pictures in the report
_QUALITY = 82


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """One section of one image: where, how it is moved, and until when it is the newest."""

    scene: Scene
    path: Path
    span: Span
    until: date | None
    dx_m: float
    dy_m: float


def overlays_of(
    project: Project, level: Level = Level.PUBLIC, *, show: Progress = silent
) -> tuple[Overlay, ...]:
    """Return tiles of the images that were compared and that may be shown, by place.

    Images whose licence is not recorded as allowing it are left out at every level, for the file
    travels; so are stretches without pixels. Later images are moved as they were when they were
    compared.

    Args:
        project: whose images.
        level: who reads it; decides which fields of an image are told.
        show: told about every section.
    """
    pieces = list(_pieces(project, level))
    coarser = _coarser(project, pieces)
    stretches: dict[str, tuple[float, float]] = {}
    found: list[Overlay] = []
    for number, piece in enumerate(pieces, start=1):
        found += _tiles(project, piece, coarser, stretches)
        show("tiles for Google Earth", number, len(pieces), "sections")
    return tuple(found)


def _pieces(project: Project, level: Level) -> Iterator[_Piece]:
    scenes = {scene.id: scene for scene in project.rows(Scene)}
    told = {scene.id: scene for scene in redact(tuple(scenes.values()), level)}
    looks = {look.id: look for look in project.rows(Look)}
    fits = {fit.id: fit for fit in project.rows(Fit)}
    met: set[tuple[str, Span]] = set()
    for comparison in sorted(project.rows(Comparison), key=lambda one: (one.span, one.slot)):
        pair = [looks.get(comparison.before), looks.get(comparison.after)]
        if comparison.blocked_by or None in pair:
            continue
        fit = fits.get(comparison.fit)
        before, after = (scenes.get(look.scene) if look else None for look in pair)
        for scene, is_after in ((before, False), (after, True)):
            path = project.path_of(scene) if scene else None
            if scene is None or path is None or not may_show(scene):
                continue
            if (scene.id, comparison.span) in met:
                continue
            met.add((scene.id, comparison.span))
            moved = fit if is_after and fit and math.isfinite(fit.dx_m) else None
            yield _Piece(
                scene=told[scene.id],
                path=path,
                span=comparison.span,
                until=None if is_after or after is None else after.taken.earliest,
                dx_m=moved.dx_m if moved else 0.0,
                dy_m=moved.dy_m if moved else 0.0,
            )


def may_show(scene: Scene) -> bool:
    """Say whether the pixels of an image may leave: its licence says so, or they are made up."""
    return (scene.may_publish or scene.is_simulated) and not scene.set_aside


def _coarser(project: Project, pieces: Iterable[_Piece]) -> int:
    """By how many times pixels are made larger, so that all of them are not more than `MOST_PX`."""
    border = project.config.border
    wide_m = border.left_m + border.right_m
    total = sum(one.span.length_m * wide_m / one.scene.gsd_m**2 for one in pieces)
    return max(1, math.ceil(math.sqrt(total / MOST_PX)))


def _tiles(
    project: Project, piece: _Piece, coarser: int, stretches: dict[str, tuple[float, float]]
) -> Iterator[Overlay]:
    import numpy as np
    import shapely
    from odc.geo.geobox import GeoBox

    from vallum.imagery import frame, view
    from vallum.report.overlay import Overlay

    border = project.config.border
    corridor = project.frontier.corridor(piece.span, border.left_m, border.right_m)
    west, south, east, north = corridor.bounds
    gsd_m = piece.scene.gsd_m * coarser
    tall_deg = gsd_m / _M_PER_DEGREE
    wide_deg = tall_deg / math.cos(math.radians((south + north) / 2))
    shape = (
        max(1, math.ceil((north - south) / tall_deg)),
        max(1, math.ceil((east - west) / wide_deg)),
    )
    grid = GeoBox.from_bbox((west, south, east, north), crs="EPSG:4326", shape=shape)
    shift = piece.dx_m / gsd_m * wide_deg, piece.dy_m / gsd_m * tall_deg
    for tile in frame.tiles(grid, _SIDE_PX, 0):
        box = tile.extent.boundingbox
        if not shapely.intersects(corridor, shapely.box(*box)):
            continue
        # The shift is in the units of the grid, which are degrees here.
        pixels, valid = view.read(piece.path, tile, dx_m=shift[0], dy_m=shift[1])
        if not valid.any():
            continue
        bands = [0, 1, 2] if pixels.shape[0] >= 3 else [0, 0, 0]
        shown = pixels[bands].astype(np.float32)
        # One stretch for all tiles of an image, so that no edge shows between them.
        low, high = stretches.setdefault(piece.scene.id, _ends(shown[:, valid]))
        bytes_ = np.clip((shown - low) / max(high - low, 1e-6) * 255, 0, 255).astype(np.uint8)
        yield Overlay(
            scene_id=piece.scene.id,
            taken=piece.scene.taken,
            until=piece.until,
            bounds=(box.left, box.bottom, box.right, box.top),
            picture=_picture(bytes_.transpose(1, 2, 0), valid),
            width_px=tile.shape[1],
            height_px=tile.shape[0],
            gsd_m=gsd_m,
            credit=piece.scene.credit,
            licence=piece.scene.licence,
            is_simulated=piece.scene.is_simulated,
        )


def _ends(values: NDArray[Any]) -> tuple[float, float]:
    import numpy as np

    low, high = np.percentile(values, _STRETCH)
    return float(low), float(high)


def _picture(pixels: NDArray[Any], valid: NDArray[Any]) -> bytes:
    """JPEG where every pixel is there; PNG, clear where pixels are missing, where some are not."""
    import numpy as np
    from PIL import Image

    out = io.BytesIO()
    if valid.all():
        Image.fromarray(pixels).save(out, format="JPEG", quality=_QUALITY, optimize=True)
        return out.getvalue()
    clear = np.dstack([pixels, np.where(valid, 255, 0).astype(np.uint8)])
    clear[~valid] = 0
    Image.fromarray(clear).save(out, format="PNG", compress_level=2)
    return out.getvalue()
