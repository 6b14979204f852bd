"""How to cite the numbers: as a sentence, for BibTeX, or for citation managers (CSL JSON)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from vallum.ground.errors import BadSetting
from vallum.ground.records import Scene
from vallum.ground.when import When
from vallum.report.book import SIMULATED, Book
from vallum.report.printing import day_text, length_text, stretch_text
from vallum.report.tongue import many, said, say, sentences

STYLES = ("text", "bibtex", "csl")
_SHORT = 12
_LATEX = {
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "\u202f": "~",
    "–": "--",
    "“": "``",
    "”": "''",
    "©": r"\copyright{}",
}


@dataclass(frozen=True, kw_only=True)
class Cited:
    """What a citation needs to name a state of a project so that nobody can mistake it.

    Attributes:
        name: what the project is called.
        line: what the frontier line is called.
        line_length_m: its whole length, without which no length along it means anything.
        start_m: where the part that was measured begins on it.
        end_m: where that part ends.
        credit: whom to credit for the line.
        licence: licence of the line.
        images: which images were compared, in words (`images_text`).
        version: version of vallum.
        ledger_head: hash of the newest ledger row that the numbers rest on.
        manifest_sha256: hash of the list of files of the newest publication; empty for none.
        published: day of that publication; None where it is not known, or is this one.
        is_newest: False when the numbers have changed since that publication.
        is_simulated: whether they show no real place.
    """

    name: str
    line: str
    line_length_m: float
    start_m: int
    end_m: int
    credit: str
    licence: str
    images: str
    version: str
    ledger_head: str
    manifest_sha256: str = ""
    published: date | None = None
    is_newest: bool = True
    is_simulated: bool = False

    @property
    def title(self) -> str:
        """The name, marked when it is simulated."""
        if not self.is_simulated:
            return self.name
        name = say("{name} ({what})", name=self.name, what=say("shows no real place"))
        return f"{SIMULATED}: {name}"

    @property
    def key(self) -> str:
        """A key for the reference, the same for the same state."""
        word = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") or "numbers"
        mark = "simulated-" if self.is_simulated else ""
        return f"vallum-{mark}{word}-{self.ledger_head[:_SHORT]}"


def cite(cited: Cited, style: str = "text") -> str:
    """Return how to cite the numbers.

    Args:
        cited: the state of the project.
        style: `text`, `bibtex` or `csl` (JSON for citation managers).

    Raises:
        BadSetting: there is no such style.
    """
    if style not in STYLES:
        raise BadSetting(
            f"there is no citation style '{style}'; nothing was written, choose one of: "
            f"{', '.join(STYLES)}"
        )
    return {"text": _text, "bibtex": _bibtex, "csl": _csl}[style](cited)


def images_text(scenes: Iterable[Scene], before: When, after: When) -> str:
    """Say which dates were compared: those of the images, or the periods where there are none."""
    days = [scene.taken for scene in scenes if not scene.set_aside]
    words = []
    for epoch in (before, after):
        taken = [day for day in days if day.is_within(epoch)]
        if not taken:
            words.append(say("no images of {days}", days=day_text(str(epoch))))
            continue
        first, last = min(day.earliest for day in taken), max(day.latest for day in taken)
        when = day_text(f"{first}..{last}")
        words.append(many(len(taken), "{n} image of {days}", "{n} images of {days}", days=when))
    return say("{before} against {after}", before=words[0], after=words[1])


def cited_of(book: Book) -> Cited:
    """Return what a citation of a publication names.

    The hash of its own manifest is not in it: the manifest holds the hash of the citation.
    """
    frontier = book.frontier
    return Cited(
        name=book.name,
        line=frontier.title or frontier.name,
        line_length_m=frontier.length_m,
        start_m=book.extent.start_m,
        end_m=book.extent.end_m,
        credit=frontier.credit or frontier.source,
        licence=frontier.licence,
        images=images_text(book.scenes, book.before, book.after),
        version=book.version,
        ledger_head=book.ledger_head,
        is_simulated=book.is_simulated,
    )


def citation_file(book: Book) -> str:
    """Return the file that says how to cite a publication, in all styles."""
    cited = cited_of(book)
    own = say(
        "To name this very publication, add the SHA-256 of the file manifest.json beside this one."
    )
    return "\n\n".join([cite(cited), own, cite(cited, "bibtex"), cite(cited, "csl")]) + "\n"


def _parts(cited: Cited) -> list[str]:
    """The sentences after the title, each without its full stop."""
    whole = length_text(cited.line_length_m)
    part = stretch_text(cited.start_m, cited.end_m)
    credit = cited.credit or say("credit not stated")
    if cited.licence and cited.licence.replace("-", " ").lower() not in credit.lower():
        credit += f", {cited.licence}"
    parts = [
        say(
            "Measured with vallum {version} on {part} of the line “{line}” ({whole})",
            version=cited.version, part=part, line=said(cited.line), whole=whole,
        ),
        say("Line: {credit}", credit=credit),
        cited.images[:1].upper() + cited.images[1:],
    ]  # fmt: skip
    if cited.manifest_sha256 and cited.is_newest:
        parts.append(say("Publication {sha256} (SHA-256 of its manifest.json)",
                         sha256=cited.manifest_sha256))  # fmt: skip
    elif cited.manifest_sha256:
        parts.append(say("The numbers changed after publication {sha256} (SHA-256 of its "
                         "manifest.json)", sha256=cited.manifest_sha256))  # fmt: skip
    parts.append(say("State of the record {head} (SHA-256 of the newest ledger row that numbers "
                     "rest on)", head=cited.ledger_head))  # fmt: skip
    return parts


def _text(cited: Cited) -> str:
    day = f" ({cited.published.isoformat()})" if cited.published else ""
    parts = (f"{cited.title}{day}", *_parts(cited))
    return sentences(*(say("{sentence}.", sentence=one) for one in parts))


def _bibtex(cited: Cited) -> str:
    fields = {
        "title": f"{{{_latex(cited.title)}}}",
        "howpublished": _latex(
            say("Numbers measured with vallum {version}", version=cited.version)
        ),
        "version": cited.ledger_head[:_SHORT],
        "note": _latex(". ".join(_parts(cited))),
    }
    if cited.published:
        fields |= {"year": str(cited.published.year), "month": str(cited.published.month)}
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{{cited.key},\n{body}}}"


def _latex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in text)


def _csl(cited: Cited) -> str:
    item: dict[str, Any] = {
        "id": cited.key,
        "type": "dataset",
        "title": cited.title,
        "version": cited.ledger_head[:_SHORT],
        "license": cited.licence or "not stated",
        "note": ". ".join(_parts(cited)) + ".",
    }
    if cited.published:
        day = cited.published
        item["issued"] = {"date-parts": [[day.year, day.month, day.day]]}
    return json.dumps([item], ensure_ascii=False, indent=1)
