"""Steps that find, place and value images, begun at the desk: catalogue, plan, cue, shop, land."""

from __future__ import annotations

import csv
import re
import secrets
import shlex
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from vallum.ground.errors import BadInput, BadSetting, NotThere
from vallum.ground.kinds import Kind
from vallum.project import Project
from vallum.run import chosen
from vallum.steps.done import Done, Progress
from vallum.steps.home import Home
from vallum.steps.jobs import Job

What = Literal["catalogue", "fetch", "capture-plan", "cue", "shop", "terrain"]
Group = Literal["capture-plan", "cue", "shopping"]
LAND = ("dem", "water", "land_cover", "settlements")
"""The layers that tell what kind of land a section runs through."""

_FOLDERS: Mapping[str, str] = {
    "capture-plan": "capture-plan",
    "cue": "cue",
    "shopping": "shopping",
}
_READABLE = frozenset({".tif", ".tiff", ".gpkg", ".geojson", ".json", ".shp", ".kml", ".fgb"})
_SAFE_NAME = re.compile(r"[^\w.-]+")
_MOST_PRICES = 1 << 20
_MOST_FILES = 2000
_MOST_ROWS = 200
_MOST_TABLE_BYTES = 16 << 20
_ORDERS = "orders.csv"


@dataclass(frozen=True, kw_only=True)
class LastDone:
    """What a step said when it was last done here, since the server was started."""

    what: str
    at: datetime
    lines: tuple[str, ...]
    blocked: tuple[str, ...]
    facts: dict[str, Any]
    next: str


@dataclass(frozen=True, kw_only=True)
class MadeFile:
    """A file that a step wrote for people to take away."""

    name: str
    n_bytes: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class CatalogueWish:
    """What to look for in a STAC catalogue, and under which terms it is taken."""

    url: str
    collections: tuple[str, ...]
    when: tuple[str, ...] = ()
    max_cloud: float | None = None
    max_items: int = 200
    whole: bool = False
    bands: str = ""
    licence: str = ""
    credit: str = ""
    may_publish: bool = False


@dataclass(frozen=True, kw_only=True)
class PlanWish:
    """Which frames people are to save in Google Earth Pro."""

    km: str
    width_m: float = 1000.0
    height_m: float = 600.0
    overlap: float = 0.2


@dataclass(frozen=True, kw_only=True)
class ShopWish:
    """What a shopping list is for; prices as the text of the person's own file."""

    prices_name: str
    prices: str
    half_width_km: float = 0.0
    budget: float = 0.0
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A public catalogue that a person may choose; nothing is asked of it before that."""

    name: str
    title: str
    url: str
    collections: tuple[str, ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class Shopping:
    """The shopping list that was made last, as its table says; the first rows of it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_rows: int
    made_at: datetime | None


