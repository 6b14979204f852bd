"""What `add` does: deliveries, single images, archives and pictures become scenes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vallum.ground.errors import BadDate, BadImage, BadInput, DiskFull, WorkerFailed
from vallum.ground.records import Json, Scene
from vallum.ground.when import When
from vallum.imagery import objects, stated
from vallum.project import Project, Work
from vallum.steps.done import Done, Progress, finished, silent
from vallum.steps.folders import sha256_of

if TYPE_CHECKING:
    from vallum.imagery.catalog import Received, Wish
    from vallum.imagery.deliveries.order import Found, Order

_FAR_M = 100_000.0
_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz")


@dataclass(kw_only=True)
class Intake:
    """One run of `add`, while it goes on."""

    project: Project
    wish: Wish
    work: Work
    dem: Path | None
    show: Progress
    lines: list[str] = field(default_factory=list)
    scenes: list[str] = field(default_factory=list)
    told: list[Json] = field(default_factory=list)
    known: list[Scene] = field(default_factory=list)
    n_seen: int = 0
    n_unlicensed: int = 0


def deliver(
    project: Project,
    paths: Sequence[Path],
    wish: Wish,
    *,
    dem: Path | None = None,
    show: Progress = silent,
) -> Done:
    """Take in what lies at `paths`; `making.add` says how.

    Raises:
        BadInput: one of the paths does not exist, or none of them holds an image.
    """
    missing = [str(path) for path in (*paths, *([dem] if dem else [])) if not path.exists()]
    if missing:
        raise BadInput(f"{missing[0]} does not exist; nothing was added, check the path")
    archives, rest = _archives(paths)
    found = _find(rest)
    if not archives and not found:
        raise BadInput(
            f"no image in {', '.join(map(str, paths))}; nothing was added, give GeoTIFF (.tif), "
            "deliveries of satellite images, or screenshots"
        )
    with project.run("add") as work:
        run = Intake(
            project=project,
            wish=wish,
            work=work,
            dem=dem,
            show=show,
            known=project.rows(Scene),
        )
        _take(run, found)
        for archive in archives:
            with _unpacked(run, archive) as folder:
                if folder is not None:
                    _take_archive(run, archive, folder)
    return told(run)


def told(run: Intake) -> Done:
    """Return what one run of `add` came to."""
    if run.work.blocked:
        n_in = sum(1 for one in run.told if isinstance(one, dict) and one["ok"])
        n_out = len(run.work.blocked)
        run.lines.append(f"{n_in} of {n_in + n_out} files are in; {n_out} left out, see below")
    if run.n_unlicensed:
        run.lines.append(
            f"{run.n_unlicensed} of them came without terms of use: you can analyse them, but "
            "publishing their pixels stays blocked until you add them again with --licence and "
            "--may-publish"
        )
    facts: dict[str, Json] = {"scenes": [*run.scenes], "files": run.told}
    return finished(run.work, run.lines, then="vallum run", facts=facts)


# -- what lies there ------------------------------------------------------------------------


def _archives(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return the archives among paths and in their folders, and the paths that are none."""
    rest = [path for path in paths if not _is_archive(path)]
    found = [path for path in paths if _is_archive(path)]
    for folder in rest:
        if folder.is_dir():
            found += sorted(
                path
                for path in folder.rglob("*")
                if _is_archive(path)
                and not any(part.startswith(".") for part in path.relative_to(folder).parts)
            )
    return found, rest


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith(_ARCHIVES) and path.is_file() and not path.is_symlink()


def _find(paths: Sequence[Path]) -> Found:
    from vallum.imagery.deliveries import find
    from vallum.imagery.deliveries.order import Found

    return find.orders(paths) if paths else Found()


@contextmanager
def _unpacked(run: Intake, archive: Path) -> Iterator[Path | None]:
    """Yield a folder with the files of an archive, gone afterwards; None if it cannot be used."""
    from vallum.imagery import catalog
    from vallum.imagery.deliveries import unpack

    run.project.imagery_folder.mkdir(parents=True, exist_ok=True)
    with catalog.incoming(run.project.imagery_folder) as folder:
        # Of a hidden folder nothing is read, so that the files lie one deeper.
        inside = folder / (stated.words(archive.name.split(".")[0], 80) or "archive")
        inside.mkdir()
        try:
            unpack.unpack(archive, inside)
        except (BadInput, DiskFull, WorkerFailed) as error:
            # A message of the system may name where the project is; that is nobody's business.
            said = str(error).replace(str(inside), archive.name).replace(str(folder), "")
            if not isinstance(error, BadInput):
                said = f"{archive.name}: could not be unpacked ({said}); add it as a folder"
            refuse(run, archive.name, said)
            yield None
            return
        yield inside


