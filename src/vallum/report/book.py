"""The book: everything that a publication is printed from, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from vallum.ground.kinds import Change, Held, Kind, Status
from vallum.ground.records import (
    Candidate,
    Comparison,
    Estimate,
    Finding,
    Fit,
    Level,
    Look,
    Row,
    Scene,
    field_notes,
)
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.report.issue import History
from vallum.report.tongue import ENGLISH
from vallum.report.trust import Trust

if TYPE_CHECKING:
    from vallum.frontier import Frontier
    from vallum.ground.context import Series
    from vallum.ground.told import Told
    from vallum.report.built import Built
    from vallum.report.figures.agreement import Agreement
    from vallum.report.figures.forest import Published

SIMULATED = "SIMULATED"
STATUS_ORDER = (
    Status.CHANGED,
    Status.INDETERMINATE,
    Status.UNCHANGED,
    Status.NOT_EXAMINED,
    Status.NOT_COMPARABLE,
)
UNREVIEWED = "unreviewed"
_NO_DATE = date(2000, 1, 1)
_RANK = {Level.PUBLIC: 0, Level.DESK: 1, Level.PRIVATE: 2}


@dataclass(frozen=True, kw_only=True)
class Chip:
    """One place before and after, as two pictures of the same size, ready to print.

    `caption` and `alt` are plain text; scale bar, dates, resolution, credit and, where it applies,
    SIMULATED are burned into both pictures.
    """

    candidate_id: str
    caption: str
    alt: str
    before: str
    after: str
    png_before: bytes
    png_after: bytes
    width_px: int
    height_px: int
    credit: str
    is_simulated: bool


@dataclass(frozen=True, kw_only=True)
class Cite:
    """Who is to be cited, as the settings of the project say."""

    authors: tuple[str, ...] = ()
    publisher: str = ""
    licence: str = ""
    doi: str = ""
    url: str = ""
    contact: str = ""


@dataclass(frozen=True, kw_only=True)
class Book:
    """Everything one publication says.

    Args:
        name: what the project is called.
        frontier: the line that chainage runs along.
        extent: the part of the frontier that the project is about.
        left_m: width of the corridor on the left side, in metres.
        right_m: width of the corridor on the right side, in metres.
        before: the earlier epoch.
        after: the later epoch.
        estimates: the numbers, unrounded; no other number about the border is printed.
        findings: what was settled or imported.
        candidates: current suggestions; those that no finding is about are unreviewed.
        scenes: images, and footprints without pixels.
        looks: needed to say which images a comparison compared.
        comparisons: pairs compared or blocked.
        fits: how pairs were aligned.
        chips: before and after pictures, strongest first.
        places: `(name, name in another script or "", chainage in metres)`.
        is_simulated: whether anything in it shows no real place.
        version: version of vallum.
        ledger_head: hash of the newest ledger row that numbers rest on.
        level: who may see it; fields above it are left out of every file.
        settings: settings in force, as they shall be printed.
        score: `(what, truth, found, unit)` where the truth is known.
        credits: whom to credit for barriers and catalogues that were imported, with the licence.
        trust: how well the machine does, where images were compared.
        built: confirmed barrier by the date it was built or removed; empty where nothing is dated.
        sample: the frozen sample file, from which all sampled numbers can be computed again; empty
            where none was drawn.
        claims: what may be told of what was said; made by a release and by nothing else.
        context: series and events drawn beside what was built, as context and never as cause.
        languages: tags of the languages it is written in, the main one first.
        history: which edition this is, and what changed since the last.
        agreement: how far people agreed, and with themselves; None where nobody answered twice.
        published: figures that others published for this line, for the forest plot.
        cite_as: who is to be cited: authors, publisher, licence, DOI; see `Cite`.
    """

    name: str
    frontier: Frontier
    extent: Span
    left_m: float
    right_m: float
    before: When
    after: When
    estimates: tuple[Estimate, ...]
    findings: tuple[Finding, ...]
    candidates: tuple[Candidate, ...]
    scenes: tuple[Scene, ...]
    comparisons: tuple[Comparison, ...]
    fits: tuple[Fit, ...]
    looks: tuple[Look, ...] = ()
    chips: tuple[Chip, ...] = ()
    places: tuple[tuple[str, str, int], ...] = ()
    is_simulated: bool = False
    version: str = ""
    ledger_head: str = ""
    level: Level = Level.PUBLIC
    settings: Mapping[str, str]
    score: tuple[tuple[str, float, float, str], ...] = ()
    credits: tuple[str, ...] = ()
    trust: Trust | None = None
    built: tuple[Built, ...] = ()
    sample: str = ""
    claims: tuple[Told, ...] = ()
    context: tuple[Series, ...] = ()
    languages: tuple[str, ...] = (ENGLISH,)
    history: History = History()
    agreement: Agreement | None = None
    published: tuple[Published, ...] = ()
    cite_as: Cite = Cite()

    @cached_property
    def title(self) -> str:
        """The name, marked when it is simulated."""
        return f"{SIMULATED} {self.name}" if self.is_simulated else self.name

    @cached_property
    def _ids(self) -> dict[int, str]:
        rows = (*self.candidates, *self.findings, *self.scenes)
        return {id(row): row.id for row in rows}

    def id_of(self, row: Row) -> str:
        """The id of a row of this book, hashed once: thousands are asked for many times."""
        return self._ids.get(id(row)) or row.id

    @cached_property
    def by_name(self) -> dict[str, Estimate]:
        """Estimates by their names."""
        return {estimate.name: estimate for estimate in self.estimates}

    def estimate(self, name: str) -> Estimate | None:
        """The estimate of that name, or None where it was not measured."""
        return self.by_name.get(name)

    @cached_property
    def settled(self) -> dict[str, Finding]:
        """Findings by what they are about."""
        return {finding.about: finding for finding in self.findings}

    @cached_property
    def stated(self) -> tuple[Finding, ...]:
        """Findings that may be shown as such: everything but what was rejected, by place."""
        kept = (finding for finding in self.findings if finding.held != Held.REJECTED)
        return tuple(sorted(kept, key=lambda finding: (finding.span, self.id_of(finding))))

    @cached_property
    def confirmed(self) -> tuple[Finding, ...]:
        """Confirmed findings of any change: all but what stood there before as it does after."""
        return tuple(
            finding
            for finding in self.stated
            if finding.held == Held.CONFIRMED and finding.change != Change.UNCHANGED
        )

    @cached_property
    def doubtful(self) -> tuple[Finding, ...]:
        """Findings that are indeterminate or disputed."""
        unsure = {Held.INDETERMINATE, Held.DISPUTED}
        return tuple(finding for finding in self.stated if finding.held in unsure)

    @cached_property
    def standing(self) -> tuple[Finding, ...]:
        """Structures that were there already, or were imported as such."""
        return tuple(
            finding
            for finding in self.stated
            if finding.held == Held.IMPORTED
            or (finding.held == Held.CONFIRMED and finding.change == Change.UNCHANGED)
        )

    @cached_property
    def unreviewed(self) -> tuple[Candidate, ...]:
        """Candidates that no finding is about, by place."""
        open_ones = (one for one in self.candidates if self.id_of(one) not in self.settled)
        return tuple(sorted(open_ones, key=lambda one: (one.span, self.id_of(one))))

    def answer_to(self, candidate: Candidate) -> str:
        """How the candidate was settled, in one word."""
        finding = self.settled.get(self.id_of(candidate))
        return str(finding.held) if finding else UNREVIEWED

    @cached_property
    def status_spans(self) -> dict[Status, Spans]:
        """Metres of the extent per status; empty when no status was measured."""
        found = {
            status: self.by_name[f"border_km_{status}"].spans & self.extent
            for status in STATUS_ORDER
            if f"border_km_{status}" in self.by_name
        }
        return found if any(found.values()) else {}

    @cached_property
    def scene_by_id(self) -> dict[str, Scene]:
        """Scenes by id."""
        return {scene.id: scene for scene in self.scenes}

    @cached_property
    def look_by_id(self) -> dict[str, Look]:
        """Looks by id."""
        return {look.id: look for look in self.looks}

    def scene_of(self, look_id: str) -> Scene | None:
        """The image of a look, or None where the book does not hold it."""
        look = self.look_by_id.get(look_id)
        return self.scene_by_id.get(look.scene) if look else None

    @cached_property
    def candidate_by_id(self) -> dict[str, Candidate]:
        """Candidates by id."""
        return {self.id_of(one): one for one in self.candidates}

    @cached_property
    def newest_day(self) -> date:
        """The last day that any image can show; stands in for every clock in the files."""
        days = [scene.taken.latest for scene in self.scenes]
        return max(days, default=max(self.after.latest, _NO_DATE))


def shown_fields(cls: type[Row], level: Level) -> Iterator[str]:
    """Yield the names of the fields of a row kind that may be shown at `level`."""
    for entry in fields(cls):
        if _RANK[field_notes(entry)[0]] <= _RANK[level]:
            yield entry.name


def category_order(category: Kind) -> int:
    """Position of a class in every table and chart."""
    return list(Kind).index(category)