@dataclass(kw_only=True)
class Bench:
    """What the picture steps of one server said last, by project; safe for threads."""

    home: Home
    _said: dict[tuple[Path, str], LastDone] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def last(self, what: What) -> LastDone | None:
        """Return what a step said last of the open project, or None."""
        with self._lock:
            return self._said.get((self.home.project.root, what))

    def begin(self, what: What, command: str, work: Callable[[Progress], Done]) -> Job:
        """Begin a step and remember what it says.

        Raises:
            Busy: a job is at work.
        """
        root = self.home.project.root

        def remembered(show: Progress) -> Done:
            done = work(show)
            said = LastDone(
                what=what,
                at=datetime.now(UTC),
                lines=done.lines,
                blocked=done.blocked,
                facts=dict(done.facts),
                next=done.next,
            )
            with self._lock:
                self._said[(root, what)] = said
            return done

        return self.home.jobs.start(what, command, remembered)

    # -- the steps --------------------------------------------------------------------------

    def catalogue(self, wish: CatalogueWish, *, is_list: bool) -> Job:
        """Begin to list what a catalogue has of the corridor, or to fetch it.

        Raises:
            BadInput: no address was given.
        """
        if not wish.url.strip():
            raise BadInput("a catalogue needs its address; nothing was asked, type it")
        project = self.home.project

        def work(show: Progress) -> Done:
            from vallum.steps.catalogues import add_stac

            return add_stac(
                project,
                wish.url.strip(),
                collections=[name.strip() for name in wish.collections if name.strip()],
                when=wish.when,
                max_cloud=wish.max_cloud,
                max_items=wish.max_items,
                whole=wish.whole,
                bands=wish.bands,
                licence=wish.licence,
                credit=wish.credit,
                may_publish=wish.may_publish,
                dry_run=is_list,
                show=show,
            )

        command = _words("add", *_stac_words(wish), *(["--list"] if is_list else []))
        return self.begin("catalogue" if is_list else "fetch", command, work)

    def plan(self, wish: PlanWish) -> Job:
        """Begin to write a tour of frames for Google Earth Pro.

        Raises:
            BadSetting: the stretch cannot be read.
        """
        project = self.home.project
        name = f"capture-plan-km-{_plain(wish.km or 'all')}.kmz"

        def work(_: Progress) -> Done:
            from vallum.steps.shooting import capture_plan

            folder = folder_of(project, "capture-plan")
            folder.mkdir(parents=True, exist_ok=True)
            return capture_plan(
                project,
                km=wish.km,
                width_m=wish.width_m,
                height_m=wish.height_m,
                overlap=wish.overlap,
                to=folder / name,
            )

        return self.begin("capture-plan", _words("capture-plan", "--km", wish.km or "ALL"), work)

    def cue(self) -> Job:
        """Begin to look through wide-area series for where the ground changed."""
        project = self.home.project

        def work(show: Progress) -> Done:
            from vallum.steps.cueing import cue

            return cue(project, scheduler=chosen(), show=show)

        return self.begin("cue", "vallum cue", work)

    def shop(self, wish: ShopWish) -> Job:
        """Begin to work out which images to buy.

        Raises:
            BadInput: there are no prices, too many, or nothing to aim at.
            BadSetting: the file is of a kind that holds no prices.
        """
        if not wish.prices.strip():
            raise BadInput("the price file is empty; nothing was worked out, choose yours")
        if len(wish.prices) > _MOST_PRICES:
            raise BadInput("the price file is larger than 1 MB; nothing was worked out, shorten it")
        suffix = Path(wish.prices_name).suffix.lower()
        if suffix not in {".csv", ".toml"}:
            raise BadSetting(
                "a price file ends in .csv or .toml; nothing was worked out, see the example"
            )
        if wish.half_width_km <= 0 and wish.budget <= 0:
            raise BadInput(
                "there is nothing to aim at; nothing was worked out, give a budget or the "
                "half-width that the interval should have"
            )
        project = self.home.project
        self.home.jobs.check_free()
        folder = project.root / "inbox" / secrets.token_hex(8)

        def work(show: Progress) -> Done:
            from vallum.steps.shopping import shop

            path = folder / f"prices{suffix}"
            try:
                folder.mkdir(parents=True)
                path.write_text(wish.prices, encoding="utf-8")
                return shop(
                    project,
                    prices=path,
                    half_width_km=wish.half_width_km,
                    budget=wish.budget,
                    kinds=wish.kinds,
                    show=show,
                )
            finally:
                shutil.rmtree(folder, ignore_errors=True)

        return self.begin("shop", _words("shop", *_shop_words(wish)), work)

    def terrain(self, paths: Mapping[str, Sequence[Path]], inbox: Path | None) -> Job:
        """Begin to describe the land, and remove what was uploaded for it afterwards.

        Raises:
            BadInput: no layer was given.
        """
        given = {name: list(paths.get(name, ())) for name in LAND}
        if not any(given.values()):
            raise BadInput("no layer was given; nothing was read, choose at least a height model")
        one = {name: _main_file(name, given[name]) for name in LAND}
        project = self.home.project

        def work(show: Progress) -> Done:
            from vallum.steps.surveying import terrain

            try:
                return terrain(
                    project,
                    dem=one["dem"],
                    water=one["water"],
                    land_cover=one["land_cover"],
                    settlements=one["settlements"],
                    show=show,
                )
            finally:
                if inbox is not None:
                    shutil.rmtree(inbox, ignore_errors=True)

        typed = [f"--{name.replace('_', '-')} FILE" for name in LAND if given[name]]
        return self.begin("terrain", f"vallum terrain {' '.join(typed)}", work)


# -- what was made --------------------------------------------------------------------------------


def folder_of(project: Project, group: str) -> Path:
    """Return where a step leaves files for people to take away.

    Raises:
        NotThere: there is no such step.
    """
    if group not in _FOLDERS:
        raise NotThere("there is no such list of files; go back to the page")
    return project.out_folder / _FOLDERS[group]


def made(project: Project, group: str) -> list[MadeFile]:
    """Return the files that a step left, newest first."""
    folder = folder_of(project, group)
    if not folder.is_dir():
        return []
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    told = []
    for path in found[:_MOST_FILES]:
        stat = path.stat()
        told.append(
            MadeFile(
                name=path.relative_to(folder).as_posix(),
                n_bytes=stat.st_size,
                at=datetime.fromtimestamp(stat.st_mtime, UTC),
            )
        )
    return sorted(told, key=lambda one: (-one.at.timestamp(), one.name))


