"""Claims that may be told, by hand: a newspaper's, and those of a person at risk. All SIMULATED."""

from dataclasses import replace
from datetime import date

import claim_rows
from vallum.evidence.coarse import Grid
from vallum.evidence.release import Sayable, tell
from vallum.ground.records import Level
from vallum.ground.saidkinds import (
    Access,
    Attribution,
    Handling,
    Precision,
    Risk,
    Scope,
    Voice,
)

ON = date(2025, 3, 14)
LENGTH_M = 1_366_000
GRID = Grid(cell_m=5000, length_m=LENGTH_M)
TOWNS = (("Hoeryong", 807_000), ("Namyang", 846_000))
CLEAR = {"handling": Handling.CLEAR}


def newspaper(code="paper", **more):
    fields = {
        "voice": Voice.PUBLISHER,
        "name": "River Daily",
        "risk": Risk.LOW,
        "attribution": Attribution.ON_RECORD,
        "reliability": "B",
        **CLEAR,
    }
    return claim_rows.source(code, **(fields | more))


def witness(code="qxkd", **more):
    fields = {
        "voice": Voice.PERSON,
        "risk": Risk.EXTREME,
        "attribution": Attribution.BACKGROUND,
        "described_as": "a person who worked at the border",
        "consent": (Scope.RETAIN, Scope.ANALYSE, Scope.PUBLISH_TEXT),
        "consent_given": date(2024, 1, 1),
        **CLEAR,
    }
    return claim_rows.source(code, **(fields | more))


def said(of, *, sha256="", at=(806_200, 806_900), status=None, seen=(), paper=None, **more):
    """One claim with its paper and its source."""
    own = {"published": date(2024, 6, 2), **CLEAR} | (paper or {})
    exhibit = claim_rows.paper(sha256 or f"{of.code}-paper", of, **own)
    fields = {"access": Access.DIRECT, "credibility": 2, **CLEAR}
    claim = claim_rows.claim(at=at, exhibit=exhibit, **(fields | more))
    one = Sayable(claim=claim, exhibit=exhibit, source=of, findings=tuple(seen))
    return one if status is None else replace(one, status=status)


def telling(*claims, level=Level.PUBLIC, on=ON, grid=GRID, earlier=(), **more):
    return tell(claims, level=level, on=on, grid=grid, towns=TOWNS, earlier=earlier, **more)


class Press:
    """Publishes again and again, and remembers as a project does."""

    def __init__(self):
        self.rows = []
        self.n = 0

    def out(self, *claims, **more):
        """Tell, and remember it under a new manifest."""
        made = telling(*claims, earlier=self.rows, **more)
        if not made.refused:
            self.n += 1
            self.rows += [replace(row, release=f"{self.n:064x}") for row in made.disclosures]
        return made


def exactly(one, precision=Precision.EXACT, **more):
    """The same claim, said of another place, time or amount."""
    changes = dict(more)
    if "at" in changes:
        changes["places"] = (claim_rows.place(*changes.pop("at"), precision),)
    if "when" in changes:
        changes["dates"] = (claim_rows.dated(changes.pop("when")),)
    return replace(one, claim=replace(one.claim, **changes))