def _take_archive(run: Intake, archive: Path, folder: Path) -> None:
    found = _find([folder])
    inner = [path.name for path in folder.rglob("*") if _is_archive(path)]
    for name in inner:
        refuse(run, name, f"{name}: is an archive inside {archive.name}; unpack it and add it")
    if not (found or inner):
        refuse(run, archive.name, f"{archive.name}: holds no image; check what it is")
    _take(run, found)


# -- taking in ------------------------------------------------------------------------------


def _take(run: Intake, found: Found) -> None:
    n_all = len(found.singles) + sum(len(order.images) for order in found.orders)
    run.show("add", 0, n_all, "images")
    run.n_seen = 0
    for order in found.orders:
        _take_order(run, order, n_all)
    unplaced = _take_singles(run, [Path(path) for path in found.singles], n_all)
    pictures = [Path(path) for path in found.pictures]
    if pictures or unplaced:
        _take_pictures(run, pictures, unplaced)
    if found.n_photos:
        refuse(run, "photographs", _photographed(found.n_photos))
    for problem in found.problems:
        refuse(run, problem.partition(":")[0], problem)


def _photographed(n: int) -> str:
    """Say what photographs from the ground are for; their names are told nowhere."""
    return (
        f"photographs: {n:,} with what a camera writes into a picture (make, exposure or place), "
        "so no view from above; nothing of them was kept, use vallum intake"
    )


def _step(run: Intake, n_all: int) -> None:
    run.n_seen += 1
    run.show("add", run.n_seen, n_all, "images")


def _take_order(run: Intake, order: Order, n_all: int) -> None:
    from vallum.imagery.deliveries import accept

    name = f"{order.kind} {order.number}".strip()
    head = len(run.lines)
    scenes: list[Scene] = []
    pairs = [(name, image) for image in order.images]
    folder = run.project.imagery_folder
    for image, results in accept.receive(pairs, folder, run.wish, dem=run.dem):
        _step(run, n_all)
        for got in results:
            label = got.scene.name if got.scene is not None else image.name
            scene = keep(run, got, label)
            scenes += [scene] if scene is not None else []
    if scenes:
        run.n_unlicensed += sum(1 for scene in scenes if not scene.licence)
        run.lines.insert(head, _order_line(run.project, name, scenes))


def _order_line(project: Project, name: str, scenes: Sequence[Scene]) -> str:
    """Say what one delivery is: how many images, and which kilometres they cover."""
    border = project.config.border
    near = (
        project.frontier.spans_near(
            [scene.footprint for scene in scenes], max(border.left_m, border.right_m)
        )
        & project.extent
    )
    spans = list(near)
    where = ""
    if spans:
        where = f", covers km {spans[0].start_m / 1000:,.1f}-{spans[-1].end_m / 1000:,.1f}"
    return f"{name}: {len(scenes)} {'image' if len(scenes) == 1 else 'images'}{where}"


def _take_singles(run: Intake, paths: Sequence[Path], n_all: int) -> list[tuple[Path, str]]:
    """Take in images without papers; return those that have no place, with the problem."""
    from vallum.imagery import catalog
    from vallum.imagery.deliveries import accept
    from vallum.imagery.deliveries.order import Image

    unplaced: list[tuple[Path, str]] = []
    for got in catalog.receive(paths, run.project.imagery_folder, run.wish):
        _step(run, n_all)
        if not got.is_unplaced:
            keep(run, got, got.path.name)
            continue
        # A camera model inside the file would do in place of a georeference.
        image = Image(name=got.path.name, files=(str(got.path.absolute()),), is_raw=True, nothing=0)
        folder = run.project.imagery_folder
        ((_, (again,)),) = accept.receive([("", image)], folder, run.wish, dem=run.dem)
        if again.scene is None and "camera model" in again.problem:
            unplaced.append((got.path, got.problem))
        else:
            keep(run, again, got.path.name)
    return unplaced


