"""What lies in the folders and files that a person gave: orders, single images, pictures.

Runs in the limited process (`orders` starts it). Papers decide what belongs together, not names
of folders: deliveries are unpacked flat, renamed, and mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vallum.ground import foreign
from vallum.ground.errors import BadInput, WorkerFailed
from vallum.imagery import stated
from vallum.imagery.deliveries.order import Found, Image, Order

_READ_S = 300.0
_NEAR = 3
_TILE = r"(?i)(?:^|[_-])R\d{1,3}C\d{1,3}(?:[_.-]|$)"

Vendor = tuple[str, Callable[[Any], Iterator[tuple[str, Image]]]]


def orders(paths: Sequence[Path]) -> Found:
    """Return what lies in folders and files; never raises for what is in them.

    A file that papers beside it list brings its whole set: the sibling tiles of a tile, the bands
    of a band. Zip archives are unpacked before (`unpack.unpack`).

    Args:
        paths: folders and files that exist.
    """
    try:
        answer = foreign.call(
            "vallum.imagery.deliveries.find:look",
            {"paths": [str(path.absolute()) for path in paths]},
            wall_s=_READ_S,
        )
    except (WorkerFailed, BadInput) as error:
        from vallum.imagery.deliveries.papers import IMAGES, gather

        files, _ = gather(paths)
        return Found(
            singles=tuple(str(p) for p in files if p.suffix.lower() in IMAGES),
            problems=(
                f"the papers of the delivery could not be read ({error}); its images were taken "
                "one by one, say with --taken when they were taken",
            ),
        )
    return Found.of(answer)


def look(paths: Sequence[str]) -> dict[str, Any]:
    """Return what `orders` returns, as plain JSON; runs in the limited process only."""
    from vallum.imagery.deliveries import mosaic
    from vallum.imagery.deliveries.papers import IMAGES, PICTURES, Folder, gather

    given = [Path(path) for path in paths]
    alone = {path for path in given if path.is_file()}
    near = [root for path in alone if _is_image(path) for root in _around(path)]
    files, problems = gather([path for path in given if path not in alone])
    around, _ = gather(near)
    folder = Folder(files=tuple(sorted({*files, *around, *alone})))
    wanted = set(files) | alone
    found: dict[tuple[str, str], list[Image]] = {}
    for kind, images in _vendors():
        for number, every in images(folder):
            image = _for_those_asked(every, wanted, alone)
            if image is None:
                continue
            if not image.files:
                problems.append(_absent(image))
                continue
            image = replace(image, seams=mosaic.seams(folder, image))
            key = kind, stated.words(number, 80)
            found.setdefault(key, []).append(image)
    for path, image in _mosaics(folder, wanted):
        folder.claimed.add(path)
        found.setdefault(("Mosaic", path.parent.name), []).append(image)
    singles = [
        p for p in folder.files if p.suffix.lower() in IMAGES and p in wanted - folder.claimed
    ]
    problems += [line for line in folder.problems if _concerns(line, wanted)]
    result = Found(
        orders=tuple(
            Order(kind=kind, number=number, images=tuple(sorted(images, key=lambda i: i.name)))
            for (kind, number), images in sorted(found.items())
        ),
        singles=tuple(str(path) for path in [*singles, *_strange(alone, singles, folder)]),
        pictures=tuple(str(path) for path in _pictures(folder, wanted, alone, PICTURES, found)),
        problems=tuple(stated.words(line, 500) for line in problems),
    )
    return result.plain()


def _vendors() -> tuple[Vendor, ...]:
    """Return the readers, those with the most telling papers first: each claims its files."""
    from vallum.imagery.deliveries import (
        airbus,
        landsat,
        maxar,
        naip,
        planet,
        sentinel2,
        stacitem,
    )

    modules = (maxar, planet, airbus, sentinel2, landsat, stacitem, naip)
    return tuple((module.KIND, module.images) for module in modules)


def _mosaics(folder: Any, wanted: set[Path]) -> Iterator[tuple[Path, Image]]:
    """Yield images without papers beside which a layer says which part was taken when."""
    from vallum.imagery.deliveries import mosaic

    for path in folder.images:
        if path in wanted and path not in folder.claimed:
            image = Image(name=path.name, files=(str(path),))
            if found := mosaic.seams(folder, image):
                yield path, replace(image, seams=found)


def _is_image(path: Path) -> bool:
    from vallum.imagery.deliveries.papers import IMAGES

    return path.suffix.lower() in IMAGES


def _around(path: Path) -> list[Path]:
    """Return where the papers of one file may lie: its folder, and that of its product."""
    for parent in list(path.parents)[:6]:
        if parent.suffix.upper() == ".SAFE":
            return [parent]
    return [
        file
        for parent in list(path.parents)[:_NEAR]
        for file in _listed(parent)
        if parent == path.parent or file.suffix.lower() in {".json", ".xml", ".til", ".imd"}
    ]


def _listed(folder: Path) -> list[Path]:
    try:
        return [p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")]
    except OSError:
        return []


def _for_those_asked(image: Image, wanted: set[Path], alone: set[Path]) -> Image | None:
    """Return the image if it was asked for, noting what one of its files brought along."""
    files = [Path(file) for file in image.files]
    if not files:
        papers = {path.name for path in wanted}
        return image if papers & set(image.papers) else None
    asked = [file for file in files if file in wanted]
    if not asked:
        return None
    brought = len(files) - len(asked)
    if brought and set(asked) <= alone:
        note = (
            f"{asked[0].name} belongs to a set of {len(files) + len(image.missing)} listed in "
            f"{image.papers[0] if image.papers else image.name}: the set was taken in as one"
        )
        return replace(image, notes=(note, *image.notes))
    return image


def _absent(image: Image) -> str:
    paper = image.papers[0] if image.papers else image.name
    names = ", ".join(image.missing[:3]) + (" ..." if len(image.missing) > 3 else "")
    what = f"{names} " if names else "its image "
    return (
        f"{paper}: describes an image whose files are not here ({what.strip()}); put them beside "
        "it and add the folder again"
    )


def _concerns(line: str, wanted: set[Path]) -> bool:
    return line.partition(":")[0] in {path.name for path in wanted}


def _strange(alone: set[Path], singles: list[Path], folder: Any) -> list[Path]:
    """Return files given by name that are no image by suffix and no paper: each gets its line."""
    from vallum.imagery.deliveries.papers import PICTURES

    read = {*folder.xml, *folder.json, *folder.text, *folder.claimed, *singles}
    return sorted(
        path for path in alone if path not in read and path.suffix.lower() not in PICTURES
    )


def _pictures(
    folder: Any, wanted: set[Path], alone: set[Path], kinds: frozenset[str], found: Any
) -> list[Path]:
    """Return PNG and JPEG that are no quicklook of a delivery: those outside its folders."""
    homes = {Path(file).parent for images in found.values() for i in images for file in i.files}
    papers = {path.parent for path in folder.claimed}
    return [
        path
        for path in folder.files
        if path.suffix.lower() in kinds
        and path in wanted
        and path not in folder.claimed
        and (path in alone or not _is_quicklook(path, folder, homes | papers))
    ]


def _is_quicklook(path: Path, folder: Any, homes: set[Path]) -> bool:
    """Say whether a picture lies in a delivery, or is the small copy of an image beside it."""
    if set(path.parents) & homes:
        return True
    return any(
        image.parent == path.parent and path.stem.lower().startswith(image.stem.lower())
        for image in folder.images
    )
