"""`scrub`: a photograph, video or document without metadata, covered, for a person to clear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vallum.evidence import film, paper_copy
from vallum.evidence.faces import Box
from vallum.evidence.paper_copy import NOT_HIDDEN, Replaced
from vallum.evidence.papers import sniffed
from vallum.evidence.scrub import (
    FORMATS,
    LONGEST_PX,
    NOT_CLEARED,
    NOT_LOOKED_FOR,
    OFTEN_OVERLOOKED,
    Area,
    Why,
)
from vallum.evidence.scrub import scrub as rebuild
from vallum.ground.errors import BadSetting
from vallum.ground.records import Json
from vallum.steps.done import Done, Progress, silent


@dataclass(frozen=True, kw_only=True)
class Scrubbing(Done):
    """What was covered in a photograph, which nobody has cleared yet.

    Attributes:
        out: the new picture.
        width: of it, in pixels.
        height: of it, in pixels.
        areas: what was covered.
        covered_share: of its pixels.
        is_cleared: never; a person does that, who looked at it.
    """

    out: str = ""
    width: int = 0
    height: int = 0
    areas: tuple[Area, ...] = ()
    covered_share: float = 0.0
    is_cleared: bool = False

    def to_json(self) -> dict[str, Json]:
        """Return what was covered, where, and that nobody has cleared it."""
        return {
            "kind": "photo",
            "out": self.out,
            "width": self.width,
            "height": self.height,
            "n_areas": len(self.areas),
            "areas": [
                {"x": a.x, "y": a.y, "width": a.width, "height": a.height, "why": str(a.why)}
                for a in self.areas
            ],
            "covered_share": round(self.covered_share, 4),
            "is_cleared": self.is_cleared,
            "status": NOT_CLEARED,
            "not_looked_for": list(NOT_LOOKED_FOR),
            "often_overlooked": list(OFTEN_OVERLOOKED),
            "lines": list(self.lines),
            "next": self.next,
        }


@dataclass(frozen=True, kw_only=True)
class FilmScrubbing(Done):
    """What was covered in a video, which nobody has cleared yet.

    Attributes:
        out: the new video.
        film: what it is like and how much of it is covered.
        is_cleared: never; a person does that, who looked at all of it.
    """

    out: str
    film: film.Filmed
    is_cleared: bool = False

    def to_json(self) -> dict[str, Json]:
        """Return how much was covered, and that nobody has cleared it."""
        return {
            "kind": "video",
            "out": self.out,
            "width": self.film.width,
            "height": self.film.height,
            "fps": round(self.film.fps, 3),
            "n_frames": self.film.n_frames,
            "n_frames_covered": self.film.n_frames_covered,
            "n_frames_looked_at": self.film.n_looked_at,
            "n_areas": self.film.n_areas,
            "covered_share": round(self.film.covered_share, 4),
            "has_sound": False,
            "is_cut": self.film.is_cut,
            "is_cleared": self.is_cleared,
            "status": NOT_CLEARED,
            "not_looked_for": [*NOT_LOOKED_FOR, "gait"],
            "often_overlooked": list(OFTEN_OVERLOOKED),
            "lines": list(self.lines),
            "next": self.next,
        }


@dataclass(frozen=True, kw_only=True)
class PaperScrubbing(Done):
    """What became of a document's words, which nobody has cleared yet.

    Attributes:
        out: the new text.
        n_characters: of it.
        n_hidden: words of a PDF that cannot be seen on its pages, left out.
        replaced: words that were replaced, by how they were written.
        is_cleared: never; a person does that, who read it.
    """

    out: str
    n_characters: int
    n_hidden: int
    replaced: tuple[Replaced, ...]
    is_cleared: bool = False

    def to_json(self) -> dict[str, Json]:
        """Return what was replaced, and that nobody has cleared it."""
        return {
            "kind": "document",
            "out": self.out,
            "n_characters": self.n_characters,
            "n_words_hidden_left_out": self.n_hidden,
            "replaced": [
                {"by": one.by, "spellings": dict(one.spellings), "left_inside": dict(one.inside)}
                for one in self.replaced
            ],
            "is_cleared": self.is_cleared,
            "status": NOT_CLEARED,
            "not_looked_for": list(NOT_HIDDEN),
            "lines": list(self.lines),
            "next": self.next,
        }


def scrub(
    path: Path | str,
    out: Path | str,
    *,
    cover: Iterable[Box] = (),
    replace: Sequence[tuple[str, str]] = (),
    longest_px: int | None = None,
    yes: bool = False,
    show: Progress = silent,
) -> Scrubbing | FilmScrubbing | PaperScrubbing:
    """Write a copy of a photograph, video or document that is built anew.

    Needs no project and keeps nothing; see `vallum.evidence.scrub`, `film` and `paper_copy` for
    what is and is not hidden.

    Args:
        path: a photograph, a video, or a document with text; left as it is.
        out: a new `.jpg` or `.png`, `.mp4`, or `.txt`. Its name is published with it: leave out
            names and dates.
        cover: further rectangles: x, y, width, height in pixels of the new picture or video.
        replace: of documents: words, and what is to stand in their place.
        longest_px: the longer side at most; 2048 if left out, and never more than
            1280 for videos.
        yes: replace `out` if it is there.
        show: called with how far it is; videos only.

    Raises:
        BadInput: it cannot be opened; nothing was written.
        BadSetting: `out` cannot be used; nothing was written.
        MissingExtra: a video, and there is no ffmpeg; nothing was written.
        WorkerFailed: the process that opened it died; nothing was written.
    """
    path, out, cover = Path(path), Path(out), tuple(cover)
    _check(out, longest_px, yes=yes)
    ending = out.suffix.lower()
    _check_kind(path, out, ending)
    if ending == ".txt":
        _refuse(out, "--cover", is_given=bool(cover))
        return _paper(path, out, replace)
    _refuse(out, "--replace", is_given=bool(replace))
    if ending == ".mp4":
        return _film(path, out, cover, min(longest_px or film.LONGEST_PX, film.LONGEST_PX), show)
    if ending not in FORMATS:
        raise BadSetting(
            f"{out.name}: a photograph is written as .jpg or .png, a video as .mp4, a document as "
            ".txt; nothing was done, name it so"
        )
    return _photo(path, out, cover, longest_px or LONGEST_PX)


def _check(out: Path, longest_px: int | None, *, yes: bool) -> None:
    if longest_px is not None and longest_px < 1:
        raise BadSetting(f"a longest side of {longest_px} pixels; nothing was done, give 1 or more")
    if out.is_dir():
        raise BadSetting(f"{out}: that is a folder; nothing was done, name a new file in it")
    if not out.absolute().parent.is_dir():
        raise BadSetting(f"{out}: there is no such folder; nothing was done, make it first")
    if out.exists() and not yes:
        raise BadSetting(f"{out}: there is such a file; nothing was done, give --yes to replace it")


def _check_kind(path: Path, out: Path, ending: str) -> None:
    """Say early how what came in is written, where its first bytes tell."""
    if not path.is_file():
        return
    with path.open("rb") as handle:
        kind = sniffed(handle.read(4096))
    wanted = ".mp4" if film.is_film(kind) else ".txt" if kind == "application/pdf" else ending
    if wanted != ending:
        what = "a video" if wanted == ".mp4" else "a document"
        raise BadSetting(f"{out.name}: {what} is written as {wanted}; nothing was done, name it so")


def _refuse(out: Path, option: str, *, is_given: bool) -> None:
    if is_given:
        raise BadSetting(f"{option} is not for {out.suffix} files; nothing was done, leave it out")


def _photo(path: Path, out: Path, cover: tuple[Box, ...], longest_px: int) -> Scrubbing:
    done = rebuild(path, out, cover=cover, longest_px=longest_px)
    n_named = sum(area.why is Why.NAMED for area in done.areas)
    n = len(done.areas)
    lines = [
        f"{n} area{'s' * (n != 1)} covered ({n_named} named by you), "
        f"{done.covered_share:.0%} of the picture; all metadata left behind",
        f"{NOT_CLEARED}: not looked for were {', '.join(NOT_LOOKED_FOR)}",
        f"often overlooked: {'; '.join(OFTEN_OVERLOOKED)}",
    ]
    if done.n_left_out:
        lines.append(f"{done.n_left_out} further pictures in the same file were left out")
    return Scrubbing(
        step="scrub",
        lines=tuple(lines),
        files=(str(out),),
        facts={"n_areas": n, "covered_share": done.covered_share, "is_cleared": False},
        next="look at it at full size; cover what can still be seen: --cover X,Y,WIDTH,HEIGHT",
        out=str(out),
        width=done.width,
        height=done.height,
        areas=done.areas,
        covered_share=done.covered_share,
    )


def _film(
    path: Path, out: Path, cover: tuple[Box, ...], longest_px: int, show: Progress
) -> FilmScrubbing:
    done = film.scrub_film(
        path, out, cover=cover, longest_px=longest_px,
        tell=lambda share: show("covering faces", round(100 * share), 100, "%"),
    )  # fmt: skip
    lines = [
        f"{done.n_frames:,} frames, something covered in {done.n_frames_covered:,}, "
        f"{done.covered_share:.0%} of all pixels; sound and all metadata left behind",
        f"{NOT_CLEARED}: not looked for were {', '.join((*NOT_LOOKED_FOR, 'gait'))}",
        f"often overlooked: {'; '.join(OFTEN_OVERLOOKED)}",
    ]
    if done.is_cut:
        lines.append("it could not be decoded up to its end: the new video is shorter")
    return FilmScrubbing(
        step="scrub",
        lines=tuple(lines),
        files=(str(out),),
        facts={"n_frames": done.n_frames, "n_areas": done.n_areas, "is_cleared": False},
        next="look at all of it, slowly; cover what can still be seen: --cover X,Y,WIDTH,HEIGHT",
        out=str(out),
        film=done,
    )


def _paper(path: Path, out: Path, replace: Sequence[tuple[str, str]]) -> PaperScrubbing:
    done = paper_copy.scrub_paper(path, out, replace=replace)
    n_replaced = sum(sum(one.spellings.values()) for one in done.replaced)
    lines = [
        f"{done.n_characters:,} characters of text; author, times, comments, tracked changes, "
        f"headers and pictures left behind; {n_replaced} place{'s' * (n_replaced != 1)} replaced",
        f"{NOT_CLEARED}: not looked for were {', '.join(NOT_HIDDEN)}",
    ]
    if done.n_hidden:
        lines.append(f"{done.n_hidden} words that cannot be seen on the pages were left out")
    for one in done.replaced:
        how = ", ".join(f"{words} ({n})" for words, n in one.spellings.items()) or "not found"
        lines.append(f"{one.by}: {how}")
        if one.inside:
            left = ", ".join(f"{words} ({n})" for words, n in one.inside.items())
            lines.append(f"left as part of longer words: {left}")
    return PaperScrubbing(
        step="scrub",
        lines=(*lines, *done.notes),
        files=(str(out),),
        facts={"n_replaced": n_replaced, "is_cleared": False},
        next='read all of it; replace what tells who somebody is: --replace "WORDS=[person]"',
        out=str(out),
        n_characters=done.n_characters,
        n_hidden=done.n_hidden,
        replaced=done.replaced,
    )
