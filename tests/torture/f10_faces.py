"""F10: faces in a photograph are covered, whichever way it is turned, by one colour each.

Labelled faces: the hundred of scikit-image's `lfw_subset` (25 pixels square, cut so close that
hair and shoulders are missing), COMPOSED into the heads of two whole photographs, scikit-image's
astronaut and matplotlib's portrait, and these two themselves, with rectangles by hand. All are
shown as COPIES: made larger or smaller, and turned by quarters. `VALLUM_FACES` names a folder of
further photographs with rectangles in the form of dlib's `imglab` (`*.xml`), as dlib's examples;
they are only measured. Told, not promised: faces without hair on gravel, and darkened copies.

What is counted is what the step `scrub` wrote: a face is covered when at least nine tenths of its
rectangle are under covers, and a cover is one colour when no pixel under it differs.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
import skimage.data
from lxml import etree
from numpy.typing import NDArray
from PIL import Image

from torture import Figure, Size
from vallum.evidence.consent import Reader, may_show
from vallum.evidence.scrub import Area, scrub
from vallum.ground.records import Exhibit, Source
from vallum.ground.saidkinds import Attribution, Handling, Part, Risk, Scope, Voice

NAME = "F10"
WHAT = "faces: rectangles that `scrub` covers, in four rotations, and what is under a cover"
PROMISED = {
    Size.CI: "48 copies of 12 labelled faces, all four rotations: >= 0.99 covered at >= 20 px, "
    ">= 0.95 at 8 to 20 px; variance inside a cover 0",
    Size.RELEASE: ">= 200 copies of >= 100 labelled faces, all four rotations: >= 0.99 covered at "
    ">= 20 px, >= 0.95 at 8 to 20 px; variance inside a cover 0",
}
_LARGE_PX = 20
_LARGE, _SMALL = 0.99, 0.95
_COVERED = 0.9
_ROOM = 3.0  # a head has this many widths of its face around it: covers of neighbours do not help
_SIZES_PX = (8, 12, 16, 20, 24, 32)
_WHOLE_PX = (12, 24)
_MOST_COVERED = 0.95  # whoever covers everything overlooks nothing
_FACES = (((225, 130), 98), ((260, 235), 190))  # middle and width in the two own photographs
_SEED = 6  # the noise of darkened copies


@dataclass(frozen=True)
class Board:
    """A picture and the rectangles of its faces: left, top, width, height, in pixels."""

    name: str
    pixels: NDArray[np.uint8]
    boxes: NDArray[np.float64]
    n_faces: int
    is_promised: bool = True
    is_whole: bool = False


@dataclass
class _Tally:
    """What came out, over all boards."""

    large: int = 0
    large_found: int = 0
    small: int = 0
    small_found: int = 0
    more: dict[str, list[int]] = field(default_factory=dict)
    n_covers: int = 0
    n_spotted: int = 0
    shares: list[float] = field(default_factory=list)


def measure(size: Size, folder: Path) -> Figure:
    """Scrub boards of faces, each in four rotations, and look at what was written."""
    boards = [*_boards(size)]
    tally, overlooked = _Tally(), []
    for board in boards:
        for n_turns in range(4):
            overlooked += _seen(_turned(board, n_turns), n_turns, folder, tally)
    misses = _judged(tally, overlooked)
    misses += _uncleared()
    n_copies = tally.large + tally.small
    n_faces = max(board.n_faces for board in boards)
    n_faces += sum({b.name: b.n_faces for b in boards if b.is_whole}.values())
    if size is Size.RELEASE and (n_copies < 200 or n_faces < 100):
        misses.append(f"only {n_copies} copies of {n_faces} faces were shown")
    return Figure(
        measured=f"{n_copies} copies of {n_faces} labelled faces: covered "
        f"{_share(tally.large_found, tally.large)} at >= {_LARGE_PX} px, "
        f"{_share(tally.small_found, tally.small)} at 8 to {_LARGE_PX} px; {tally.n_spotted} of "
        f"{tally.n_covers} covers hold more than one colour",
        holds=not misses,
        misses=tuple(misses),
        notes=(
            "copies of few faces, most of them grey and composed into two heads: not how well it "
            "finds people at the borders that you study",
            *(f"not promised: {name}: {_share(*found)}" for name, found in tally.more.items()),
            f"of the area of the boards {np.mean(tally.shares):.2f} was covered; small faces stand close",
            *overlooked[:20],
        ),
    )


def _judged(tally: _Tally, overlooked: list[str]) -> list[str]:
    """Return what does not hold."""
    misses = []
    if tally.large_found < _LARGE * tally.large or not tally.large:
        misses.append(f"at >= {_LARGE_PX} px: {_share(tally.large_found, tally.large)} covered")
    if tally.small_found < _SMALL * tally.small or not tally.small:
        misses.append(f"at 8 to {_LARGE_PX} px: {_share(tally.small_found, tally.small)} covered")
    if tally.n_spotted or not tally.n_covers:
        misses.append(f"{tally.n_spotted} of {tally.n_covers} covers hold more than one colour")
    if np.mean(tally.shares) > _MOST_COVERED:
        misses.append(f"{np.mean(tally.shares):.0%} of all was covered, which shows nothing")
    if misses:
        misses += overlooked[:20]
    return misses


def _seen(board: Board, n_turns: int, folder: Path, tally: _Tally) -> list[str]:
    """Scrub one picture, count, and return the faces that were overlooked, by name."""
    given, out = folder / "given.png", folder / ("out.jpg" if n_turns % 2 else "out.png")
    Image.fromarray(board.pixels).save(given)
    areas = scrub(given, out).areas
    with Image.open(out) as image:
        shown = np.asarray(image)
    tally.n_covers += len(areas)
    tally.n_spotted += sum(_cut(shown, area).var() > 0 for area in areas)
    hidden = np.zeros(shown.shape[:2], bool)
    for area in areas:
        _cut(hidden, area)[:] = True
    tally.shares.append(float(hidden.mean()))
    overlooked = []
    for n, (x, y, wide, tall) in enumerate(np.rint(board.boxes).astype(int)):
        is_found = hidden[max(0, y) : y + tall, max(0, x) : x + wide].mean() >= _COVERED
        if not board.is_promised:
            found = tally.more.setdefault(board.name, [0, 0])
            found[0] += int(is_found)
            found[1] += 1
            continue
        kind = "large" if wide >= _LARGE_PX else "small"
        setattr(tally, kind, getattr(tally, kind) + 1)
        setattr(tally, f"{kind}_found", getattr(tally, f"{kind}_found") + int(is_found))
        if not is_found:
            overlooked.append(
                f"overlooked: {board.name}, face {n}, {wide} px, turned {90 * n_turns}"
            )
    return overlooked


def _cut(pixels: NDArray[np.generic], area: Area) -> NDArray[np.generic]:
    return pixels[area.y : area.y + area.height, area.x : area.x + area.width]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" + (f" ({part / whole:.3f})" if whole else "")


# -- the boards ---------------------------------------------------------------------------------


def _boards(size: Size) -> Iterator[Board]:
    if size is Size.CI:
        yield _composed({20: 4, 10: 8})
        return
    for face_px in _SIZES_PX:
        yield _composed({face_px: 100})
    for photo in _photos():
        for face_px in _WHOLE_PX:
            yield _resized(photo, face_px)
    yield _darkened(_composed({24: 100}))
    yield _cut_out(16)


def _own_photos() -> Iterator[Board]:
    """Yield the whole photographs that packages ship, their rectangles by hand."""
    yield Board(
        "astronaut", skimage.data.astronaut(), np.array([[180.0, 70, 90, 115]]), 1, is_whole=True
    )
    path = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    pixels = cv2.imread(str(path))[:, :, ::-1]
    yield Board("portrait", pixels, np.array([[165.0, 130, 190, 200]]), 1, is_whole=True)


def _photos() -> Iterator[Board]:
    """Yield whole photographs: those of packages, and those that `VALLUM_FACES` names."""
    yield from _own_photos()
    folder = os.environ.get("VALLUM_FACES", "")
    for table in sorted(Path(folder).glob("*.xml")) if folder else ():
        tree = etree.parse(str(table), etree.XMLParser(resolve_entities=False, no_network=True))
        for image in tree.iter("image"):
            path = table.parent / str(image.get("file"))
            boxes = [
                [float(box.get(k, "0")) for k in ("left", "top", "width", "height")]
                for box in image.iter("box")
                if box.get("ignore") != "1"
            ]
            if boxes and path.is_file():
                pixels = cv2.imread(str(path))[:, :, ::-1]
                yield Board(path.name, pixels, np.array(boxes), len(boxes), is_whole=True)


def _small_faces() -> NDArray[np.uint8]:
    return np.asarray(skimage.data.lfw_subset()[:100] * 255, np.uint8)


def _composed(n_by_px: dict[int, int]) -> Board:
    """Return faces set into heads, rows of each size below one another, no face twice."""
    rows, boxes, first, top = [], [], 0, 0
    for face_px, n in n_by_px.items():
        busts = [_bust(k, face_px) for k in range(first, first + n)]
        side = busts[0][0].shape[0]
        per_row = math.ceil(math.sqrt(n)) if len(n_by_px) == 1 else n
        tall = math.ceil(n / per_row) * side
        block = np.full((tall, per_row * side), 128, np.uint8)
        for k, (pixels, (x, y)) in enumerate(busts):
            left, down = k % per_row * side, k // per_row * side
            block[down : down + side, left : left + side] = pixels
            boxes.append([left + x, top + down + y, face_px, face_px])
        rows.append(block)
        first, top = first + n, top + tall
    wide = max(block.shape[1] for block in rows)
    picture = np.vstack(
        [np.pad(b, ((0, 0), (0, wide - b.shape[1])), constant_values=128) for b in rows]
    )
    name = "set into heads, " + " and ".join(f"{px} px" for px in n_by_px)
    return Board(name, np.repeat(picture[:, :, None], 3, 2), np.array(boxes, float), len(boxes))


def _bust(k: int, face_px: int) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """Return a head and shoulders with the k-th small face, and where its rectangle begins.

    A face without hair and neck is nothing that a camera sees. The light of the face is brought
    to that of the head, and its edge is made soft.
    """
    photo, (middle_x, middle_y), side = list(_heads())[k % 2]
    half = int(side * _ROOM / 2)
    left, top = max(0, middle_x - half), max(0, middle_y - int(half * 0.9))
    crop = photo[top : top + 2 * half, left : left + 2 * half].astype(np.float64)
    short = [(0, 2 * half - length) for length in crop.shape]
    crop = np.pad(crop, short, mode="edge")
    x, y = middle_x - left - side // 2, middle_y - top - side // 2
    face = cv2.resize(_small_faces()[k], (side, side), interpolation=cv2.INTER_CUBIC).astype(float)
    under = crop[y : y + side, x : x + side]
    face = (face - face.mean()) / max(face.std(), 1.0) * max(under.std(), 30.0) + under.mean()
    down, across = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    share = np.clip((1 - np.hypot(across / 0.95, down)) / 0.25, 0, 1)
    crop[y : y + side, x : x + side] = under * (1 - share) + face * share
    by = face_px / side
    small = cv2.resize(crop, (round(_ROOM * face_px),) * 2, interpolation=cv2.INTER_AREA)
    return small.clip(0, 255).astype(np.uint8), (x * by, y * by)


def _heads() -> Iterator[tuple[NDArray[np.uint8], tuple[int, int], int]]:
    """Yield the two whole photographs, grey: where the face is in each, and how wide."""
    for photo, where in zip(_own_photos(), _FACES, strict=True):
        yield cv2.cvtColor(np.ascontiguousarray(photo.pixels), cv2.COLOR_RGB2GRAY), *where


def _cut_out(face_px: int) -> Board:
    """Return the hundred faces as they are, without hair, on gravel and well apart."""
    step, side = 3 * face_px, 30 * face_px
    ground = cv2.resize(skimage.data.gravel(), (side, side), interpolation=cv2.INTER_AREA)
    boxes = []
    for k, face in enumerate(_small_faces()):
        x, y = (v * step + face_px for v in (k % 10, k // 10))
        small = cv2.resize(face, (face_px, face_px), interpolation=cv2.INTER_AREA)
        ground[y : y + face_px, x : x + face_px] = small
        boxes.append([x, y, face_px, face_px])
    pixels = np.repeat(ground[:, :, None], 3, 2)
    return Board(f"cut out, {face_px} px", pixels, np.array(boxes, float), 100, is_promised=False)


def _resized(photo: Board, face_px: int) -> Board:
    """Return it at the size in which its median face is that wide."""
    by = face_px / float(np.median(photo.boxes[:, 2]))
    how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    pixels = cv2.resize(photo.pixels, None, fx=by, fy=by, interpolation=how)
    return replace(photo, pixels=pixels, boxes=photo.boxes * by)


def _turned(board: Board, n_turns: int) -> Board:
    """Return it turned by quarters, counter-clockwise."""
    pixels, boxes = board.pixels, board.boxes
    for _ in range(n_turns):
        x, y, wide, tall = boxes.T
        boxes = np.stack([y, pixels.shape[1] - x - wide, tall, wide], 1)
        pixels = np.rot90(pixels)
    return Board(board.name, np.ascontiguousarray(pixels), boxes, board.n_faces, board.is_promised)


def _darkened(board: Board) -> Board:
    """Return it at a third of its brightness, with noise."""
    noise = np.random.default_rng(_SEED).normal(0, 10, board.pixels.shape)
    dark = (board.pixels / 3.0 + noise).clip(0, 255).astype(np.uint8)
    return replace(board, name=f"{board.name}, dark", pixels=dark, is_promised=False)


# -- who cleared it -------------------------------------------------------------------------------


def _uncleared() -> list[str]:
    """A redacted picture that may be shown in all else is shown to nobody until it is cleared."""
    day = date(2026, 5, 1)
    source = Source(
        code="abcdefghijklmnop", voice=Voice.PUBLISHER, name="SIMULATED", consent=tuple(Scope),
        consent_given=day, attribution=Attribution.ON_RECORD, risk=Risk.LOW,
        handling=Handling.CLEAR, described_as="SIMULATED",
    )  # fmt: skip
    cleared = Exhibit(
        sha256="0" * 64, name="SIMULATED", media_type="image/png", role="statement",
        source=source.id, handling=Handling.CLEAR, part=Part.REDACTED, cleared_by="editor",
        cleared_at=datetime(2026, 5, 1, tzinfo=UTC),
    )  # fmt: skip
    misses = []
    bare = (replace(cleared, cleared_by=" "), replace(cleared, cleared_at=None))
    for reader in (Reader.PUBLIC, Reader.PARTNERS):
        if may_show(reader, day, source=source, exhibit=cleared):
            misses.append(f"a cleared picture is kept from {reader}: the check would see nothing")
        if not all(may_show(reader, day, source=source, exhibit=one) for one in bare):
            misses.append(f"a picture that nobody cleared was shown to {reader}")
    return misses
