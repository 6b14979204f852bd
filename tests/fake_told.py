"""Claims as a release would tell them, made up, for the tests of the report. SIMULATED."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

from fake_said import said_book
from vallum.ground.context import Entry, Series
from vallum.ground.kinds import Change, Dating
from vallum.ground.saidkinds import Access, ClaimStatus, Modality, Subject
from vallum.ground.span import Spans
from vallum.ground.told import Told
from vallum.ground.when import When
from vallum.report.book import Book

CELL_M = 5_000


def _cells(first: int, n: int = 1) -> Spans:
    return Spans.of((first * CELL_M, (first + n) * CELL_M))


def told_claims(seen: tuple[str, ...]) -> tuple[Told, ...]:
    """Seven claims of every status.

    Args:
        seen: at least three ids of findings.
    """
    return (
        Told(
            key="kq7", says="A second fence is said to have been completed beside the river.",
            subject=Subject.DOUBLE_FENCE, change=Change.NEW, modality=Modality.COMPLETED,
            status=ClaimStatus.CORROBORATED, quantity="about 3 km", where="near Musan",
            cells=_cells(0), when="spring 2021", first=date(2021, 3, 1), last=date(2021, 5, 31),
            who="a trader in the area", grade="B2", access=Access.DIRECT,
            why="one source, and a finding that overlaps it in place and time",
            findings=seen[:2],
        ),
        Told(
            key="ab3", says="Guard posts are said to stand along the whole stretch.",
            subject=Subject.GUARD_POST, modality=Modality.PRESENT,
            status=ClaimStatus.CORROBORATED, where="the river valley", cells=_cells(0, 2),
            when="2022", first=date(2022, 1, 1), last=date(2022, 12, 31), who="a news agency",
            grade="A1", access=Access.HEARSAY, why="two sources of different origin agree",
            findings=seen[2:3], agrees=("kq7",),
        ),
        Told(
            key="zz9", says="Cameras are said to cover the entire region.",
            subject=Subject.CAMERA, modality=Modality.COMPLETED, status=ClaimStatus.CONTRADICTED,
            where="the whole line", cells=_cells(0, 3), when="by February 2019",
            last=date(2019, 2, 28), who="a newspaper", grade="C3",
            why="a source of another origin says that they are not across the entire border",
            beside=("m22",),
        ),
        Told(
            key="m22", says="Cameras are said not to cover the entire border.",
            subject=Subject.CAMERA, modality=Modality.DENIED, status=ClaimStatus.CONTRADICTED,
            where="the whole line", cells=_cells(0, 3), when="May 2020", first=date(2020, 5, 1),
            last=date(2020, 5, 31), who="another newspaper", grade="C2",
            why="a source of another origin says that they cover all of it", beside=("zz9",),
        ),
        Told(
            key="h41", says="A wall of concrete is said to be under way.", subject=Subject.WALL,
            change=Change.NEW, modality=Modality.UNDER_WAY, status=ClaimStatus.NOT_OBSERVABLE,
            where="near Hoeryong", cells=_cells(1), when="after August 2020",
            first=date(2020, 9, 1), who="a former resident", grade="D4",
            why="there is no image of that place after that day",
        ),
        Told(
            key="u05", says="Soldiers are said to have been ordered to lay spikes.",
            subject=Subject.SPIKES, modality=Modality.ORDERED, status=ClaimStatus.UNVERIFIED,
            cells=_cells(1), where="near Onsong", who="a human rights organisation", grade="F6",
            why="nothing was found that supports it or speaks against it",
        ),
        Told(
            key="n77", says="A buffer zone of 1 to 2 km is said to be in force.",
            subject=Subject.BUFFER_ZONE, modality=Modality.ORDERED,
            status=ClaimStatus.UNVERIFIED, where="cannot be placed", when="summer 2020",
            first=date(2020, 6, 1), last=date(2020, 8, 31), who="an official notice", grade="B6",
            why="nothing was found that supports it or speaks against it",
        ),
    )  # fmt: skip


def some_context() -> tuple[Series, ...]:
    """A series and events, made up."""
    entry = {"source": "A. Nobody, 2023", "source_url": "https://example.org/a?b=1",
             "accessed": "2026-11-21"}  # fmt: skip
    counted = tuple(
        Entry(when=When.parse(year), as_stated=year, value=value, **entry)
        for year, value in (("2019", 1047.0), ("2022", 67.0))
    )
    happened = (
        Entry(when=When.parse("2020-01"), as_stated="2020-01", says="A border is closed", **entry),
        Entry(when=When.parse("2020-08-25"), as_stated="2020-08-25",
              says="A buffer zone is declared", **entry),
    )  # fmt: skip
    return (
        Series(name="Arrivals per year", unit="people", entries=counted),
        Series(name="Policy events", unit="event", entries=happened),
    )


@cache
def told_book(length_km: float = 12.0, *, is_simulated: bool = True) -> Book:
    """A book with claims and context beside everything else."""
    book = said_book(length_km, is_simulated=is_simulated)
    lines = [one for one in book.confirmed if one.category.is_line][:3]
    days = (
        (date(2020, 10, 14), date(2021, 6, 1), Dating.BRACKETED),
        (None, date(2021, 9, 1), Dating.LEFT_CENSORED),
        (date(2021, 1, 5), date(2022, 4, 9), Dating.BRACKETED),
    )
    dated = {
        one.about: replace(
            one,
            last_absent=low,
            first_seen=high,
            built=When(low, high) if low else None,
            dating=kind,
        )
        for one, (low, high, kind) in zip(lines, days, strict=True)
    }
    findings = tuple(dated.get(one.about, one) for one in book.findings)
    ids = tuple(dated[one.about].id for one in lines)
    return replace(book, findings=findings, claims=told_claims(ids), context=some_context())
