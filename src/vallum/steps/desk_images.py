"""The images of one place, and how each of them lies on the others."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from vallum.ground.kinds import Seen, Stage
from vallum.ground.records import Look, Scene, Sighting
from vallum.steps.desk_mirror import Mirror
from vallum.steps.desk_places import Pair
from vallum.steps.desk_ticket import Thing
from vallum.steps.done import known


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image of a place, and how it lies on the earlier one of the pair.

    `seen` is what the machine says of it, `mine` and `stage` what this person said.
    """

    scene: str
    name: str
    role: str
    taken: tuple[date | None, date | None]
    sensor: str
    gsd_m: float | None
    off_nadir_deg: float | None
    sun_azimuth_deg: float | None
    sun_elevation_deg: float | None
    cloud_percent: float | None
    fit: str
    fit_v: int
    shift_m: tuple[float, float] | None
    rmse_m: float | None
    is_aligned: bool
    seen: Seen | None
    mine: Seen | None
    stage: Stage
    is_clear: bool
    why_not: str
    credit: str


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who looks at a thing, and what must be kept from them."""

    name: str
    ticket: str
    thing: Thing
    is_blind: bool = False
    sees_others: bool = False


def shows(mirror: Mirror, at_m: int) -> list[tuple[Scene, Look]]:
    """Return the images in use that have pixels at a chainage, oldest first."""
    section = mirror.section_at(at_m)
    if section is None:
        return []
    scenes = mirror.all(Scene)
    found = [
        (scenes[look.scene], look)
        for look in mirror.looks_in(section.span)
        if look.scene in scenes and at_m in look.valid
    ]
    usable = [each for each in found if each[0].has_pixels and not each[0].set_aside]
    return sorted(usable, key=lambda each: (each[0].taken.latest, each[0].id))


def images_of(mirror: Mirror, at_m: int, pair: Pair, by: Reader) -> Iterator[Image]:
    """Yield the pair first, then all other images that show the place, by date."""
    looks = {scene.id: look for scene, look in shows(mirror, at_m)}
    told = _sightings(mirror, by)
    scenes = mirror.all(Scene)
    for name in dict.fromkeys((pair.before.id, pair.after.id, *looks)):
        yield _image(mirror, scenes[name], looks.get(name), at_m, pair, told, by.is_blind)


def _sightings(mirror: Mirror, by: Reader) -> dict[tuple[str, bool], Sighting]:
    """Return what the machine, and what this person, says of each image."""
    rows = mirror.all(Sighting)
    about = [rows[name] for name in mirror.about.get(by.thing.about, {}) if name in rows]
    return {
        (row.scene, row.analyst != ""): row
        for row in about
        if row.analyst in {"", by.name} and not row.is_withdrawn
    }


def _image(
    mirror: Mirror,
    scene: Scene,
    look: Look | None,
    at_m: int,
    pair: Pair,
    told: dict[tuple[str, bool], Sighting],
    is_blind: bool,
) -> Image:
    role = {pair.before.id: "before", pair.after.id: "after"}.get(scene.id, "other")
    fit = pair.fit if role == "after" else None
    if role == "other" and look is not None:
        fit = mirror.fit_between(look.id, pair.before_look.id)
    is_fitted = fit is not None and not fit.blocked_by and math.isfinite(fit.dx_m)
    machine, mine = told.get((scene.id, False)), told.get((scene.id, True))
    # The pair is clear where it is compared; of the others their look tells.
    is_clear = role != "other" or (look is not None and at_m in look.seen)
    return Image(
        scene=scene.id,
        name=scene.name,
        role=role,
        taken=(scene.taken.earliest, scene.taken.latest),
        sensor=scene.sensor,
        gsd_m=known(scene.gsd_m),
        off_nadir_deg=known(scene.off_nadir_deg),
        sun_azimuth_deg=known(scene.sun_azimuth_deg),
        sun_elevation_deg=known(scene.sun_elevation_deg),
        cloud_percent=known(scene.cloud_percent),
        fit=fit.id if fit is not None and is_fitted else "",
        fit_v=mirror.seqs.get(fit.id, 0) if fit is not None and is_fitted else 0,
        shift_m=(fit.dx_m, fit.dy_m) if fit is not None and is_fitted else None,
        rmse_m=known(fit.rmse_m) if fit is not None and is_fitted else None,
        is_aligned=role == "before" or is_fitted,
        seen=machine.state if machine is not None and not is_blind else None,
        mine=mine.state if mine is not None else None,
        stage=mine.stage if mine is not None else Stage.NONE,
        is_clear=is_clear,
        why_not="" if is_clear else "cloud" if look is not None else "outside the image",
        credit=scene.credit,
    )
