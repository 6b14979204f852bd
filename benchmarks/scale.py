"""What watching every land border of the world would take: bytes, hours, money, people; on paper.

    python benchmarks/scale.py [--set NAME=VALUE ...] [--results FOLDER]

Nothing is measured here but the length of the packaged base map. What a pixel and a kilometre cost
comes from the released results of the benchmarks (`benchmarks/results/released`); where there is
none yet, from older figures, which the last table calls fallbacks. Prices and minutes are
assumptions: set others with `--set km2_half_m_usd=20`. `python tools/performance.py` writes the
same tables into docs/explain/scale.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parent))
from record import RELEASED, load
from scale_numbers import KINDS, PRICED_ON, RATED_KM, Number, numbers

Numbers = Mapping[str, Number]
Table = Sequence[Sequence[str]]

# The packaged fine lines that the base map has too; prk-rus is shorter than one step of its grid.
FINE = ("prk-chn", "usa-mex", "tur-syr", "pol-blr")
_NEAR_DEG = 0.3
WORKERS = (2, 64, 512)
_MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is looked at, how finely and how often.

    Attributes:
        name: as the head of a column.
        gsd_m: side of a pixel on the ground.
        passes: images of each place in a year; each is compared with the one before it.
        share: of the border, 0 to 1.
        false: names of the numbers of false candidates per kilometre and pair.
        km2_usd: name of the price of a square kilometre.
        images_paid: how often in a year that price is paid.
    """

    name: str
    gsd_m: float
    passes: float
    share: float
    false: tuple[str, ...]
    km2_usd: str
    images_paid: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Year:
    """What one plan takes in a year. Units are in the names; money is in USD."""

    km: float
    area_km2: float
    mpx_per_pass: float
    pair_mpx: float
    bytes_raw: float
    bytes_zstd: float
    bytes_jpeg: float
    requests: float
    core_h: float
    tasks: float
    task_s: float
    candidates: float
    review_h: float
    people: float
    machine_rows: float
    rows: float
    imagery_usd: float
    people_usd: float
    compute_usd: float
    storage_usd: float
    requests_usd: float

    @property
    def total_usd(self) -> float:
        """All costs together."""
        return (
            self.imagery_usd + self.people_usd + self.compute_usd
            + self.storage_usd + self.requests_usd
        )  # fmt: skip


def plans(given: Numbers) -> tuple[Plan, Plan, Plan]:
    """Return the plans that are reckoned: monthly at 3 m, yearly at 0.5 m, and a sample of that."""
    fine = {
        "gsd_m": 0.5,
        "passes": 1.0,
        "false": ("false_half_m", "posts_half_m"),
        "km2_usd": "km2_half_m_usd",
    }
    share = given["sampled_share"].value
    return (
        Plan(name="monthly at 3 m", gsd_m=3.0, passes=12.0, share=1.0, false=("false_3m",),
             km2_usd="km2_3m_usd"),
        Plan(name="yearly at 0.5 m", share=1.0, **fine),
        Plan(name=f"yearly at 0.5 m, {share:.0%} drawn by chance", share=share, **fine),
    )  # fmt: skip


def year(plan: Plan, given: Numbers) -> Year:
    """Return what a plan takes in a year, from numbers alone.

    The area is length times width; where a line meanders its corridor lies over itself, and the
    true area is smaller. Each date is decoded once for each pair it is part of, so twice. What is
    kept is one year of images as JPEG, for twelve months.
    """
    of = {name: number.value for name, number in given.items()}
    km = of["border_km"] * plan.share
    area_km2 = km * of["corridor_km"]
    mpx = area_km2 / plan.gsd_m**2
    pair_mpx = mpx * plan.passes
    read_px = 2e6 * pair_mpx * of["read_per_useful"]
    tasks = km / of["section_km"] * plan.passes
    opens = 2 * tasks * of["opens_per_look"]
    requests = read_px / of["px_per_request"] + opens
    core_s = pair_mpx * of["pixel_s"] + km * plan.passes * of["hallway_s"]
    wider = of["corridor_km"] / RATED_KM
    candidates = km * plan.passes * wider * sum(of[name] for name in plan.false)
    review_h = candidates * of["reviewers"] * of["minutes"] / 60
    machine_rows = km * plan.passes * of["rows_per_km"] + candidates
    # Each answer is a row too, and what is settled of it.
    rows = machine_rows + candidates * (1 + of["reviewers"])
    stored = {kind: pair_mpx * 1e6 * of[f"bytes_{kind}"] for kind in ("raw", "zstd", "jpeg")}
    return Year(
        km=km,
        area_km2=area_km2,
        mpx_per_pass=mpx,
        pair_mpx=pair_mpx,
        bytes_raw=stored["raw"],
        bytes_zstd=stored["zstd"],
        bytes_jpeg=stored["jpeg"],
        requests=requests,
        core_h=core_s / 3600,
        tasks=tasks,
        task_s=core_s / tasks,
        candidates=candidates,
        review_h=review_h,
        people=review_h / of["year_h"],
        machine_rows=machine_rows,
        rows=rows,
        imagery_usd=area_km2 * of[plan.km2_usd] * plan.images_paid,
        people_usd=review_h * of["hour_usd"],
        compute_usd=core_s / 3600 * of["core_hour_usd"],
        storage_usd=stored["jpeg"] / 1e9 * of["gb_month_usd"] * _MONTHS,
        requests_usd=requests / 1e6 * of["million_gets_usd"],
    )


