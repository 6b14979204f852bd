"""`add --stac`: what a catalogue on the network has of the corridor becomes images of the project.

Each image is on disk, with its rows, before the next one is begun: a run that is killed loses one
image at most, and of that one nothing that was fetched.
"""

from __future__ import annotations

import hashlib
import math
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vallum.ground.errors import (
    AddressRefused,
    BadDate,
    BadInput,
    BadSetting,
    DiskFull,
    NotReached,
    WorkerFailed,
)
from vallum.ground.records import Exhibit, Json, Scene
from vallum.ground.span import Spans
from vallum.ground.when import When
from vallum.project import Project, Work
from vallum.steps import catalogue_rows
from vallum.steps.delivering import agreed, told_apart, with_mask_hash
from vallum.steps.done import Done, Progress, finished, silent

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from vallum.imagery.catalog import Received, Wish
    from vallum.imagery.stac.fetching import Got
    from vallum.imagery.stac.items import Asset, Item
    from vallum.imagery.stac.presets import Signer
    from vallum.imagery.stac.wire import Wire

AROUND_M = 300.0  # clouds are told by their size, and images are aligned by land beside the line
_MOST_FAILURES = 3
_KEPT_S = 30 * 86_400.0
_MOST_ITEMS = 10_000
_SHOWN_COLLECTIONS = 20


@dataclass(frozen=True, kw_only=True)
class _Terms:
    """What a person said about everything that is fetched."""

    licence: str
    credit: str
    may_publish: bool
    whole: bool
    bands: str


@dataclass(kw_only=True)
class _Adding:
    """One run of `add_stac`; `known` is which scene a record became, empty where it lost to one."""

    project: Project
    terms: _Terms
    signer: Signer
    show: Progress = field(repr=False)
    work: Work = field(repr=False)
    area: BaseGeometry | None = field(repr=False)
    known: dict[str, str] = field(repr=False)
    lines: list[str] = field(default_factory=list)
    scenes: list[Json] = field(default_factory=list)
    n_bytes: int = 0
    n_known: int = 0


def add_stac(
    project: Project,
    url: str,
    *,
    collections: Sequence[str] = (),
    when: Sequence[str] = (),
    max_cloud: float | None = None,
    max_items: int = 200,
    whole: bool = False,
    bands: str = "",
    licence: str = "",
    credit: str = "",
    may_publish: bool = False,
    dry_run: bool = False,
    show: Progress = silent,
    wire: Wire | None = None,
) -> Done:
    """Search a STAC catalogue along the corridor and fetch what it has; only that part of it.

    Nothing is fetched twice: an image that is in the project stays as it is. The outline of the
    corridor, the dates and the names of collections are sent to that server alone: a search or a
    next page that leads to another one is refused. Files come from where the catalogue says they
    lie; those servers see which parts of which files are fetched.

    Args:
        project: where the images go.
        url: address of the catalogue, or the name of a preset such as `earth-search`.
        collections: ids of its collections.
        when: when they were taken, like `2019` or `2022-04..2022-09`; both epochs of the project
            if left out.
        max_cloud: leave out what is stated to be cloudier, in percent.
        max_items: most images to add.
        whole: fetch whole files, not the corridor only.
        bands: which bands or files, with commas; `visual` for pictures made for the eye.
        licence: terms of use, in place of what the catalogue states.
        credit: line to print beside the pixels, likewise.
        may_publish: whether the pixels may be shown outside.
        dry_run: only list what would be fetched.
        show: told about every search and image.
        wire: another way out, for tests.

    Raises:
        AddressRefused: the address is not one that vallum asks, or it sends searches elsewhere.
        BadSetting: it is no catalogue, or no collection was named.
        NotReached: it does not answer.
    """
    from vallum.imagery.stac import presets, search
    from vallum.imagery.stac.hosts import Rules
    from vallum.imagery.stac.wire import Wire

    preset = presets.find(url)
    href = preset.href if preset else url.strip()
    with wire or Wire(rules=Rules.of(project.config.fetch.private_hosts, href)) as out:
        catalogue = search.opened(out, href)
        names = tuple(dict.fromkeys(name.strip() for name in collections if name.strip()))
        if not names:
            raise BadSetting(_which(search.collections(out, catalogue), preset))
        border = project.config.border
        parts = search.areas(
            project.frontier, Spans([project.extent]), border.left_m, border.right_m
        )
        query = search.Query(
            collections=names, when=_whens(project, when), areas=tuple(parts), max_cloud=max_cloud
        )
        found, problems = _found(out, catalogue, query, min(max_items, _MOST_ITEMS), show)
        lines = [f"{catalogue.title}: {len(found)} images of the corridor"]
        if not found and not problems:
            lines += _hint(search.collections(out, catalogue), names)
        if len(found) >= max_items:
            lines.append(
                f"there may be more: it was stopped at {max_items}; narrow it with --when or "
                "--max-cloud, or raise --max-items"
            )
        terms = _Terms(
            licence=licence, credit=credit, may_publish=may_publish, whole=whole, bands=bands
        )
        signer = presets.Signer(wire=out, preset=preset)
        if dry_run:
            return _listed(found, problems, lines, terms)
        return _fetched(project, found, problems, lines, terms, signer, show)