def made_path(project: Project, group: str, name: str) -> Path:
    """Return where one of these files is.

    Raises:
        NotThere: there is none of that name.
    """
    if not any(one.name == name for one in made(project, group)):
        raise NotThere("there is no such file; make it first, then load the page again")
    return folder_of(project, group) / name


def shopping(project: Project) -> Shopping:
    """Return the shopping list that was made last; empty where there is none."""
    path = folder_of(project, "shopping") / _ORDERS
    if not path.is_file() or path.is_symlink() or path.stat().st_size > _MOST_TABLE_BYTES:
        return Shopping(columns=(), rows=(), n_rows=0, made_at=None)
    with path.open(encoding="utf-8-sig", newline="") as handle:
        head, *rows = [tuple(row) for row in csv.reader(handle)] or [()]
    return Shopping(
        columns=head,
        rows=tuple(rows[:_MOST_ROWS]),
        n_rows=len(rows),
        made_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )


def presets() -> list[Preset]:
    """Return the public catalogues that vallum knows by name."""
    from vallum.imagery.stac.presets import PRESETS

    return [
        Preset(
            name=one.name,
            title=one.title,
            url=one.href,
            collections=one.collections,
            note=one.note,
        )
        for one in PRESETS
    ]


def example_prices() -> str:
    """Return a commented price file; every price in it is invented."""
    from vallum.measure.prices import EXAMPLE

    return EXAMPLE


def land_paths(inbox: Path) -> dict[str, list[Path]]:
    """Return what was uploaded, by layer: each file came in a folder named like its layer."""
    return {
        name: sorted(path for path in (inbox / name).rglob("*") if path.is_file())
        for name in LAND
        if (inbox / name).is_dir()
    }


def height_model(paths: Sequence[Path]) -> Path | None:
    """Return the height model among files that were given for one; None where none was.

    Raises:
        BadInput: several could be meant, or none can be read, or it is not there.
    """
    wrong = [path.name for path in paths if path.suffix.lower() not in {".tif", ".tiff"}]
    if len(paths) > 1 or wrong:
        raise BadInput(
            "a height model is one GeoTIFF; nothing was taken in, choose one (join several first, "
            "in QGIS: Raster, Merge)"
        )
    if paths and not paths[0].is_file():
        raise BadInput("there is no height model at that path; nothing was taken in, check it")
    return paths[0] if paths else None


def _main_file(layer: str, paths: Sequence[Path]) -> Path | None:
    """Return the file of a layer that is to be read; the others belong to it, as with shapes.

    Raises:
        BadInput: several could be meant, or none can be read.
    """
    found = [path for path in paths if path.suffix.lower() in _READABLE]
    if len(found) == 1 or not paths:
        return found[0] if found else None
    which = f"{len(found)} files that could be read" if found else "no file that can be read"
    raise BadInput(
        f"{layer}: {which} came, one is needed; nothing was read, choose one GeoTIFF, GeoPackage, "
        "GeoJSON or Shapefile (join several first, in QGIS: Raster, Merge)"
    )


# -- words of the command line --------------------------------------------------------------------


def _words(*words: str) -> str:
    return shlex.join(["vallum", *words])


def _plain(text: str) -> str:
    return _SAFE_NAME.sub("-", text).strip("-.")[:60] or "all"


def _stac_words(wish: CatalogueWish) -> list[str]:
    said = ["--stac", wish.url.strip(), "--collections", ",".join(wish.collections)]
    for one in wish.when:
        said += ["--when", one]
    if wish.max_cloud is not None:
        said += ["--max-cloud", f"{wish.max_cloud:g}"]
    if wish.max_items != CatalogueWish.max_items:
        said += ["--max-items", str(wish.max_items)]
    for name in ("licence", "credit"):
        if getattr(wish, name):
            said += [f"--{name}", getattr(wish, name)]
    return (
        said + (["--whole"] if wish.whole else []) + (["--may-publish"] if wish.may_publish else [])
    )


def _shop_words(wish: ShopWish) -> list[str]:
    said = ["--prices", Path(wish.prices_name).name or "FILE"]
    if wish.half_width_km > 0:
        said += ["--half-width-km", f"{wish.half_width_km:g}"]
    if wish.budget > 0:
        said += ["--budget", f"{wish.budget:g}"]
    return said
