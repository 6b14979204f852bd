"""What lies in the folders and files that a person gave: orders, single images, pictures.

Runs in the limited process (`orders` starts it). Papers decide what belongs together, not names
of folders: deliveries are unpacked flat, renamed, and mixed.
"""

from __future__ import annotations

import re
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
_MOST_ODD = 50
_MASK = re.compile(
    r"(^|_)(QA_?(PIXEL|RADSAT|AEROSOL|60)|BQA|(SR|ST)_(CLOUD_)?QA|udm2?(_clip|_file_format)*|"
    r"CLD_?PRB(_\d+m)?|SNW_?PRB(_\d+m)?|SCL(_\d+m)?)$|(^|_)MSK_[A-Z]{4,}|^(CLD|SNW)_.*_MSK$|"
    # Heat, and what it was computed from: no view of the ground.
    r"_ST_(B\d+|ATRAN|CDIST|[DTU]RAD|EMIS|EMSD)$|^L[COTEM]\d.*_(SAA|SZA|VAA|VZA)$",
    re.IGNORECASE,
)
_ODD = (
    TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError, OSError,
)  # fmt: skip

Vendor = tuple[str, Callable[[Any], Iterator[tuple[str, Image]]]]


def orders(paths: Sequence[Path]) -> Found:
    """Return what lies in folders and files; never raises for what is in them.

    A file that papers beside it list brings its whole set: the sibling tiles of a tile, the bands
    of a band. Zip archives are unpacked before (`unpack.unpack`).

    Args:
        paths: folders and files that exist.
    """
    whole = [path.absolute() for path in paths]
    near = around(whole)
    try:
        answer = foreign.call(
            "vallum.imagery.deliveries.find:look",
            {"paths": list(map(str, whole)), "near": list(map(str, near))},
            reads=[*whole, *near],
            returns=Found,
            wall_s=_READ_S,
        )
        return _within(answer, [*whole, *near])
    except (WorkerFailed, BadInput) as error:
        from vallum.imagery.deliveries.papers import IMAGES, gather

        files, _ = gather(paths)
        singles, masks = _without_masks([p for p in files if p.suffix.lower() in IMAGES])
        said = stated.words(str(error), 200)
        return Found(
            singles=tuple(map(str, singles)),
            problems=(
                f"the papers of the delivery could not be read ({said}); its images were taken "
                "one by one, say with --taken when they were taken",
                *masks,
            ),
        )


def around(paths: Sequence[Path]) -> list[Path]:
    """Return what may be papers of single images among some paths: it lies beside or above them."""
    alone = [path for path in paths if path.is_file() and _is_image(path)]
    return [one for path in alone for one in _around(path)]


def _within(found: Found, given: Sequence[Path]) -> Found:
    """Return what was found, if all of it lies in what was given: the papers are somebody else's.

    Raises:
        WorkerFailed: it names another file.
    """
    roots = {path.resolve() for path in given}
    images = [image for order in found.orders for image in order.images]
    named = {file for image in images for file in image.files}
    named |= {mask.path for image in images for mask in image.masks}
    for file in {*named, *found.singles, *found.pictures}:
        real = Path(file).resolve()
        if "\0" in file or not (real in roots or roots.intersection(real.parents)):
            raise WorkerFailed("they name a file outside what was given")
    return found


def look(paths: Sequence[str], near: Sequence[str]) -> dict[str, Any]:
    """Return what `orders` returns, as plain JSON; runs in the limited process only."""
    from vallum.imagery.deliveries.papers import Folder, gather

    given = [Path(path) for path in paths]
    alone = {path for path in given if path.is_file()}
    files, problems = gather([path for path in given if path not in alone])
    beside, _ = gather(map(Path, near))
    folder = Folder(files=tuple(sorted({*files, *beside, *alone})))
    wanted = set(files) | alone
    found: dict[tuple[str, str], list[Image]] = {}
    for kind, images in _vendors():
        for number, every in _read(folder, kind, images):
            image = _for_those_asked(every, wanted, alone)
            if image is None:
                continue
            if not image.files:
                problems.append(_absent(image))
                continue
            image = _with_seams(folder, image)
            key = kind, stated.words(number, 80)
            found.setdefault(key, []).append(image)
    for path, image in _mosaics(folder, wanted):
        folder.claimed.add(path)
        found.setdefault(("Mosaic", path.parent.name), []).append(image)
    loose = _loose(folder, wanted, alone, found)
    problems += [line for line in folder.problems if _concerns(line, wanted)]
    result = replace(
        loose,
        orders=tuple(
            Order(kind=kind, number=number, images=tuple(sorted(images, key=lambda i: i.name)))
            for (kind, number), images in sorted(found.items())
        ),
        problems=tuple(stated.words(line, 500) for line in [*problems, *loose.problems]),
    )
    return result.plain()


