"""Within `cover`: what the provider or the network says an image shows, kept beside it."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import shapely
from shapely.geometry.base import BaseGeometry

from vallum.ground.records import Json, Scene
from vallum.project import Project
from vallum.run import each
from vallum.steps.done import Progress, tracked

if TYPE_CHECKING:
    from vallum.imagery.cloud.kept import Stated

_VERSION = 1  # raise it when a change of code must mask images anew


@dataclass(frozen=True, kw_only=True)
class _CoverJob:
    """One image whose cover the provider or the network can tell."""

    root: str
    path: str
    stated: Stated
    near: BaseGeometry
    made_with: str
    name: str


def keep_covers(project: Project, scheduler: str, show: Progress) -> list[str]:
    """Write beside each image what the provider or the network says it shows; return the news."""
    if not project.config.cover.mask_clouds:
        return []
    jobs = list(_cover_jobs(project))
    made: Counter[str] = Counter()
    lines = _without_network(project)
    for outcome in tracked(each(_keep, jobs, scheduler), "cover", len(jobs), "images masked", show):
        made[outcome.value or ""] += 1
        if outcome.value is None:
            job = outcome.task
            lines.append(f"{job.name}: vallum's own cloud mask is used, {outcome.problem}")
    return [f"{n:,} images masked by the {by}" for by, n in sorted(made.items()) if by] + lines


def _without_network(project: Project) -> list[str]:
    """Say how many images would be masked better with the optional package, where it is missing."""
    from vallum.imagery.cloud import network

    if network.is_there():
        return []
    n = sum(
        network.suits(scene.bands, scene.reflectance, scene.gsd_m) and not scene.mask_href
        for scene in project.rows(Scene)
        if scene.has_pixels
    )
    if not n:
        return []
    return [
        f"{n:,} images have near infrared and could be masked better: vallum's own cloud mask is "
        "used; for the other: pip install 'vallum[clouds]'"
    ]


def _cover_jobs(project: Project) -> Iterator[_CoverJob]:
    from vallum.imagery.cloud import kept

    border = project.config.border
    reach_m = max(border.left_m, border.right_m)
    line = project.frontier.line_of(project.extent)
    for scene in project.rows(Scene):
        path, stated = project.path_of(scene), _stated(project, scene)
        # Beside an image that is used where it lies, nothing is written.
        if path is None or path.parent != project.imagery_folder or not path.exists():
            continue
        mark = mark_of(project, scene)
        if not stated.by:
            kept.forget(path)
        elif kept.mark_of(path) != mark:
            # Land beside the corridor tells cloud from a bright field.
            reach_deg = 2 * (reach_m + 2_000) / 111_000 / cos_of(scene)
            near = shapely.intersection(line, scene.footprint.buffer(reach_deg)).buffer(reach_deg)
            if not near.is_empty:
                yield _CoverJob(
                    root=str(project.root),
                    path=str(path),
                    stated=stated,
                    near=near,
                    made_with=mark,
                    name=scene.name,
                )


def _stated(project: Project, scene: Scene) -> Stated:
    from vallum.imagery.cloud.kept import Stated

    return Stated(
        gsd_m=scene.gsd_m,
        bands=scene.bands,
        reflectance=scene.reflectance,
        mask=project.root / scene.mask_href if scene.mask_href else None,
    )


def mark_of(project: Project, scene: Scene) -> str:
    """Return a hash of what the cover of an image rests on."""
    stated = _stated(project, scene)
    border, extent = project.config.border, project.extent
    parts: list[Json] = [_VERSION, scene.sha256, stated.by]
    if stated.by == "network":
        parts += [list(scene.bands), list(scene.reflectance)]
    if stated.by:
        parts += [border.left_m, border.right_m, extent.start_m, extent.end_m]
    if stated.mask is not None and stated.mask.exists():
        parts.append(hashlib.sha256(stated.mask.read_bytes()).hexdigest())
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _keep(job: _CoverJob) -> str:
    from vallum.imagery.cloud import kept

    path = Path(job.path)
    kept.forget(path)
    return kept.make(path, job.stated, job.near, job.made_with)


def cos_of(scene: Scene) -> float:
    """Return the length of a degree of longitude by that of one of latitude, at least 0.05."""
    _, south, _, north = scene.footprint.bounds
    return max(0.05, math.cos(math.radians(max(abs(south), abs(north)))))