# --- the length of the line ---------------------------------------------------------------------


@cache
def lengths_km() -> dict[str, tuple[float, float]]:
    """Return lengths on the base map and along the packaged fine lines, in kilometres.

    Returns:
        "all" -> (base map, NaN), and each name of FINE -> (base map, fine line). Geodesics of
        WGS84. A stretch of the base map belongs to a fine line when all of it is within 0.3
        degrees of that line.
    """
    from vallum.frontier import Frontier
    from vallum.ground.geodesy import WGS84

    path = resources.files("vallum") / "data/base/natural-earth-50m.npz"
    with path.open("rb") as file, np.load(file) as data:
        points = np.cumsum(data["borders"], axis=0) / int(data["per_degree"])
        arcs = np.split(points, np.cumsum(data["border_counts"])[:-1])
    km = [WGS84.line_length(*arc.T) / 1000 for arc in arcs]
    found = {"all": (float(sum(km)), float("nan"))}
    for name in FINE:
        line = Frontier.packaged(name)
        near = line.line.simplify(0.01).buffer(_NEAR_DEG)
        coarse = sum(
            one for one, arc in zip(km, arcs, strict=True) if near.covers(shapely.LineString(arc))
        )
        found[name] = (float(coarse), line.length_m / 1000)
    return found


def length_table() -> Table:
    """Return the lengths of the world's land borders, by where they come from."""
    known = lengths_km()
    coarse, fine = (sum(known[name][k] for name in FINE) for k in (0, 1))
    times = fine / coarse
    return [
        ("line", "km"),
        ("packaged base map (Natural Earth 1:50,000,000), geodesic", f"{known['all'][0]:,.0f}"),
        (f"of that, {', '.join(FINE)}", f"{coarse:,.0f}"),
        ("the same four along the packaged lines, most of them at 1 m", f"{fine:,.0f}"),
        (f"the base map, if all borders are {times:.2f} times as long as it draws them",
         f"{known['all'][0] * times:,.0f}"),
        ("World Factbook, \"not counting shared boundaries twice\", by edition", "250,884 to 251,480"),
    ]  # fmt: skip


# --- tables -------------------------------------------------------------------------------------


def short(value: float) -> str:
    """Return a number with three digits that mean something: 1,930 or 0.622."""
    if value == 0:
        return "0"
    digits = 2 - int(np.floor(np.log10(abs(value))))
    text = f"{round(value, digits):,.{max(0, digits)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def size(value: float) -> str:
    """Return bytes as GB, TB or PB."""
    for unit, by in (("PB", 1e15), ("TB", 1e12)):
        if value >= by:
            return f"{short(value / by)} {unit}"
    return f"{short(value / 1e9)} GB"


def dollars(value: float) -> str:
    """Return money: thousands and millions in words."""
    if value >= 1e6:
        return f"{short(value / 1e6)} million"
    return short(value)


