"""From an item of a catalogue to the rows of an image: what is kept of what it states."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vallum.ground.records import Exhibit, Json, Scene
from vallum.ground.whole import replace_whole
from vallum.project import Project

if TYPE_CHECKING:
    from vallum.imagery.catalog import Received, Wish
    from vallum.imagery.stac.items import Asset, Item

ROLE = "catalogue"
_STATED = {
    "taken_at", "sensor", "off_nadir_deg", "view_azimuth_deg", "sun_azimuth_deg",
    "sun_elevation_deg", "cloud_percent", "bands", "reflectance", "mask_href", "mask_sha256",
    "looking_only",
    "order", "part_of", "exhibit",
}  # fmt: skip


def bands(assets: Sequence[Asset]) -> tuple[str, ...]:
    """Return what each band shows; empty where that is not known of all of them."""
    if not all(asset.bands for asset in assets):
        return ()
    return tuple(band for asset in assets for band in asset.bands)


def digest(project: Project, item: Item, assets: Sequence[Asset], *, is_whole: bool) -> str:
    """Return a name for what is fetched of an item: which files, and which part of them."""
    border = project.config.border
    part: list[Json] = ["whole"]
    if not is_whole:
        line = project.frontier
        part = [line.name, line.length_m, border.start_m, border.end_m]
        part += [border.left_m, border.right_m]
    told = json.dumps([item.collection, item.name, [asset.key for asset in assets], part])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def received(
    project: Project, item: Item, assets: Sequence[Asset], image: Path, said: Wish
) -> Received:
    """Have an image taken in like any other, and add what the catalogue states.

    Args:
        project: where it goes.
        item: what it is in the catalogue.
        assets: which of its files it was made from.
        image: what was fetched.
        said: the terms that a person gave.
    """
    from vallum.imagery import catalog

    told = item.told
    wish = catalog.Wish(taken=item.taken, is_simulated=project.config.is_simulated)
    got = next(iter(catalog.receive([image], project.imagery_folder, wish)))
    scene = got.scene
    if scene is None:
        return replace(got, problem=got.problem.replace(image.name, item.name))
    scene = replace(
        scene,
        name=item.name,
        taken=item.taken,
        taken_from="catalogue",
        taken_at=datetime.fromisoformat(told.taken_at) if told.taken_at else None,
        sensor=told.sensor,
        off_nadir_deg=told.off_nadir_deg,
        view_azimuth_deg=told.view_azimuth_deg,
        sun_azimuth_deg=told.sun_azimuth_deg,
        sun_elevation_deg=told.sun_elevation_deg,
        cloud_percent=told.cloud_percent,
        bands=bands(assets) if len(bands(assets)) == scene.n_bands else (),
        reflectance=_reflectance(assets),
        licence=said.licence or told.licence,
        credit=said.credit or told.credit,
        may_publish=said.may_publish,
        order=item.collection,
    )
    return replace(got, scene=scene)


def filled(scene: Scene, known: Scene, said: Wish) -> Scene:
    """Return the scene with what the project knows of the same pixels; the rest is filled in."""
    names = _STATED if scene.taken == known.taken else _STATED - {"taken_at"}
    told = {name: getattr(known, name) for name in names}
    kept = {name: value for name, value in told.items() if value not in ("", (), None)}
    kept = {name: value for name, value in kept.items() if value == value}  # NaN: not stated
    credit = said.credit or known.credit or scene.credit
    return replace(scene, **kept, credit=credit)


def kept_mask(project: Project, scene: Scene, mask: Path | None) -> str:
    """Move the provider's mask beside the working copy; return where it is in the project."""
    if mask is None:
        return ""
    kept = project.imagery_folder / f"{scene.sha256[:16]}-mask.tif"
    replace_whole(mask, kept)
    return f"{project.imagery_folder.name}/{kept.name}"


def _reflectance(assets: Sequence[Asset]) -> tuple[float, ...]:
    """Return gain and offset, once if all bands share them; nothing if one is not known."""
    told = [asset.reflectance for asset in assets]
    if not all(told):
        return ()
    return told[0] if len(set(told)) == 1 else tuple(value for part in told for value in part)


def exhibit(item: Item, title: str, assets: Sequence[Asset]) -> Exhibit:
    """Return the row that says where an image came from; no signature is in it."""
    keys = ",".join(asset.key for asset in assets)
    record = item.record + f"\n{title} {keys}".encode()
    return Exhibit(
        sha256=hashlib.sha256(record).hexdigest(),
        name=item.title,
        title=title,
        media_type="application/geo+json",
        role=ROLE,
        licence=item.told.licence,
        credit=item.told.credit,
        url=item.href,
        n_bytes=len(item.record),
    )