def _which(offered: list[str], preset: object) -> str:
    known = ", ".join(getattr(preset, "collections", ()) or offered[:_SHOWN_COLLECTIONS])
    rest = len(offered) - _SHOWN_COLLECTIONS
    more = f" and {rest} more" if preset is None and rest > 0 else ""
    return (
        "no collection was named; nothing was added, give --collections with commas between them"
        + (f": the catalogue has {known}{more}" if known else "")
    )


def _hint(offered: list[str], names: Sequence[str]) -> list[str]:
    """Return a line on collections that the catalogue does not have."""
    import difflib

    lines = []
    for name in names:
        if offered and name not in offered:
            near = difflib.get_close_matches(name, offered, 1, 0.3)
            instead = f"did you mean {near[0]}?" if near else f"it has {', '.join(offered[:12])}"
            lines.append(f"it has no collection '{name}'; {instead}")
    return lines


def _whens(project: Project, when: Sequence[str]) -> tuple[When, ...]:
    dates = project.config.dates
    return tuple(When.parse(text) for text in when) or (dates.before_when, dates.after_when)


def _found(
    wire: Wire, catalogue: object, query: object, most: int, show: Progress
) -> tuple[list[Item], list[str]]:
    from vallum.imagery.stac import search

    found: list[Item] = []
    problems: list[str] = []
    show("search", 0, 0, "images")
    for hit in search.found(wire, catalogue, query):  # type: ignore[arg-type]
        if hit.item is None:
            problems.append(hit.problem)
            continue
        found.append(hit.item)
        show("search", len(found), 0, "images")
        if len(found) >= most:
            break
    return sorted(found, key=lambda item: (item.taken, item.title)), problems


def _listed(
    found: Sequence[Item], problems: Sequence[str], lines: list[str], terms: _Terms
) -> Done:
    from vallum.imagery.stac import items

    blocked = list(problems)
    told: list[Json] = []
    for item in found:
        try:
            assets = items.chosen(item, terms.bands)
        except BadInput as error:
            blocked.append(str(error))
            continue
        lines.append(_described(item, assets))
        cloud, gsd_m = item.told.cloud_percent, assets[0].gsd_m
        told.append(
            {
                "id": item.name,
                "collection": item.collection,
                "taken": str(item.taken),
                "sensor": item.told.sensor,
                "gsd_m": gsd_m if math.isfinite(gsd_m) else None,
                "cloud_percent": cloud if math.isfinite(cloud) else None,
                "bands": list(catalogue_rows.bands(assets)),
                "licence": terms.licence or item.told.licence,
                "href": item.href,
            }
        )
    lines.append("nothing was fetched: this is a list")
    return Done(
        step="add",
        lines=tuple(lines),
        blocked=tuple(blocked),
        facts={"items": told},
        next="the same without --list",
    )


def _described(item: Item, assets: Sequence[Asset]) -> str:
    told, gsd_m = item.told, assets[0].gsd_m
    parts = [f"{told.sensor} {item.taken}".strip()]
    parts += [f"{gsd_m:g} m"] if math.isfinite(gsd_m) else []
    parts += [f"{told.cloud_percent:.0f} % cloud"] if math.isfinite(told.cloud_percent) else []
    parts.append(", ".join(catalogue_rows.bands(assets)) or assets[0].key)
    return f"{item.title}: {'; '.join(parts)}"


def _fetched(
    project: Project,
    found: Sequence[Item],
    problems: Sequence[str],
    lines: list[str],
    terms: _Terms,
    signer: Signer,
    show: Progress,
) -> Done:
    border = project.config.border
    area = None
    if not terms.whole:
        area = project.frontier.corridor(
            project.extent, border.left_m + AROUND_M, border.right_m + AROUND_M
        )
    of = {scene.exhibit: scene.id for scene in project.rows(Scene)}
    run = _Adding(
        project=project,
        terms=terms,
        signer=signer,
        show=show,
        work=project.begin("add"),
        area=area,
        known={
            r.title: of.get(r.id, "")
            for r in project.rows(Exhibit)
            if r.role == catalogue_rows.ROLE
        },
        lines=lines,
    )
    for problem in problems:
        run.work.block("catalogue", problem)
    _sweep(_incoming(project))
    _take_all(run, found)
    if run.n_known:
        lines.append(f"{run.n_known} of them were in the project; they were not fetched again")
    lines.append(f"{run.n_bytes / 2**20:,.1f} MiB were fetched")
    n_apart = sum(not _is_compared(project, item) for item in found)
    if n_apart:
        dates = project.config.dates
        lines.append(
            f"{n_apart} of them lie in neither epoch (before {dates.before_when}, after "
            f"{dates.after_when}) and are not compared"
        )
    return finished(
        run.work, lines, then="vallum run", facts={"scenes": run.scenes, "n_bytes": run.n_bytes}
    )


