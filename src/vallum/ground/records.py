"""The rows: everything that vallum keeps, one frozen dataclass per kind.

The dataclass *is* the schema: database columns, table columns, the reference page and what may
leave the project all derive from its fields. Every field is declared with its level, its meaning
and its unit; an undeclared field is private and never leaves.

*Facts* are named by the hash of their content, *states* by a natural key; both through
`NAMED_BY`. The newest row per id wins and all older ones stay readable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime

from shapely.geometry.base import BaseGeometry

from vallum.ground.kinds import (
    Answer,
    Basis,
    Change,
    Dating,
    Design,
    Held,
    Kind,
    Life,
    Reading,
    Reason,
    Role,
    Seen,
    Stage,
)
from vallum.ground.pictures import PICTURES
from vallum.ground.pictures import Cue as Cue
from vallum.ground.pictures import Fit as Fit
from vallum.ground.pictures import Look as Look
from vallum.ground.pictures import Scene as Scene
from vallum.ground.pictures import Shot as Shot
from vallum.ground.pictures import Terrain as Terrain
from vallum.ground.row import Json as Json
from vallum.ground.row import Level as Level
from vallum.ground.row import Row as Row
from vallum.ground.row import Value as Value
from vallum.ground.row import desk, private, public
from vallum.ground.row import field_notes as field_notes
from vallum.ground.row import to_json as to_json
from vallum.ground.span import Span, Spans
from vallum.ground.statements import STATEMENTS as STATEMENTS
from vallum.ground.statements import Anchor as Anchor
from vallum.ground.statements import Claim as Claim
from vallum.ground.statements import Custody as Custody
from vallum.ground.statements import Dated as Dated
from vallum.ground.statements import Depicted as Depicted
from vallum.ground.statements import Disclosure as Disclosure
from vallum.ground.statements import Exhibit as Exhibit
from vallum.ground.statements import Match as Match
from vallum.ground.statements import Placed as Placed
from vallum.ground.statements import Source as Source
from vallum.ground.when import When

SCHEMA_VERSION = 10
"""Goes up with every new field, so that older projects get its column when they are opened."""

DONE = ("Run", "Release", "Edition", "Anchor", "Custody", "Disclosure")
"""Kinds that say when something was done or told; no number and no statement rests on them."""

APART = (*DONE, "Source", "Exhibit", "Claim", "Match", "Depicted", "Remark", "Analyst")
"""Kinds that the printed head of the ledger does not rest on; no number rests on them either.

