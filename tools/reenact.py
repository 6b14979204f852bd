"""Enter published border studies as findings with coverage, and print what follows from them.

    python tools/reenact.py            write docs/explain/published-investigations.md anew
    python tools/reenact.py --check    say whether the page is stale; exit 1 when it is

The figures come from src/vallum/data/published/figures.csv, each with its source. Where on the
line a study found something is not published, so that everything lies on a schematic straight line
of the right length: lengths, counts and coverage are the study's, places are nobody's.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from shapely.geometry import LineString, Point

from vallum.frontier import Frontier
from vallum.ground.amounts import change_text, unit_pair
from vallum.ground.geodesy import WGS84, geodesic_length_m
from vallum.ground.kinds import Change, Held, Kind
from vallum.ground.records import Candidate, Comparison, Estimate, Finding
from vallum.ground.span import Span, Spans
from vallum.measure import counting
from vallum.measure.estimates import estimates
from vallum.measure.published import PublishedFigure, figures
from vallum.report.printing import (
    bounds_text,
    km_text,
    number_text,
    share_text,
    thing_of,
    value_text,
)

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "explain" / "published-investigations.md"
_STEP_M = 500.0
_LAT = 42.0
_APART_M = 12.0  # more than what is counted as one


@dataclass(frozen=True, kw_only=True)
class Printed:
    """One figure: what the study printed, and what vallum prints from the same entries."""

    id: str
    what: str
    study: str
    vallum: str


@dataclass(frozen=True, kw_only=True)
class Story:
    """One study, entered."""

    title: str
    lead: str
    printed: tuple[Printed, ...]
    possible: tuple[str, ...]
    not_derivable: tuple[str, ...]
    numbers: dict[str, Estimate] = field(default_factory=dict)


# -- entering ---------------------------------------------------------------------------------


class Entry:
    """Findings and coverage of one study, on a schematic line."""

    def __init__(self, name: str, length_m: int, compared: Spans) -> None:
        """Begin with a line of `length_m`, of which `compared` had usable images at both dates."""
        self.frontier = _straight(name, length_m)
        self.extent = Span(0, length_m)
        self.compared = compared
        self.candidates: list[Candidate] = []
        self.findings: list[Finding] = []

    def line(
        self, kind: Kind, change: Change, km: float, *, layer: str = "", off_m: float = 20.0
    ) -> None:
        """Enter `km` of a line; what is longer than the section is laid in further rows."""
        left_m = km * 1000
        while left_m > 0.5:
            to_m = min(left_m, self.extent.length_m)
            at_m = np.append(np.arange(0.0, to_m, _STEP_M), to_m)
            shape = LineString(np.column_stack(self.frontier.points_at(at_m, off_m)))
            self._add(kind, change, shape, Span(0, max(1, round(to_m))), off_m, layer)
            left_m, off_m = left_m - to_m, off_m + _APART_M

    def border(self, km: float) -> None:
        """Enter `km` of border along which something changed, whatever it was."""
        self.line(Kind.FENCE, Change.NEW, km)

    def posts(self, kind: Kind, change: Change, n: int, *, off_m: float = 8.0) -> None:
        """Enter `n` posts, spread evenly."""
        at_m = (np.arange(n) + 0.5) * self.extent.length_m / n
        lon, lat = self.frontier.points_at(at_m, off_m)
        for where, x, y in zip(at_m.astype(int).tolist(), lon, lat, strict=True):
            self._add(kind, change, Point(x, y), Span(where, where + 1), off_m, "")

    def _add(
        self,
        kind: Kind,
        change: Change,
        shape: LineString | Point,
        span: Span,
        off_m: float,
        layer: str,
    ) -> None:
        length_m = geodesic_length_m(shape) if kind.is_line else 0.0
        candidate = Candidate(
            span=span, off_m=off_m, category=kind, change=change, score=0.0, length_m=length_m,
            shape=shape, before="", after="", origin="analyst",
        )  # fmt: skip
        self.candidates.append(candidate)
        finding = Finding(
            about=candidate.id,
            held=Held.CONFIRMED,
            category=kind,
            layer=layer,
            change=change,
            span=span,
            off_m=off_m,
            shape=shape,
            length_m=length_m,
            agreement="as the study states it",
        )
        self.findings.append(finding)

    def numbers(self) -> dict[str, Estimate]:
        """Return every number vallum makes of the entries."""
        whole = Comparison(span=self.extent, slot=0, seen=self.compared)
        blind = Comparison(span=self.extent, slot=0, seen=Spans(), blocked_by="no updated image")
        found = estimates(
            self.extent,
            self.frontier,
            [whole if self.compared else blind],
            self.candidates,
            self.findings,
        )
        return {number.name: number for number in found}


def _straight(name: str, length_m: int) -> Frontier:
    """Return a straight line eastward of exactly so many metres."""
    at_m = np.append(np.arange(0, length_m, 5000), length_m).astype(float)
    lon, lat, _ = WGS84.fwd(
        np.full(len(at_m), 100.0), np.full(len(at_m), _LAT), np.full(len(at_m), 90.0), at_m
    )
    line = LineString(np.column_stack([lon, lat]))
    return Frontier(name=name, line=line, source="schematic: the study's places are not published")


# -- the studies ------------------------------------------------------------------------------


def hoeryong(fact: Facts) -> Story:
    """Human Rights Watch at Hoeryong, 2022: one chosen section, two dates."""
    section_m = fact.m("H1")
    entry = Entry("Hoeryong", section_m, Spans.of((0, section_m)))
    entry.line(Kind.FENCE, Change.UPGRADED, fact("H5"), layer="primary", off_m=10)
    entry.line(Kind.FENCE, Change.NEW, fact("H4"), layer="secondary", off_m=60)
    entry.posts(Kind.WATCHTOWER, Change.UNCHANGED, fact.n("H2"), off_m=5)
    entry.posts(Kind.GUARD_POST, Change.NEW, fact.n("H3"), off_m=40)
    numbers = entry.numbers()
    new, before, after = (
        numbers[name].value for name in ("posts_new", "posts_stock_before", "posts_stock_after")
    )
    spacing_m = {n: _spacing_m(n, section_m) for n in (before, after)}
    return Story(
        title="Human Rights Watch, Hoeryong, November 2022",
        lead="A section that was chosen, compared as a whole at two dates (March 2019 and "
        "April 2022).",
        printed=(
            fact.printed("H3", "posts", change_text(new, before=before)),
            fact.printed("H4", "second fence added", _said(numbers["barrier_km_fence_new"])),
            fact.printed("H5", "first fence upgraded", _said(numbers["barrier_km_fence_upgraded"])),
            fact.printed("H6", "spacing before", f"{spacing_m[before]:,.0f} m of border per post"),
            fact.printed("H7", "spacing after", f"{spacing_m[after]:,.1f} m of border per post"),
        ),
        possible=(
            f"The stock: {number_text(before)} before, {number_text(after)} after. Papers that "
            f"wrote “from {number_text(before)} to {number_text(new)}” read the change as the "
            "stock.",
            f"Posts per km of border: {number_text(new / section_m * 1000)} new ones; and per km "
            f"of the fence that is known to be new or upgraded, "
            f"{number_text(new / (fact('H4') + fact('H5')))}.",
            f"The two lengths are of fence: together {km_text(1000 * (fact('H4') + fact('H5')))} "
            f"of fence beside {km_text(section_m)} of border. “More than 9 km of new or improved "
            "fencing” names neither part, and reads as one of them.",
            "When: built between March 2019 and April 2022, the bracket of the two images.",
        ),
        not_derivable=(
            "Along how many of the 7.4 km the second fence stands: 9.2 km of it can lie in more "
            "than two rows.",
            f"Anything beyond the section. It was chosen, so vallum refuses to scale it to the "
            f"{number_text(fact('H9'))} km that were analysed, or to the border.",
            "The number of posts per class: no published key tells a watchtower from a guard post.",
        ),
        numbers=numbers,
    )


def six_areas(fact: Facts) -> Story:
    """Human Rights Watch, six areas, 2024."""
    border_m = fact.m("W1")
    entry = Entry("six areas", border_m, Spans.of((0, border_m)))
    entry.line(Kind.FENCE, Change.UPGRADED, fact("W5"), layer="primary", off_m=10)
    entry.line(Kind.FENCE, Change.NEW, fact("W4"), layer="secondary", off_m=60)
    entry.posts(Kind.GUARD_POST, Change.UNCHANGED, fact.n("W9"), off_m=5)
    entry.posts(Kind.GUARD_POST, Change.NEW, fact.n("W10") - fact.n("W9"), off_m=40)
    numbers = entry.numbers()
    fence_km = sum(numbers[f"barrier_km_fence_{c}"].value for c in ("new", "upgraded"))
    facilities, printed_km = fact("W7"), fact("W6")
    before, after = (numbers[f"posts_stock_{when}"].value for when in ("before", "after"))
    return Story(
        title="Human Rights Watch, six areas, March 2024",
        lead="Six areas chosen for their economy, population and trade: 321 km of border.",
        printed=(
            fact.printed("W4", "new fencing", _said(numbers["barrier_km_fence_new"])),
            fact.printed("W5", "first fence enhanced", _said(numbers["barrier_km_fence_upgraded"])),
            fact.printed("W6", "all layers", f"{km_text(fence_km * 1000)} of fence"),
            fact.printed(
                "W2", "border fenced in 2019", f"{share_text(fact('W2') / fact('W1'))} of 321 km"
            ),
            fact.printed("W10", "guard posts after", f"at least {number_text(after)}"),
            fact.printed(
                "W11",
                "average spacing",
                f"{printed_km * 1000 / facilities:,.0f} m of FENCE per facility",
            ),
        ),
        possible=(
            f"One facility per {border_m / facilities:,.0f} m of border. “Every 110 m” has no "
            "denominator; read as border, it makes the posts look half as dense as they are.",
            f"Guard posts alone grew {after / before:,.0f}-fold ({number_text(before)} to over "
            f"{number_text(after)}). “20-fold” is of all facilities, which puts about "
            f"{facilities / fact('W8'):,.0f} of them in 2019: another class, and both belong "
            "beside each other.",
            f"{km_text(fence_km * 1000)} and the printed {km_text(printed_km * 1000)} are one "
            "number, rounded twice.",
        ),
        not_derivable=(
            "Anything about the other three quarters of the border: six chosen areas are no sample "
            "of it. vallum refuses, whatever the sampling error of the areas would be.",
            "Figures per area, and border-km by number of layers: none were published.",
            "How much of the 321 km could not be compared: no such length was found in print.",
        ),
        numbers=numbers,
    )


def reuters(fact: Facts) -> Story:
    """Reuters and the Middlebury Institute, 2023."""
    border_m = fact.m("R1") + fact.m("R2")
    changed_m, unseen_m = fact.m("R3"), fact.m("R4")
    entry = Entry("whole border", border_m, Spans.of((0, border_m - unseen_m)))
    entry.border(changed_m / 1000)
    numbers = entry.numbers()
    changed, blind = numbers["border_km_changed"], numbers["border_km_not_comparable"]
    shares = [changed.low * 1000 / border_m, changed.high * 1000 / border_m]
    return Story(
        title="Reuters and the Middlebury Institute, May 2023",
        lead="The whole northern border, with what could not be looked at stated beside it.",
        printed=(
            fact.printed("R3", "new or expanded infrastructure", _said(changed)),
            fact.printed("R4", "no updated imagery", f"{value_text(blind)} not comparable"),
        ),
        possible=(
            f"Shares, each with its denominator: {share_text(shares[0])} of the border, "
            f"{share_text(changed_m / (border_m - unseen_m))} of what could be compared at most.",
            f"Bounds without any assumption: {bounds_text(changed)}, or "
            f"{share_text(shares[0])} to {share_text(shares[1])} of the border. The upper end "
            "holds only if nothing but the 353 km is unknown; the article says there was more.",
        ),
        not_derivable=(
            "Kilometres of fence: the unit is border along which anything new is seen. Entered as "
            "border, vallum's fence-km of it would be an artefact, and are not shown here.",
            "New apart from expanded, and both by class: published as one number.",
            "How much was indeterminate (“limitations in the imagery prevented conclusive "
            "determinations”), and how much beyond the 353 km was not examined.",
        ),
        numbers=numbers,
    )


def removal(fact: Facts) -> Story:
    """AccessDPRK on the removal of the temporary fence, 2025."""
    fence_m = fact.m("A1")
    looked_m = sum(fact.m(name) for name in ("A2", "A3", "A4"))
    built = Entry("second fence, 2020-23", fence_m, Spans.of((0, fence_m)))
    built.line(Kind.FENCE, Change.NEW, fence_m / 1000, layer="secondary")
    stood = built.numbers()["barrier_km_fence_new"]
    entry = Entry("second fence, 2024-25", fence_m, Spans.of((0, looked_m)))
    entry.line(Kind.FENCE, Change.REMOVED, looked_m / 1000, layer="secondary")
    numbers = entry.numbers()
    removed = numbers["border_km_with_removed_infrastructure"]
    return Story(
        title="AccessDPRK, removal of the second fence, September 2025",
        lead="A fence of reeds and wood, at least 950 km, found removed where images of 2024-25 "
        "exist. Entered on a line as long as the fence; 59 km of it have new images.",
        printed=(
            fact.printed("A1", "temporary fence, 2020-23", _said(stood)),
            *(
                fact.printed(
                    name,
                    f"looked at again, {where}",
                    f"{km_text(fact.m(name))} of the {km_text(looked_m)} compared",
                )
                for name, where in (("A2", "W of Manpo"), ("A3", "Chunggang"), ("A4", "S of Musan"))
            ),
        ),
        possible=(
            f"Removed: {_said(removed)} (bounds {bounds_text(removed)}), within the "
            f"{km_text(looked_m)} that could be looked at again, "
            f"{share_text(looked_m / fence_m)} of the fence.",
            f"Not comparable: {value_text(numbers['border_km_not_comparable'])}. “Now removed” "
            "holds where images exist; for the rest it is an expectation.",
            "Life: temporary, because it was seen built and seen gone. The material (reeds, wood) "
            "comes from a photograph; from orbit it cannot be told.",
        ),
        not_derivable=(
            "The length around Ryongampo and Sindo: no figure was printed, so it is in no sum.",
            "When it was taken down: between the last image with it and the first without, which "
            "were not published for each stretch.",
        ),
        numbers=numbers,
    )


def coast(fact: Facts) -> Story:
    """NK Pro on the coast, 2024."""
    total_m, added = fact.m("N3"), fact("N1")
    entry = Entry("coast", total_m, Spans())
    entry.line(Kind.FENCE, Change.NEW, added)
    entry.posts(Kind.GUARD_POST, Change.NEW, fact.n("N2"))
    numbers = entry.numbers()
    fence, posts = numbers["barrier_km_fence_new"], numbers["posts_new"]
    return Story(
        title="NK Pro, coastal fence, January 2024",
        lead="A coast as frontier. No length of coast and no coverage was found in print, so it is "
        "entered on a line as long as the fence, of which nothing is known to be comparable.",
        printed=(
            fact.printed("N1", "new coastal fence", f"at least {unit_pair(fence.value, 'km')}"),
            fact.printed("N2", "posts added", change_text(posts.value)),
            fact.printed("N3", "fence in all", str(unit_pair(total_m / 1000, "km"))),
        ),
        possible=(
            f"The stock before: {km_text(total_m - added * 1000)}, if the total is of the end.",
            f"Length of fence: {_said(fence)}; {bounds_text(fence)}.",
        ),
        not_derivable=(
            "A share of the coast, posts per km, or bounds: without a length of coast and of what "
            "could be compared there is no denominator.",
            "The stock of posts: only the increase was printed.",
        ),
        numbers=numbers,
    )


STUDIES = (hoeryong, six_areas, reuters, removal, coast)


# -- writing ----------------------------------------------------------------------------------


class Facts:
    """Published figures by id: as numbers, as metres, as printed."""

    def __init__(self, known: Iterable[PublishedFigure]) -> None:
        """Take the packaged figures."""
        self.by_id = {figure.id: figure for figure in known}

    def __call__(self, name: str) -> float:
        """Return the smallest value that was printed."""
        return float(self.by_id[name].low)

    def n(self, name: str) -> int:
        """Return a count."""
        return round(self(name))

    def m(self, name: str) -> int:
        """Return a length in metres."""
        return round(self(name) * {"km": 1000, "m": 1}[self.by_id[name].unit])

    def printed(self, name: str, what: str, vallum: str) -> Printed:
        """Return a figure as the study printed it, beside ours."""
        one = self.by_id[name]
        unit = "" if one.unit == "count" else f" {one.unit}"
        number = f"{self(name):,.10g}{unit}"
        said = f"{one.qualifier} {number}".strip()
        return Printed(id=name, what=what, study=said, vallum=vallum)


def _said(number: Estimate) -> str:
    return f"{number.wording} {value_text(number)} {thing_of(number.name)}".strip()


def _spacing_m(n: float, length_m: float) -> float:
    rate = counting.rate_per_km((n, n), (length_m / 1000, length_m / 1000))
    return rate.spacing_m[0] if rate else float("nan")


def page(stories: Sequence[Story], sources: dict[str, str]) -> str:
    """Return the page."""
    parts = [_HEAD]
    for story in stories:
        parts += [
            f"## {story.title}",
            story.lead,
            "| | the study | vallum, from the same entries |\n|---|---|---|\n"
            + "\n".join(
                f"| {row.what} ({row.id}) | {row.study} | {row.vallum} |" for row in story.printed
            ),
            "**Could have been printed as well**",
            "\n".join(f"- {line}" for line in story.possible),
            "**Cannot be derived**",
            "\n".join(f"- {line}" for line in story.not_derivable),
            sources[story.title],
        ]
    return "\n\n".join(parts) + "\n"


_HEAD = """<!-- Written by tools/reenact.py; run it to write the page anew. -->

# Published investigations, entered

You want to know what vallum would have printed where others counted by hand. Five published
investigations were entered as findings with coverage. Each table shows what the study printed and
what vallum prints from the same entries; below it stand the figures that the same evidence allows,
and those that it does not.

Places are not published, so every study lies on a schematic straight line of the right length.
Lengths, counts and coverage are the study's; no position on this page means anything. Where a study
gives no coverage, the whole stretch it speaks of is taken as compared, and that is said."""


def made() -> tuple[list[Story], str]:
    """Return the stories and the page."""
    facts = Facts(figures())
    stories = [study(facts) for study in STUDIES]
    sources = {story.title: _sources(story, facts) for story in stories}
    return stories, page(stories, sources)


def _sources(story: Story, facts: Facts) -> str:
    said = {
        f"{facts.by_id[row.id].source}, {facts.by_id[row.id].published}" for row in story.printed
    }
    return f"Figures as printed by: {'; '.join(sorted(said))}."


def main() -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, say if it is stale")
    _, text = made()
    if parser.parse_args().check:
        if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
            print(f"{PAGE.relative_to(ROOT)} is stale; run `python tools/reenact.py`")
            return 1
        return 0
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