def _take_pictures(
    run: Intake, pictures: Sequence[Path], unplaced: Sequence[tuple[Path, str]]
) -> None:
    """Hand pictures without a place to the placing of screenshots."""
    try:
        from vallum.steps import shooting
    except ModuleNotFoundError:
        for path in pictures:
            refuse(run, path.name, f"{path.name}: has no georeference; place it first, in QGIS")
        for path, problem in unplaced:
            refuse(run, path.name, problem)
        return
    files = [*pictures, *(path for path, _ in unplaced)]
    taken = shooting.take(run.project, files, run.wish, run.show)
    run.lines += taken.lines
    run.work.n_added += taken.n
    known = {path.name: problem for path, problem in unplaced}
    for problem in taken.problems:
        name = problem.partition(":")[0]
        # Of a raster that is no picture either, what is missing is the place.
        said = known.get(name, problem) if "no readable picture" in problem else problem
        refuse(run, name, said)


def refuse(run: Intake, name: str, problem: str) -> None:
    """Remember why one file cannot be used."""
    # Names of foreign files may hold what a terminal obeys, or a line of their own.
    name, problem = stated.words(name, 200), stated.words(problem, 600)
    run.work.block(name, problem)
    run.told.append({"name": name, "ok": False, "note": problem})


def keep(run: Intake, got: Received, name: str) -> Scene | None:
    """Put a scene on disk and say so; or remember why not."""
    project, name = run.project, stated.words(name, 200)
    try:
        scene, notes = agreed(project, got, run.wish)
    except BadInput as error:
        refuse(run, name, str(error))
        return None
    scene, twin_note, other = told_apart(project, run.known, scene)
    is_new = bool(run.work.add(*([scene, other] if other is not None else [scene])))
    run.known = [
        s for s in run.known if s.id not in {scene.id, other.id if other is not None else ""}
    ] + [scene, *([other] if other is not None else [])]
    looking = f"for looking only: {scene.looking_only}" if scene.looking_only else ""
    notes += [twin_note, looking, epoch(project, scene), far(project, scene)]
    notes += ["" if is_new else "nothing new"]
    said = "; ".join(filter(None, notes))
    run.lines.append(_described(name, scene) + (f" ({said})" if said else ""))
    run.scenes.append(scene.id)
    run.told.append({"name": name, "ok": True, "note": run.lines[-1]})
    return scene


def told_apart(
    project: Project, known: Sequence[Scene], scene: Scene
) -> tuple[Scene, str, Scene | None]:
    """Return the scene, marked if it repeats another; what to say; and the other if that does."""
    from vallum.imagery.deliveries import same

    # What a person once took back into use keeps its mark: the same bytes give the same answer.
    twin = same.twin(scene, known, project.path_of)
    if twin is None:
        return scene, "", None
    name = twin.scene.name
    if twin.scene.taken != scene.taken and not twin.scene.taken.overlaps(scene.taken):
        note = (
            f"its pixels are those of {name}, which is dated {twin.scene.taken}: one of the two "
            "dates is wrong; it is kept but not compared, correct the date with --taken"
        )
        return replace(scene, repeats=twin.scene.id), note, None
    if twin.is_better:
        note = f"the same acquisition as {name} ({twin.why}): kept, counts once"
        return replace(scene, repeats=twin.scene.id), note, None
    note = f"the same acquisition as {name} ({twin.why}): this one counts from now on"
    return replace(scene, repeats=""), note, replace(twin.scene, repeats=scene.id)


# -- what is known of the same file ---------------------------------------------------------


def agreed(project: Project, got: Received, wish: Wish) -> tuple[Scene, list[str]]:
    """Return the scene of one file, agreed with what is known of the same bytes, and notes.

    What a person said before stands until something else is said: a file that comes again, also
    under another name, loses neither its date nor its terms.

    Raises:
        BadImage: the file cannot be used.
        BadDate: it is in the project under another name that tells another date.
    """
    if got.scene is None:
        raise BadImage(got.problem)
    scene = _with_copy_hash(project, got.scene)
    known = next(iter(project.store.latest(Scene, scene.id)), None)
    if known is None:
        return scene, [got.note]
    same = f"the same file as {known.name}" if known.name != scene.name else ""
    scene, change = _dated(scene, known, wish.taken)
    is_said = bool(wish.licence or wish.credit or wish.may_publish)
    terms = replace(
        scene,
        name=known.name,
        licence=scene.licence if wish.licence else known.licence or scene.licence,
        credit=scene.credit or known.credit,
        may_publish=scene.may_publish if is_said else known.may_publish,
        is_simulated=scene.is_simulated or known.is_simulated,
        set_aside=known.set_aside,
        repeats=known.repeats,
        mask_href=scene.mask_href or known.mask_href,
        mask_sha256=scene.mask_sha256 or known.mask_sha256,
    )
    return terms, [got.note, same, change]


