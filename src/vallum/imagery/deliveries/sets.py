"""The files that one paper lists: found, missing, or there under another name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from rasterio._err import CPLE_BaseError  # what reading raises has no public name
from rasterio.errors import CRSError, RasterioError

from vallum.ground.errors import BadDate, BadImage
from vallum.ground.when import When
from vallum.imagery import dates, stated
from vallum.imagery.deliveries import build
from vallum.imagery.deliveries.papers import IMAGES, Folder, tiff_size

Box = tuple[float, float, float, float]

_OVERLAP = 0.5
"""Tiles of a set share a margin at most."""
_REACH = 3.0
"""A tile lies within so many sides of another of its set, over gaps where more is missing."""
_TERMS = re.compile(r"(licen[cs]e|eula|terms[_ ]of[_ ]use)", re.IGNORECASE)


def files_of(
    folder: Folder,
    paper: Path,
    listed: Sequence[str],
    *,
    whole: tuple[int, int] | None = None,
    taken: str = "",
) -> tuple[list[Path], list[str], list[str]]:
    """Return the files that `paper` lists, the names that are missing, and notes.

    A listed file that is not there may have been renamed: if as many unclaimed images lie beside
    the paper as are missing, they are taken for them, and the note says so: each lies where its
    own georeference says, so that only the date is at stake. An image whose name tells another
    date, or that does not lie beside the rest of the set on the same grid, is none of it. Found
    files are claimed.

    Args:
        folder: everything that was given.
        paper: the paper.
        listed: names as the paper writes them; empty if it lists none.
        whole: columns and rows of the image, where it is one file.
        taken: when the paper says it was taken.
    """
    found = [(name, folder.find(paper, name)) for name in listed]
    files = [path for _, path in found if path is not None]
    missing = [Path(name.replace("\\", "/")).name for name, path in found if path is None]
    notes: list[str] = []
    folder.claimed.update(files)
    if not listed:
        files = _unlisted(folder, paper, whole, taken)
    elif missing:
        renamed = _renamed(
            folder, paper, len(missing), whole if len(listed) == 1 else None, taken, files
        )
        if renamed:
            notes.append(
                f"{', '.join(path.name for path in renamed)} taken for {', '.join(missing)} of "
                f"{paper.name}: renamed"
            )
            files, missing = files + renamed, []
    folder.claimed.update(files)
    return sorted(files), missing, notes


def _unlisted(folder: Folder, paper: Path, whole: tuple[int, int] | None, taken: str) -> list[Path]:
    """Return the image of a paper that lists no file: of the same name, or the only fit."""
    options = folder.beside(paper)
    stem = paper.stem.lower()
    named = [path for path in options if path.stem.lower() == stem]
    if named:
        return named[:1]
    tiles = [p for p in options if re.sub(r"_?r\d+c\d+", "", p.stem.lower()) == stem]
    if tiles:
        return tiles
    fitting = [
        path
        for path in options
        if whole and tiff_size(path) == whole and not says_otherwise(path, taken)
    ]
    return fitting if len(fitting) == 1 else []


def _renamed(
    folder: Folder,
    paper: Path,
    n_missing: int,
    whole: tuple[int, int] | None,
    taken: str,
    siblings: Sequence[Path],
) -> list[Path]:
    # A file that another paper names is no renamed one, wherever it lies.
    options = [
        path
        for path in folder.beside(paper)
        if not _is_spoken_of(folder, path, paper) and not says_otherwise(path, taken)
    ]
    if whole:
        options = [path for path in options if tiff_size(path) == whole]
    if len(options) != n_missing or (siblings and not _go_together(siblings, options)):
        return []
    return options


def says_otherwise(image: Path, taken: str) -> bool:
    """Say whether an image's name tells another date than `taken`, a day or `FROM..TO`."""
    named = dates.in_name(image.name, datetime.now(UTC).date())
    try:
        return named is not None and bool(taken) and not named.overlaps(When.parse(taken))
    except BadDate:
        return False


def _go_together(siblings: Sequence[Path], options: Sequence[Path]) -> bool:
    """Say whether images lie on the grid of a set, beside its tiles and not upon them."""
    laid = [_outline(path) for path in (*siblings, *options)]
    known = [one for one in laid if one is not None]
    if len(known) < len(laid) or len({grid for grid, _ in known}) > 1:
        return False
    for n, (_, new) in enumerate(known[len(siblings) :], start=len(siblings)):
        others = [box for m, (_, box) in enumerate(known) if m != n]
        side = max(new[2] - new[0], new[3] - new[1])
        if any(_shared(new, other) > _OVERLAP for other in others):
            return False
        if min(_gap(new, other) for other in others) > _REACH * side:
            return False
    return True


def _outline(path: Path) -> tuple[tuple[object, ...], Box] | None:
    """Return what tiles of a set share (system, pixel, bands, kind) and where a file lies."""
    try:
        with ExitStack() as stack:
            source = build.opened(stack, path)
            size = tuple(round(value, 9) for value in source.res)
            west, south, east, north = map(float, source.bounds)
            return (str(source.crs), size, source.count, source.dtypes[0]), (
                west,
                south,
                east,
                north,
            )
    except (BadImage, RasterioError, CPLE_BaseError, CRSError):
        return None


def _shared(one: Box, other: Box) -> float:
    """Return which share of the smaller box lies in both."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    least = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return max(0.0, width) * max(0.0, height) / least if least > 0 else 1.0


def _gap(one: Box, other: Box) -> float:
    """Return the larger of the gaps between two boxes, across and along; 0 where they touch."""
    across = max(one[0], other[0]) - min(one[2], other[2])
    along = max(one[1], other[1]) - min(one[3], other[3])
    return max(across, along, 0.0)


def _is_spoken_of(folder: Folder, image: Path, paper: Path) -> bool:
    """Say whether a text paper other than `paper` names the image, or is named like it."""
    name = image.name.lower()
    others = [p for p in (*folder.text, *folder.xml, *folder.json) if p.stem != paper.stem]
    return any(p.stem.lower() == image.stem.lower() for p in others) or any(
        name in text.lower() for path, text in folder.text.items() if path.stem != paper.stem
    )


def licence(folder: Folder, paper: Path) -> str:
    """Return the first line of the licence text nearest to a paper, with the file's name."""
    options = [path for path in folder.text if _TERMS.search(path.stem)]
    near = [
        path for path in options if path.parent == paper.parent or path.parent in paper.parents[:3]
    ]
    for path in sorted(near, key=lambda p: -len(p.parts)):
        folder.claimed.add(path)
        lines = (stated.words(line, 160) for line in folder.text[path].splitlines())
        first = next((line for line in lines if line), "")
        if first:
            return f"{first} ({path.name})"
    return ""


def claim_like(folder: Folder, root: Path, *, suffixes: frozenset[str] = IMAGES) -> None:
    """Claim every image below a folder that a paper describes as a whole."""
    folder.claimed.update(
        path
        for path in folder.files
        if path.suffix.lower() in suffixes and path.is_relative_to(root)
    )