def _is_compared(project: Project, item: Item) -> bool:
    dates = project.config.dates
    return any(item.taken.is_within(epoch) for epoch in (dates.before_when, dates.after_when))


def _take_all(run: _Adding, found: Sequence[Item]) -> None:
    """Take one item after the other; what fails is named, and the rest goes on."""
    n_failed = 0
    for n_done, item in enumerate(found):
        run.show("add", n_done, len(found), "images")
        try:
            _take(run, item)
            n_failed = 0
        except (BadInput, WorkerFailed) as error:
            run.work.block(item.name, str(error))
        except DiskFull as error:
            run.work.block(item.name, str(error))
            break
        except AddressRefused as error:
            run.work.block(item.name, str(error))
        except NotReached as error:
            run.work.block(item.name, str(error))
            n_failed += 1
            if n_failed >= _MOST_FAILURES:
                run.lines.append(
                    f"stopped after {_MOST_FAILURES} images in a row that the server did not "
                    "give; what came before is kept, run it again later"
                )
                break
    run.show("add", len(found), len(found), "images")


def _take(run: _Adding, item: Item) -> None:
    """Fetch one item and add its rows, unless it is in the project."""
    from vallum.imagery.stac import fetching, items

    assets = items.chosen(item, run.terms.bands)
    part = catalogue_rows.digest(run.project, item, assets, is_whole=run.area is None)
    title = f"{item.title} {part}"
    if title in run.known:
        run.n_known += 1
        run.scenes += [run.known[title]] if run.known[title] else []
        return
    name = hashlib.sha256(title.encode()).hexdigest()[:16]
    folder = _incoming(run.project) / name
    got = fetching.fetch(
        fetching.Order(
            item=item,
            assets=assets,
            area=run.area,
            folder=folder,
            signer=run.signer,
            show=run.show,
        )
    )
    run.n_bytes += got.n_bytes
    exhibit = catalogue_rows.exhibit(item, title, assets)
    said = _said(run.terms)
    received = catalogue_rows.received(run.project, item, assets, got.image, said)
    with run.project.alone():
        scene, notes = _kept(run, item, received, got, exhibit)
    run.known[title] = scene.id if scene is not None and scene.exhibit == exhibit.id else ""
    shutil.rmtree(folder, ignore_errors=True)
    if scene is not None:
        run.scenes.append(scene.id)
        note = "; ".join(filter(None, (*notes, got.note)))
        run.lines.append(_described(item, assets) + (f" ({note})" if note else ""))


def _said(terms: _Terms) -> Wish:
    from vallum.imagery import catalog

    return catalog.Wish(licence=terms.licence, credit=terms.credit, may_publish=terms.may_publish)


def _kept(
    run: _Adding, item: Item, received: Received, got: Got, exhibit: Exhibit
) -> tuple[Scene | None, list[str]]:
    """Put the rows of an image on disk, agreed with what is in the project; return it and notes.

    None where the project has the same pixels under another date: that date stays, and the record
    is kept so that they are not fetched again.

    Raises:
        BadInput: it cannot be used.
    """
    project, said, scene = run.project, _said(run.terms), received.scene
    if scene is None:
        raise BadInput(received.problem)
    known = next(iter(project.store.latest(Scene, scene.id)), None)
    if known is not None:
        scene = catalogue_rows.filled(scene, known, said)
    try:
        scene, notes = agreed(project, replace(received, scene=scene), said)
    except BadDate:
        was = known or scene
        run.work.add_all([exhibit])
        run.work.block(
            item.name,
            f"{item.name}: its pixels are those of {was.name}, which is dated {was.taken}, but "
            f"the catalogue says {item.taken}; the date in the project was kept, set that image "
            "aside if it is the wrong one",
        )
        return None, []
    if not scene.mask_href:
        kept = catalogue_rows.kept_mask(project, scene, got.mask)
        scene = with_mask_hash(project, replace(scene, mask_href=kept))
    scene = replace(scene, exhibit=scene.exhibit or exhibit.id)
    others = [row for row in project.rows(Scene) if row.id != scene.id]
    scene, note, other = told_apart(project, others, scene)
    run.work.add_all([exhibit, scene, *([other] if other is not None else [])])
    return scene, [*notes, note]


def _incoming(project: Project) -> Path:
    return project.imagery_folder / ".fetching"


def _sweep(folder: Path) -> None:
    """Remove what was begun long ago and never finished."""
    for left in folder.glob("*"):
        if time.time() - left.stat().st_mtime > _KEPT_S:
            shutil.rmtree(left, ignore_errors=True)