A head that changed with them would tell every reader that something was taken in, graded or taken
back between two publications that are the same otherwise. Imported tables are exhibits too: what
was read out of them (findings, images) is not left out.
"""

FOOTPRINT_ONLY = "footprint only: the image itself is not in the project"
"""`Comparison.blocked_by` where a pair of images exists but its pixels are not here."""


@dataclass(frozen=True, kw_only=True)
class Run(Row):
    """One execution of a step: the chain of custody."""

    NAMED_BY = ("step", "actor", "at", "reads_sha256")
    PREFIX = "run"

    step: str = public("the verb that was executed")
    actor: str = desk("who ran it: the name set in the project, or 'vallum'")
    at: datetime = public("when it began", unit="UTC")
    version: str = public("version of vallum")
    config_sha256: str = public("hash of the settings in force")
    reads_sha256: str = public("hash of the ledger head that the step read from")


@dataclass(frozen=True, kw_only=True)
class Comparison(Row):
    """Two looks compared; says which candidates are current."""

    NAMED_BY = ("span", "slot")
    PREFIX = "comparison"

    span: Span = public("the section", unit="m")
    slot: int = public("0 for the best pair, 1, 2 ... for pairs that fill what it leaves open")
    before: str = public("look at the earlier date", refers="Look", default="")
    after: str = public("look at the later date", refers="Look", default="")
    fit: str = public("how they were aligned", refers="Fit", default="")
    seen: Spans = public("metres compared by this pair and by no better one", unit="m")
    piece_ids: tuple[str, ...] = desk("what was found here", refers="Candidate", default=())
    candidate_ids: tuple[str, ...] = public(
        "what was found, joined across sections", refers="Candidate", default=()
    )
    n_beyond_cap: int = public("weaker suggestions that were not kept", default=0)
    threshold: float = public("score below which nothing was kept", unit="1", default=math.nan)
    conditions: str = public(
        "how unlike the two dates are in season, sun and view, in words", default=""
    )
    made_with: str = desk("hash of the inputs and settings it was made with", default="")
    blocked_by: str = public("why nothing could be compared; empty when something was", default="")


@dataclass(frozen=True, kw_only=True)
class Candidate(Row):
    """A suggestion, by the machine or drawn by an analyst; never a finding by itself."""

    NAMED_BY = ("category", "change", "shape", "before", "after")
    PREFIX = "candidate"

    span: Span = public("stretch of frontier it lies beside", unit="m")
    off_m: float = public("middle distance from the frontier, left negative", unit="m")
    category: Kind = public("most likely class")
    change: Change = public(
        "new, extended, upgraded, replaced or removed; unchanged only when a person drew it"
    )
    score: float = public(
        "strength of the evidence; orders candidates, is no probability", unit="1"
    )
    length_m: float = public("length of the line itself; 0 for points", unit="m", default=0.0)
    width_m: float = public("apparent width", unit="m", default=math.nan)
    shape: BaseGeometry = public("line or point, EPSG:4326")
    before: str = public("earlier image", refers="Scene")
    after: str = public("later image", refers="Scene")
    origin: str = public("machine, or analyst when a person drew it", default="machine")
    kinds: tuple[str, ...] = public(
        "what it may be and how probable that is, likeliest first: 'fence 0.62'", default=()
    )
    evidence: tuple[float, ...] = public(
        "decades of evidence along a line, a value for each ten metres", default=()
    )
    polarity: str = public("bright or dark against its sides; empty if not measured", default="")
    layer: str = public(
        "primary, secondary or tertiary, counted outward from the border among the candidates of "
        "its section; empty for one that is alone",
        default="",
    )
    gap_m: float = public("between the rows of a double fence; 0 for others", unit="m", default=0.0)
    post_spacing_m: float = public(
        "usual distance of the posts of its group; 0 with fewer than three", unit="m", default=0.0
    )
    group: str = public("shared by a line and the posts beside it; empty for one alone", default="")
    flags: tuple[str, ...] = public("what an analyst should know of it", default=())


@dataclass(frozen=True, kw_only=True)
class Stratum(Row):
    """A part of the border that a sample was drawn from, as it was on that day; never changed.

    A survey is one drawing: all strata, and all samples, with the same `survey`.
    """

    NAMED_BY = ("survey", "name")
    PREFIX = "stratum"

    survey: str = public("name of the drawing")
    name: str = public("part of the border; 'all' when the border was not divided")
    design: Design = public("how stretches were chosen")
    rule: str = public("by what the border was divided, in words", default="")
    spans: Spans = public("metres it was drawn from, as they were when it was drawn", unit="m")
    unit_m: int = public("length of a whole stretch", unit="m")
    n_units: int = public("stretches there are")
    n_drawn: int = public("stretches drawn")
    seed: int = public("seed of the draw")
    of: str = public("survey whose answers are read a second time; empty for a first", default="")
    why: str = public("why this area was chosen; empty unless it was chosen", default="")

    @property
    def is_probability(self) -> bool:
        """False for an area chosen for interest: it speaks of itself alone."""
        return self.design is not Design.PURPOSIVE


@dataclass(frozen=True, kw_only=True)
class Sample(Row):
    """A stretch of border to look at: drawn by chance, or a frame of a sweep along the line."""

    NAMED_BY = ("span", "design", "seed")
    NAMED_IF_SET = ("survey",)
    PREFIX = "sample"

    span: Span = public("the metres to look at", unit="m")
    design: Design = public("how it was chosen; sweep is every frame, purposive a chosen area")
    survey: str = public("the drawing it belongs to; empty for a sweep", default="")
    unit: int = public("number of the stretch; pieces of one stretch share it", default=-1)
    stratum: str = public("part of the border it was drawn from; empty for all of it", default="")
    probability: float = public("chance of each metre to be chosen", unit="1", default=1.0)
    seed: int = public("seed of the draw; 0 for a sweep", default=0)
    before: str = public("earlier image to look at", refers="Scene", default="")
    after: str = public("later image to look at", refers="Scene", default="")


@dataclass(frozen=True, kw_only=True)
class Verdict(Row):
    """One analyst's answer about one candidate, or about one stretch to look at."""

    NAMED_BY = ("about", "analyst")
    NAMED_IF_SET = ("reading",)
    PREFIX = "verdict"

    about: str = public("the candidate, or the sample", refers="*")
    analyst: str = desk("who answered")
    answer: Answer = public("yes, no or cannot_tell")
    category: Kind | None = public("class as the analyst sees it", default=None)
    change: Change | None = public(
        "what happened as the analyst sees it; None when as suggested", default=None
    )
    reason: Reason = public("why not", default=Reason.NONE)
    shape: BaseGeometry | None = public("geometry as redrawn by the analyst", default=None)
    looked_at: tuple[str, ...] = public(
        "images that were shown, in order", refers="Scene", default=()
    )
    looked_s: tuple[float, ...] = desk(
        "how long each of `looked_at` was on screen", unit="s", default=()
    )
    seconds: float = desk("time spent", unit="s", default=math.nan)
    at: datetime | None = desk("when the answer was given", unit="UTC", default=None)
    based_on: int = desk("newest ledger row of the candidate that the analyst saw", default=0)
    mode: str = public(
        "how it was asked: triage, sheet, sweep, sample, disagreements, draw; empty for a table",
        default="",
    )
    reading: Reading = public(
        "empty for the answer in force; repeat: the same thing asked again, for self-agreement; "
        "contested: written on an older state, kept for the adjudicator",
        default=Reading.FIRST,
    )
    frame: str = public(
        "the stretch in which it was drawn, in Sample or Sweep", refers="Sample", default=""
    )
    metres: float = public(
        "of a stretch: metres of it beside what was seen, typed where nothing was drawn",
        unit="m",
        default=math.nan,
    )
    posts: int = public("of a stretch: posts seen, typed where nothing was drawn", default=0)
    is_final: bool = public("an adjudicator's word, which settles the matter", default=False)
    is_withdrawn: bool = public("taken back by who gave it; counts as not given", default=False)
    exhibit: str = desk("table it came in, if any", refers="Exhibit", default="")
    is_simulated: bool = public("given by a program with a stated error rate", default=False)