def _dated(scene: Scene, known: Scene, said: When | None) -> tuple[Scene, str]:
    """Return the scene with the date to believe, and what changed.

    Believed is what the person says now, then a more exact date, then what was known.

    Raises:
        BadDate: two names of the same file tell two dates.
    """
    kept = replace(scene, taken=known.taken, taken_from=known.taken_from)
    if scene.taken == known.taken:
        return kept, ""
    is_said = scene.taken_from == "given" or scene.taken == said
    is_corrected = scene.taken_from == "sidecar" and scene.name == known.name
    was_said = known.taken_from == "given"
    if is_said or is_corrected or (not was_said and scene.taken.is_within(known.taken)):
        return scene, f"its date was {known.taken} and is now {scene.taken}"
    if was_said or known.taken.is_within(scene.taken):
        return kept, f"its date {known.taken} was kept"
    raise BadDate(
        f"{scene.name}: is the same file as {known.name}, which is dated {known.taken}, but its "
        f"{scene.taken_from} says {scene.taken}; the date in the project was kept, if the other "
        f"one is right add this file with --taken {scene.taken}"
    )


def epoch(project: Project, scene: Scene) -> str:
    """Return a note on a scene that no comparison will use for its date; empty otherwise."""
    epochs = project.config.dates.before_when, project.config.dates.after_when
    if any(scene.taken.is_within(epoch) for epoch in epochs):
        return ""
    is_partly = any(scene.taken.overlaps(epoch) for epoch in epochs)
    return (
        "kept but not compared: its date lies "
        + ("only partly in an epoch" if is_partly else "in neither epoch")
        + f" (before {epochs[0]}, after {epochs[1]}); "
        + ("state it more exactly with --taken" if is_partly else "see dates in vallum.toml")
    )


def with_mask_hash(project: Project, scene: Scene) -> Scene:
    """Return the scene with the hash of its provider's mask, where it has one."""
    mask = project.root / scene.mask_href
    if not scene.mask_href or not mask.is_file():
        return scene
    return replace(scene, mask_sha256=sha256_of(mask))


def _with_copy_hash(project: Project, scene: Scene) -> Scene:
    """Return the scene with the hash of its working copy, so that `verify` can find bit rot."""
    path = project.path_of(scene)
    if path is None:
        return scene
    if path.is_relative_to(project.root):
        scene = replace(scene, href=str(path.relative_to(project.root)))
    scene = with_mask_hash(project, scene)
    if objects.is_object(scene.href):
        return replace(scene, copy_sha256=scene.sha256)
    for known in project.store.latest(Scene, scene.id):
        if known.copy_sha256 and known.href == scene.href:
            return replace(scene, copy_sha256=known.copy_sha256)
    return replace(scene, copy_sha256=sha256_of(path))


def far(project: Project, scene: Scene) -> str:
    """Return a note on a scene that covers nothing of the corridor; empty otherwise."""
    border = project.config.border
    reach_m = max(border.left_m, border.right_m)
    if project.frontier.spans_near([scene.footprint], reach_m) & project.extent:
        return ""
    middle = scene.footprint.representative_point()
    _, off_m = project.frontier.locate_many([middle.x], [middle.y])
    away_m = abs(float(off_m[0]))
    away = f"its middle is {away_m / 1000:,.0f} km from the line"
    if away_m < 1000:
        away = f"its middle is {away_m:,.0f} m from the line"
    hint = ""
    if away_m > _FAR_M:
        hint = "; check its coordinate reference system"
        if abs(middle.x) <= 90:
            _, swapped_m = project.frontier.locate_many([middle.y], [middle.x])
            if abs(swapped_m[0]) < _FAR_M:
                hint = (
                    "; with latitude and longitude swapped they would meet: if the line is the "
                    "wrong one, start a new project with longitude written first"
                )
    return f"kept but not used: covers nothing of the corridor, {away}{hint}"


def _described(name: str, scene: Scene) -> str:
    sensor = f"{scene.sensor} " if scene.sensor else ""
    parts = [f"{name}: {sensor}{scene.taken}", f"{scene.gsd_m:.2f} m", f"{scene.n_bands} bands"]
    if math.isfinite(scene.cloud_percent):
        parts.append(f"{scene.cloud_percent:.0f} % cloud")
    if math.isfinite(scene.off_nadir_deg):
        parts.append(f"{scene.off_nadir_deg:.0f} degrees off nadir")
    return ", ".join(parts)