def year_table(given: Numbers) -> Table:
    """Return what each plan takes in a year."""
    found = [(plan, year(plan, given)) for plan in plans(given)]
    rows: list[tuple[str, ...]] = [("in a year", *(plan.name for plan, _ in found))]
    for name, how in (
        ("border, km", lambda y: short(y.km)),
        ("area of the corridor, km2", lambda y: short(y.area_km2)),
        ("pixels of one pass, Gpx", lambda y: short(y.mpx_per_pass / 1e3)),
        ("pixels of all pairs, Gpx of one date", lambda y: short(y.pair_mpx / 1e3)),
        ("images, not compressed", lambda y: size(y.bytes_raw)),
        ("images, ZSTD", lambda y: size(y.bytes_zstd)),
        ("images, JPEG", lambda y: size(y.bytes_jpeg)),
        ("requests to object storage, millions", lambda y: short(y.requests / 1e6)),
        ("core-hours", lambda y: short(y.core_h)),
        *(
            (f"hours on {n} cores, if all are busy", lambda y, n=n: short(y.core_h / n))
            for n in WORKERS
        ),
        ("tasks (one section, one pair)", lambda y: short(y.tasks)),
        ("core-seconds of one task", lambda y: short(y.task_s)),
        ("candidates where nothing was built", lambda y: short(y.candidates)),
        ("hours of review", lambda y: short(y.review_h)),
        ("people who do nothing else", lambda y: short(y.people)),
        ("rows in the store, millions", lambda y: short(y.rows / 1e6)),
    ):
        rows.append((name, *(how(one) for _, one in found)))
    return rows


def money_table(given: Numbers) -> Table:
    """Return what each plan costs in a year, and of what."""
    found = [(plan, year(plan, given)) for plan in plans(given)]
    head = (f"USD a year, prices assumed in {PRICED_ON}", *(plan.name for plan, _ in found))
    rows = [head]
    for name in ("imagery", "people", "compute", "storage", "requests", "total"):
        cells = []
        for _, one in found:
            value = getattr(one, f"{name}_usd")
            share = "" if name == "total" else f" ({value / one.total_usd:.1%})"
            cells.append(dollars(value) + share)
        rows.append((name, *cells))
    return rows


def sensitivity_table(given: Numbers) -> Table:
    """Return the total of each plan with one number at each end of its range, the widest first."""
    found = []
    for name, number in given.items():
        if number.low == number.high:
            continue
        totals = [
            tuple(year(plan, _with(given, name, value)).total_usd for plan in plans(given)[:2])
            for value in (number.low, number.high)
        ]
        widest = max(abs(high - low) for low, high in zip(*totals, strict=True))
        found.append((widest, number, totals))
    found.sort(key=lambda one: -one[0])
    of = plans(given)
    rows: list[tuple[str, ...]] = [
        ("if this were", "from", "to", f"{of[0].name}, USD", f"{of[1].name}, USD")
    ]
    for widest, number, (low, high) in found:
        if widest < 1e4:
            continue
        cells = (f"{dollars(a)} to {dollars(b)}" for a, b in zip(low, high, strict=True))
        rows.append(
            (f"{number.meaning}, {number.unit}", short(number.low), short(number.high), *cells)
        )
    return rows


def _with(given: Numbers, name: str, value: float) -> Numbers:
    old = given[name]
    new = Number(
        value=value, unit=old.unit, kind=old.kind, source=old.source, low=min(old.low, value),
        high=max(old.high, value), meaning=old.meaning,
    )  # fmt: skip
    return {**given, name: new}