@dataclass(frozen=True, kw_only=True)
class Remark(Row):
    """What an analyst wants others to look at."""

    NAMED_BY = ("about", "analyst")
    PREFIX = "remark"

    about: str = desk("the candidate, or the sample", refers="*")
    analyst: str = desk("who flagged it")
    is_flagged: bool = desk("False when the flag was taken back", default=True)
    text: str = desk("in the analyst's words", default="")


@dataclass(frozen=True, kw_only=True)
class Analyst(Row):
    """A person at the review desk; never published."""

    NAMED_BY = ("name",)
    PREFIX = "analyst"

    name: str = desk("as it is shown at the desk; a code name will do")
    role: Role = desk("analyst, adjudicator, editor (reads only) or keeper")
    key_sha256: str = private("hash of what the person's browser holds", default="")
    invite_sha256: str = private("hash of a link that nobody has used yet", default="")
    key_given: datetime | None = private("when the browser came in", unit="UTC", default=None)
    invite_given: datetime | None = private("when the link was made", unit="UTC", default=None)
    sections: Spans = desk(
        "where this person works; empty for everywhere", unit="m", default=Spans()
    )
    is_active: bool = desk("False when the person may no longer enter", default=True)


@dataclass(frozen=True, kw_only=True)
class Finding(Row):
    """What the desk holds to be there."""

    NAMED_BY = ("about",)
    PREFIX = "finding"

    about: str = public("the candidate it settles, or the imported feature's name")
    from_ids: tuple[str, ...] = public("what it rests on", refers="*", default=())
    held: Held = public("confirmed, rejected, indeterminate, disputed or imported")
    category: Kind = public("class")
    subtype: str = public("class in the source's own words", default="")
    layer: str = public("primary, secondary or tertiary; empty when not told apart", default="")
    change: Change = public("new, extended, upgraded, replaced, removed or unchanged")
    span: Span = public("stretch of frontier it lies beside", unit="m")
    off_m: float = public("middle distance from the frontier, left negative", unit="m")
    shape: BaseGeometry = public("line or point, EPSG:4326")
    length_m: float = public("length of the thing itself, on the ellipsoid; 0 for points", unit="m")
    built: When | None = public("last day it was absent to first day it was seen", default=None)
    removed: When | None = public("last day it was seen to first day it was absent", default=None)
    first_seen: date | None = public(
        "day by which it surely stood; set even where nothing says when it did not yet",
        default=None,
    )
    last_absent: date | None = public("day on which it surely did not stand yet", default=None)
    still_seen: date | None = public("last day on which it surely stood", default=None)
    gone_by: date | None = public("day by which it was surely gone", default=None)
    dating: Dating = public("what the looks allow to say of its date", default=Dating.NONE)
    n_looks: int = public("images on which people said whether it stands", default=0)
    conflicts: tuple[str, ...] = public(
        "images on which people differ, or that contradict the others", refers="Scene", default=()
    )
    stage: Stage = public(
        "how far it is built on the newest image that shows it", default=Stage.NONE
    )
    life: Life = public("temporary, permanent or unknown", default=Life.UNKNOWN)
    agreement: str = public("how the verdicts were settled")
    repeats: str = public("finding with exactly the same geometry, if any", default="")


