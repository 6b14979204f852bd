"""Surveys by hand: a border of 20 km with fences, drawn, read by people who draw what they see."""

from dataclasses import replace

import desk_rows
from vallum.ground.kinds import Answer, Change, Kind
from vallum.ground.records import Verdict
from vallum.ground.span import Span, Spans
from vallum.measure import designs
from vallum.measure.readings import Rows, surveys

EXTENT = Span(0, 20_000)
USABLE = Spans.of((0, 9_000), (10_000, 19_000))
UNIT_M = 200


class Desk:
    """Rows as they come together while people read."""

    def __init__(self, *drawings, machine=(), findings=()):
        self.strata = [stratum for one in drawings for stratum in one.strata]
        self.samples = [
            replace(row, before=desk_rows.BEFORE.id, after=desk_rows.AFTER.id)
            for one in drawings
            for row in one.samples
        ]
        self.verdicts, self.candidates = [], {}
        self.machine, self.findings = list(machine), list(findings)

    def read(self, row, answer, analyst="ann", **more):
        """Answer about one stretch."""
        said = Verdict(about=row.id, analyst=analyst, answer=answer, mode="sample", **more)
        self.verdicts.append(said)

    def draw(self, row, shape, analyst="ann", category=Kind.FENCE, change=Change.NEW):
        """Draw something in a stretch, as the page does."""
        thing = desk_rows.candidate(shape, category=category, change=change, origin="analyst")
        self.candidates[thing.id] = thing
        said = desk_rows.verdict(thing, analyst, Answer.YES, mode="draw", frame=row.id)
        self.verdicts.append(said)
        return thing

    def see(self, row, built, analyst="ann", change=Change.NEW):
        """Read a stretch without error: draw the fence that is there, or say no."""
        parts = list(built & row.span)
        self.read(row, Answer.YES if parts else Answer.NO, analyst)
        for part in parts:
            self.draw(row, desk_rows.line(part.start_m, part.end_m), analyst, change=change)

    @property
    def rows(self):
        return Rows(
            strata=self.strata,
            samples=self.samples,
            verdicts=self.verdicts,
            candidates=self.candidates,
            machine=self.machine,
            findings=self.findings,
            extent=EXTENT,
        )

    @property
    def surveys(self):
        return surveys(self.rows)


def drawn(n=30, seed=1, usable=USABLE, **more):
    return designs.simple(usable, UNIT_M, n, seed=seed, **more)


def suggested(*pairs, **more):
    """What the machine suggests: fences along these metres."""
    return [desk_rows.candidate(desk_rows.line(a, b), **more) for a, b in pairs]
