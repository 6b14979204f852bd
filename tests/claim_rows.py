"""Claims, papers and sources by hand, and 12 km of border with one pair of images."""

from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count

import desk_rows
from vallum.claims.against import against
from vallum.ground.kinds import Change, Held, Kind
from vallum.ground.records import Claim, Comparison, Dated, Exhibit, Look, Placed, Source
from vallum.ground.saidkinds import (
    Modality,
    Paper,
    Part,
    Precision,
    Scope,
    Standing,
    Subject,
    Voice,
)
from vallum.ground.span import Span, Spans
from vallum.ground.when import When

HOLE = Span(9_000, 10_000)
"""No two images can be compared here."""
END_M = 12_000
_NUMBERS = count()


def source(code="anna", **more):
    fields = {
        "voice": Voice.PERSON,
        "reliability": "C",
        "consent": (Scope.RETAIN, Scope.ANALYSE),
        "consent_given": date(2024, 1, 1),
    }
    return Source(code=code, **(fields | more))


def paper(sha256="one", of=None, **more):
    fields = {
        "name": "",
        "media_type": "text/plain",
        "role": "statement",
        "paper": Paper.ARTICLE,
        "part": Part.EVIDENTIARY,
        "published": date(2023, 5, 1),
        "source": of.id if of is not None else "",
    }
    return Exhibit(sha256=sha256, **(fields | more))


def place(start_m=2_000, end_m=3_000, precision=Precision.LOCALITY, **more):
    return Placed(name="a town", precision=precision, span=Span(start_m, end_m), **more)


def dated(text="2020"):
    when = When.parse(text)
    return Dated(expression=text, edtf=text, first=when.earliest, last=when.latest)


def claim(
    subject=Subject.FENCE,
    modality=Modality.COMPLETED,
    change=Change.NEW,
    *,
    at=(2_000, 3_000),
    when="2020",
    exhibit=None,
    precision=Precision.LOCALITY,
    **more,
):
    fields = {
        "exhibit": exhibit.id if exhibit is not None else "exhibit-none",
        "nth": next(_NUMBERS),
        "places": (place(*at, precision),) if at else (),
        "dates": (dated(when),) if when else (),
        "standing": Standing.APPROVED,
    }
    return Claim(subject=subject, modality=modality, change=change, **(fields | more))


def thing(start_m, end_m=None, kind=Kind.FENCE, change=Change.NEW, **more):
    shape = desk_rows.post(start_m) if end_m is None else desk_rows.line(start_m, end_m)
    return desk_rows.candidate(shape, kind, change, **more)


def found(start_m, end_m=None, kind=Kind.FENCE, change=Change.NEW, held=Held.CONFIRMED, **more):
    """A finding, dated as its pair dates it."""
    days = {
        Change.NEW: {"last_absent": date(2019, 3, 1), "first_seen": date(2022, 4, 10)},
        Change.UPGRADED: {"last_absent": date(2019, 3, 1), "first_seen": date(2022, 4, 10)},
        Change.UNCHANGED: {"first_seen": date(2019, 3, 5), "still_seen": date(2022, 4, 10)},
        Change.REMOVED: {
            "first_seen": date(2019, 3, 5),
            "still_seen": date(2019, 3, 1),
            "gone_by": date(2022, 4, 10),
        },
    }[change]
    return desk_rows.finding(thing(start_m, end_m, kind, change), held, **(days | more))


@dataclass
class Ground:
    """What the desk has: everything compared but a hole, nothing found if nothing is given."""

    findings: list = field(default_factory=list)
    candidates: list = field(default_factory=list)
    gsd_m: float = 0.5
    before: str = "2019-03-01..2019-03-05"
    after: str = "2022-04-10"
    hole: Span | None = HOLE
    has_images: bool = True
    n_beyond_cap: int = 0

    @property
    def scenes(self):
        days = (("before.tif", self.before), ("after.tif", self.after))
        return [
            desk_rows.scene(name, day, gsd_m=self.gsd_m, sha256=f"{name} {day} {self.gsd_m}")
            for name, day in days
        ]

    @property
    def looks(self):
        seen = Spans.of((0, END_M)) - (self.hole or Spans())
        return [
            Look(scene=s.id, span=span, seen=seen & span, valid=seen & span, clear_share=1.0)
            for s in self.scenes
            for span in self.sections
        ]

    @property
    def sections(self):
        return [Span(start, start + 2_000) for start in range(0, END_M, 2_000)]

    @property
    def comparisons(self):
        if not self.has_images:
            return [
                Comparison(span=span, slot=0, seen=Spans(), blocked_by="no pair of images")
                for span in self.sections
            ]
        looks = self.looks
        half = len(looks) // 2
        return [
            Comparison(
                span=a.span,
                slot=0,
                before=a.id,
                after=b.id,
                seen=a.seen,
                candidate_ids=tuple(
                    dict.fromkeys(name for name, span in self._listed() if span.overlaps(a.span))
                ),
                n_beyond_cap=self.n_beyond_cap,
            )
            for a, b in zip(looks[:half], looks[half:], strict=True)
        ]

    def _listed(self):
        return [(f.about, f.span) for f in self.findings] + [
            (c.id, c.span) for c in self.candidates
        ]

    def against(self, said, **more):
        return against(
            said,
            self.findings,
            self.comparisons,
            {row.id: row for row in self.looks},
            {row.id: row for row in self.scenes},
            candidates={row.id: row for row in self.candidates},
            **more,
        )


def changed(row, **more):
    return replace(row, **more)