def limit_table(given: Numbers) -> Table:
    """Return where the design breaks: what it holds up to, why, and what takes its place."""
    of = {name: number.value for name, number in given.items()}
    coarse, fine = (year(plan, given) for plan in plans(given)[:2])
    most = max(coarse.rows, fine.rows)
    batch = 10 / coarse.task_s
    rows: list[tuple[str, ...]] = [
        ("what breaks", "holds up to", "because", "what takes its place")
    ]
    rows += [
        ("people who review all that is suggested",
         f"{short(of['year_h'] / (fine.review_h / fine.km))} km per person and year at 0.5 m, "
         f"{short(of['year_h'] / (coarse.review_h / coarse.km))} km at 3 m each month",
         f"{short(fine.candidates / fine.km)} and {short(coarse.candidates / coarse.km)} false candidates per km and year",
         "a sample drawn by chance for the numbers (`vallum sample`), review for what is shown; a "
         "narrower corridor; a higher threshold, with the loss measured"),
        ("images for all of it",
         "one border, if somebody pays",
         f"{dollars(fine.imagery_usd)} USD a year at 0.5 m; no archive holds every place each year, and clouds hide some",
         "`vallum cue` on free images of 10 m, then `vallum shop`: buy where it narrows a number most"),
        ("monthly images of 3 m as evidence",
         "patrol roads and cleared strips",
         "no class's absence says anything at 3 m, and no fence was reported seen at more than 0.6 m",
         "3 m says where to look; what is counted comes from 0.5 m"),
        ("licences",
         "what each licence allows to be shown",
         "hundreds of thousands of images under many terms; `may_publish` is a row each",
         "publish numbers and outlines, few pictures; ask once for all of a border"),
        ("one SQLite file, one writer, one lock",
         f"{short(of['bulk_rows_s'] / _rows_s(fine))} cores at 0.5 m, "
         f"{short(of['bulk_rows_s'] / _rows_s(coarse))} at 3 m",
         f"it takes {short(of['bulk_rows_s'])} rows/s in batches, {short(of['sqlite_rows_s'])} one by one; a busy "
         f"core makes {short(_rows_s(fine))} and {short(_rows_s(coarse))} a second",
         "one project per border: they share nothing; PostgreSQL where many write to one"),
        ("checking the whole chain at once",
         f"{short(of['verify_rows_s'] * 600 / 1e6)} million rows in ten minutes",
         f"{short(of['verify_rows_s'])} rows/s; all rows of a year would take {short(most / of['verify_rows_s'] / 3600)} h",
         "a chain per border; a signed head per edition, and only what is newer is checked"),
        ("a desk with its rows in memory",
         "one border",
         f"{short(fine.candidates / of['n_borders'])} candidates per border at 0.5 m; the desk was tried with 20,000",
         "a desk per stretch; a queue that the database answers"),
        ("one Dask scheduler",
         f"{short(of['tasks_s'] * fine.task_s)} cores at 0.5 m, {short(of['tasks_s'] * coarse.task_s)} at 3 m",
         f"{short(of['tasks_s'])} tasks/s; a task takes {short(fine.task_s)} and {short(coarse.task_s)} core-seconds",
         f"{short(max(1.0, batch))} sections in one task at 3 m; a scheduler per border"),
        ("one project per border",
         "one border",
         f"{short(of['n_borders'])} borders are as many projects: no step spans two, and no number",
         "a list of projects that is run in turn; their editions put together by their tables"),
        ("searching catalogues",
         "20,000 items of one search",
         "200 pages of 100 items at most, then the search says that it was cut",
         "a search per section and month; a catalogue kept beside the images (`vallum watch`)"),
        ("requests to object storage",
         f"{short(5500 / (fine.requests / (fine.core_h * 3600)))} cores under one prefix",
         f"{short(fine.requests / (fine.core_h * 3600))} requests per core-second; 5,500 a second and prefix "
         "is what one large provider states (assumption)",
         "a prefix per border; images near the cores, as bytes that leave a region are paid for"),
        ("the line itself",
         f"{len(FINE) + 1} packaged borders",
         "rivers move, maps differ by a third in length, some stretches are disputed",
         "a frozen line per border, named with its source; no number is added across lines"),
    ]  # fmt: skip
    return rows


def _rows_s(one: Year) -> float:
    """Return how many rows a second one busy core makes."""
    return one.machine_rows / (one.core_h * 3600)


def number_table(given: Numbers) -> Table:
    """Return every number with its kind, range and source."""
    rows: list[tuple[str, ...]] = [("number", "value", "from", "to", "unit", "kind", "where from")]
    for kind in KINDS:
        rows += [
            (f"`{name}`: {one.meaning}", short(one.value), short(one.low), short(one.high), one.unit,
             one.kind, one.source)
            for name, one in given.items() if one.kind == kind
        ]  # fmt: skip
    return rows


def markdown(rows: Table) -> str:
    """Return rows, the first of which is the head, as a Markdown table."""
    head, *rest = rows
    lines = [head, ["---"] * len(head), *rest]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def tables(given: Numbers) -> Iterator[tuple[str, Table]]:
    """Yield name and rows of every table, in the order of the page."""
    yield "length", length_table()
    yield "year", year_table(given)
    yield "money", money_table(given)
    yield "sensitivity", sensitivity_table(given)
    yield "limits", limit_table(given)
    yield "numbers", number_table(given)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="What watching every land border would take.")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", dest="said")
    parser.add_argument("--results", type=Path, default=RELEASED)
    told = parser.parse_args()
    measured, broken = load(told.results.glob("*/*.json"))
    said = {}
    for word in told.said:
        name, _, value = word.partition("=")
        try:
            said[name] = float(value)
        except ValueError:
            parser.error(f"--set {word}: write NAME=VALUE with a number")
    try:
        given = numbers(measured, said)
    except KeyError as error:
        parser.error(f"--set: there is no number {error}; the last table names them")
    for name, rows in tables(given):
        print(f"\n## {name}\n\n{markdown(rows)}")
    print(*broken, sep="\n", end="")


if __name__ == "__main__":
    main()