def _loose(folder: Any, wanted: set[Path], alone: set[Path], found: Any) -> Found:
    """Return what no order speaks of: images, pictures, photographs, and masks as problems."""
    from vallum.imagery.deliveries.papers import IMAGES, PICTURES

    left = [path for path in folder.files if path in wanted - folder.claimed]
    singles, masks = _without_masks([p for p in left if p.suffix.lower() in IMAGES])
    singles, n_photos = _without_photos(singles)
    strange, n_raw = _without_photos(_strange(alone, singles, folder))
    shown, n_pictures = _without_photos([p for p in left if p.suffix.lower() in PICTURES])
    return Found(
        singles=tuple(str(path) for path in [*singles, *strange]),
        pictures=tuple(str(path) for path in _pictures(folder, shown, alone, found)),
        n_photos=n_photos + n_raw + n_pictures,
        problems=tuple(masks),
    )


def _read(
    folder: Any, kind: str, images: Callable[[Any], Iterator[tuple[str, Image]]]
) -> list[tuple[str, Image]]:
    """Return what one reader finds; a paper that it cannot take gets a line and is left out."""
    claimed = set(folder.claimed)
    for _ in range(_MOST_ODD):
        folder.claimed, folder.at = set(claimed), None
        try:
            return list(images(folder))
        except _ODD as error:
            if folder.at is None:
                break
            said = stated.words(f"{type(error).__name__}: {error}", 120)
            folder.problems.append(
                f"{folder.at.name}: is no paper as {kind} writes them ({said}) and was left out; "
                "fetch the delivery again"
            )
            folder.drop(folder.at)
    folder.claimed = claimed
    return []


def _with_seams(folder: Any, image: Image) -> Image:
    from vallum.imagery.deliveries import mosaic

    try:
        return replace(image, seams=mosaic.seams(folder, image))
    except _ODD:
        return image  # an odd layer tells nothing; the image keeps the range of its papers


def _without_masks(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """Return images that show the ground, and a line for each mask and layer of values."""
    masks = [path for path in paths if _MASK.search(path.stem)]
    lines = [
        f"{stated.words(path.name, 200)}: is a mask or a layer of values without the papers of its "
        "image; it shows no ground and was left out, add the whole delivery"
        for path in masks
    ]
    return [path for path in paths if path not in set(masks)], lines


def _without_photos(paths: Sequence[Path]) -> tuple[list[Path], int]:
    """Return the pictures that no camera on the ground took, and how many one did."""
    from vallum.imagery.deliveries.photos import is_photo

    kept = [path for path in paths if not is_photo(path)]
    return kept, len(paths) - len(kept)


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
    for path in folder.images:
        if path in wanted and path not in folder.claimed:
            image = _with_seams(folder, Image(name=path.name, files=(str(path),)))
            if image.seams:
                yield path, image


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
        every = [p for p in folder.iterdir() if not p.name.startswith(".")]
        return [p for p in every if p.is_file() and not p.is_symlink()]
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
    names = ", ".join(one[:80] for one in image.missing[:3]) + (
        " ..." if len(image.missing) > 3 else ""
    )
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


def _pictures(folder: Any, shown: Sequence[Path], alone: set[Path], found: Any) -> list[Path]:
    """Return PNG and JPEG that are no quicklook of a delivery: those outside its folders."""
    homes = {Path(file).parent for images in found.values() for i in images for file in i.files}
    papers = {path.parent for path in folder.claimed}
    return [
        path for path in shown if path in alone or not _is_quicklook(path, folder, homes | papers)
    ]


def _is_quicklook(path: Path, folder: Any, homes: set[Path]) -> bool:
    """Say whether a picture lies in a delivery, or is the small copy of an image beside it."""
    if set(path.parents) & homes:
        return True
    return any(
        image.parent == path.parent and path.stem.lower().startswith(image.stem.lower())
        for image in folder.images
    )
