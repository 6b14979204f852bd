"""`scrub`: a photograph without metadata and with faces covered, for a person to clear."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vallum.evidence.faces import Box
from vallum.evidence.scrub import LONGEST_PX, NOT_CLEARED, NOT_LOOKED_FOR, Area, Why
from vallum.evidence.scrub import scrub as rebuild
from vallum.ground.errors import BadSetting
from vallum.ground.records import Json
from vallum.steps.done import Done


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
            "lines": list(self.lines),
            "next": self.next,
        }


def scrub(
    path: Path | str,
    out: Path | str,
    *,
    cover: Iterable[Box] = (),
    longest_px: int = LONGEST_PX,
    yes: bool = False,
) -> Scrubbing:
    """Write a picture of a photograph that holds pixels only, with faces covered.

    Needs no project and keeps nothing; see `vallum.evidence.scrub` for what is and is not hidden.

    Args:
        path: JPEG, PNG, TIFF or WebP; left as it is.
        out: a new `.jpg` or `.png`. Its name is published with it: leave out names and dates.
        cover: further rectangles: x, y, width, height in pixels of the new picture.
        longest_px: the longer side of the new picture at most.
        yes: replace `out` if it is there.

    Raises:
        BadImage: the photograph cannot be opened; nothing was written.
        BadSetting: `out` cannot be used; nothing was written.
        WorkerFailed: the process that opened it died; nothing was written.
    """
    path, out = Path(path), Path(out)
    if longest_px < 1:
        raise BadSetting(f"a longest side of {longest_px} pixels; nothing was done, give 1 or more")
    if out.is_dir():
        raise BadSetting(f"{out}: that is a folder; nothing was done, name a .jpg or .png in it")
    if not out.absolute().parent.is_dir():
        raise BadSetting(f"{out}: there is no such folder; nothing was done, make it first")
    if out.exists() and not yes:
        raise BadSetting(f"{out}: there is such a file; nothing was done, give --yes to replace it")
    done = rebuild(path, out, cover=cover, longest_px=longest_px)
    n_named = sum(area.why is Why.NAMED for area in done.areas)
    n = len(done.areas)
    lines = [
        f"{n} area{'s' * (n != 1)} covered ({n_named} named by you), "
        f"{done.covered_share:.0%} of the picture; all metadata left behind",
        f"{NOT_CLEARED}: not looked for were {', '.join(NOT_LOOKED_FOR)}",
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