@dataclass(frozen=True, kw_only=True)
class Sighting(Row):
    """What one further image says of a thing that is known from a pair: there, or not yet."""

    NAMED_BY = ("about", "scene")
    NAMED_IF_SET = ("analyst",)
    PREFIX = "sighting"

    about: str = public("the candidate whose path was looked along", refers="Candidate")
    scene: str = public("the image that was asked", refers="Scene")
    fit: str = public("how that image was aligned", refers="Fit", default="")
    state: Seen = public("absent, present, or not observable", default=Seen.NOT_OBSERVABLE)
    stage: Stage = public("how far it is built, where a person said so", default=Stage.NONE)
    analyst: str = desk("who said so; empty for the machine", default="")
    seconds: float = desk("time the analyst spent", unit="s", default=math.nan)
    at: datetime | None = desk("when the analyst said so", unit="UTC", default=None)
    is_withdrawn: bool = public("taken back by who said it; counts as not said", default=False)
    snr: float = public(
        "how far it stands out of parallel paths in the same image", unit="1", default=math.nan
    )
    share_seen: float = public("share of its path that is clear", unit="1", default=0.0)
    reason: str = public("why it was not observable; empty otherwise", default="")
    made_with: str = desk("hash of the inputs and settings it was made with", default="")


@dataclass(frozen=True, kw_only=True)
class Estimate(Row):
    """One number, with what it rests on."""

    NAMED_BY = ("name",)
    PREFIX = "estimate"

    name: str = public("what is measured; ends in its unit")
    value: float = public("the number, unrounded")
    low: float = public("lower bound", default=math.nan)
    high: float = public("upper bound; NaN when there is none", default=math.nan)
    open_m: int = public(
        "border not seen or not finished, where that leaves no upper bound; else 0",
        unit="m",
        default=0,
    )
    unit: str = public("unit of value, low and high")
    basis: Basis = public("what kind of number it is", default=Basis.CONFIRMED)
    n: int = public("what it rests on: findings, or stretches that were read", default=0)
    n_positive: int = public("of a sample: stretches in which something was read", default=0)
    se: float = public("standard error, of a sample", default=math.nan)
    estimator: str = public("short name of the method; empty for plain sums", default="")
    survey: str = public("the drawing it rests on, of a sample", default="")
    reason: str = public("why there is no number; empty where there is one", default="")
    denominator: str = public("what it is a share or rate of, with the amount", default="")
    method: str = public("how it was reached, and what the bounds mean")
    wording: str = public("the words the evidence allows")
    spans: Spans = public(
        "where along the frontier; empty when it is no extent", unit="m", default=Spans()
    )
    from_ids: tuple[str, ...] = public("rows it was computed from", refers="*", default=())


@dataclass(frozen=True, kw_only=True)
class Release(Row):
    """One publication."""

    NAMED_BY = ("manifest_sha256",)
    PREFIX = "release"

    manifest_sha256: str = public("hash of the list of files and their hashes")
    level: Level = public("who may see it")
    estimate_ids: tuple[str, ...] = public("numbers in it", refers="Estimate")
    ledger_head: str = public("hash of the newest ledger row it was made from")
    n_files: int = public("files in it")


@dataclass(frozen=True, kw_only=True)
class Edition(Row):
    """A publication that was given to others: frozen, numbered, compared with the one before."""

    NAMED_BY = ("number",)
    PREFIX = "edition"

    number: int = public("1 for the first")
    day: date = public("day that is printed on it")
    level: Level = public("who may see it")
    manifest_sha256: str = public("hash of the list of files and their hashes")
    languages: tuple[str, ...] = public("languages it is written in, the main one first")
    note: str = public("what it is, in words that are printed", default="")
    reasons: tuple[str, ...] = public(
        "why numbers differ from the edition before, as 'name=why'", default=()
    )
    corrections: tuple[str, ...] = public(
        "numbers of the edition before that were wrong, as 'name=why'", default=()
    )
    estimate_ids: tuple[str, ...] = public("numbers in it", refers="Estimate")
    ledger_head: str = public("hash of the newest ledger row that numbers rest on")


ROWS: dict[str, type[Row]] = {
    cls.kind(): cls
    for cls in (
        Run,
        *STATEMENTS,
        *PICTURES,
        Comparison,
        Candidate,
        Stratum,
        Sample,
        Verdict,
        Remark,
        Analyst,
        Finding,
        Sighting,
        Estimate,
        Release,
        Edition,
    )
}
