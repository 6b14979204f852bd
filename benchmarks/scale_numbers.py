"""The numbers that `scale.py` reckons with: each measured, taken from a page, published or assumed.

What was measured comes from the released results of the benchmarks; where there is none yet, an
older figure of the reference machine stands in for it and is called a fallback.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from record import Measured, command_of, newest

STEPS = ("add", "cover", "align", "detect", "measure")
KINDS = ("measured", "fallback", "published", "assumption")
# The rehearsal: 2 km wide, 0.5 m, two dates. Pixels of one date per kilometre of border.
REHEARSAL_MPX_PER_KM = 8.0
PRICED_ON = "2026-11"
# A section of 2 km by 2 km at 0.5 m, as `speed/objects.py` reads it.
SECTION_PX = 16e6
# The width of the corridor for which false candidates per kilometre are given.
RATED_KM = 2.0


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number and where it comes from.

    Attributes:
        value: in `unit`.
        unit: of value, low and high.
        kind: "measured", "fallback", "published" or "assumption".
        source: the command that prints it, the page that states it, or why it is assumed.
        low, high: between which it may lie; the same as `value` where only one is known.
        meaning: what it is.

    Raises:
        ValueError: the kind is none of KINDS, or low, value and high are not in this order.
    """

    value: float
    unit: str
    kind: str
    source: str
    low: float
    high: float
    meaning: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.meaning}: a number is one of {KINDS}, not {self.kind!r}")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.meaning}: {self.low} <= {self.value} <= {self.high} fails")


def _known(value, unit, meaning, source, kind="fallback", low=None, high=None):
    low = value if low is None else low
    high = value if high is None else high
    return Number(
        value=value, unit=unit, kind=kind, source=source, low=low, high=high, meaning=meaning
    )


def _assumed(value, low, high, unit, meaning, why):
    return _known(value, unit, meaning, why, "assumption", low, high)


_CHAIN = "the chain of arithmetic on the reference machine, 2026-11: throughput, not accuracy"
_PRICE = f"assumed in {PRICED_ON}; ask your provider"
_CODECS = "one image of 105 Mpx on the reference machine, 2026-11"

USUAL: dict[str, Number] = {
    "border_km": _known(
        250_000.0, "km", "land borders of the world", "World Factbook: 250,884 to 251,480 km, by edition",
        "published", 213_000.0, 285_000.0,
    ),
    "corridor_km": _known(2.0, "km", "width that is looked at", "the plan: 1 km to each side", "assumption", 1.0, 4.0),
    "section_km": _known(2.0, "km", "length of a section", "`vallum.config`", "measured"),
    "n_borders": _known(
        323.0, "borders", "pairs of countries with a land border",
        "about one per shared line of the packaged base map, of which some are in pieces", "assumption", 300.0, 362.0,
    ),
    # --- pixels
    "bytes_jpeg": _known(32 / 105, "bytes/px", "8-bit RGB, JPEG quality 85", _CODECS, low=22 / 105, high=0.5),
    "bytes_zstd": _known(221 / 105, "bytes/px", "8-bit RGB, ZSTD", _CODECS),
    "bytes_raw": _known(3.0, "bytes/px", "8-bit RGB, not compressed", "three bands of a byte", "published"),
    "read_per_useful": _known(
        1.15, "px/px", "pixels decoded for one useful pixel, blocks of 512 px, corridor of 2 km",
        "blocks counted on the China-North Korea line", low=1.0, high=1.55,
    ),
    "px_per_request": _known(
        512.0**2, "px", "pixels that one request to object storage brings",
        "one request for each block of 512 pixels", low=512.0**2, high=2e6,
    ),
    "opens_per_look": _known(
        4.0, "requests", "requests to open an image once, beside its blocks",
        "the header and its tables", "assumption", 1.0, 10.0,
    ),
    # --- processors
    "pixel_s": _known(
        0.23, "core-s/pair-Mpx", "aligning and detecting, per million pixels of a pair",
        f"{_CHAIN}; 0.13 without and 0.23 with a network", low=0.13, high=0.83,
    ),
    "hallway_s": _assumed(
        0.5, 0.1, 2.0, "core-s/km", "all that is done per kilometre whatever its pixels",
        "to be replaced by `python benchmarks/rehearsal/run.py --footprints`",
    ),
    "largest_mb": _known(550.0, "MB", "memory of the largest process", _CHAIN),
    # --- rows and tasks
    "rows_per_km": _assumed(
        2.5, 2.0, 5.0, "rows/km", "rows that one pair adds besides candidates",
        "two looks, a fit, a comparison per section of 2 km, and covers",
    ),
    "sqlite_rows_s": _known(
        917.0, "rows/s", "rows put on disk one by one, SQLite, one writer", "F13 of docs/explain/trust.md"),
    "postgres_rows_s": _known(
        943.0, "rows/s", "rows put on disk one by one, PostgreSQL, while backups are made", "F13 of docs/explain/trust.md"),
    "bulk_rows_s": _known(
        6_930.0, "rows/s", "rows put on disk in large batches, SQLite, as the steps do", "`make bench NAMES=store`"),
    "verify_rows_s": _known(
        100_000 / 3.0, "rows/s", "rows of the ledger checked, SQLite", "F13 of docs/explain/trust.md"),
    "tasks_s": _known(
        190.0, "tasks/s", "empty tasks through one Dask scheduler", "reference machine, 2026-11: 190 to 350",
        low=190.0, high=350.0),
    # --- people
    "false_3m": _known(
        0.58, "lines/km", "lines suggested where nothing was built, at 3 m, per kilometre and pair",
        "0.29 at 5 m on farmland, corridor of 1 km (`python benchmarks/detection/real.py farmland`), times two for 2 km",
        "measured", 0.1, 3.0,
    ),
    "false_half_m": _known(
        2.31 * 2000 / 64, "lines/km", "lines suggested where nothing was built, at 0.5 m, per kilometre and pair",
        "2.31 per km of a strip of 64 m on two real dates (`python benchmarks/detection/detect.py test`), "
        "times 2,000/64: if what is false spreads evenly over the corridor",
        "measured", 2.0, 2.31 * 2000 / 64,
    ),
    "posts_half_m": _known(
        2.0 * 2000 / 64, "posts/km", "guard posts suggested where none was built, at 0.5 m",
        "the usual setting, 2 per km of a strip of 64 m on the dev half (`vallum.toml`), times 2,000/64",
        "measured", 0.3, 2.0 * 2000 / 64,
    ),
    "minutes": _assumed(0.5, 0.15, 2.0, "minutes", "one person's look at one candidate",
                        "clear ones take seconds, doubtful ones minutes; no study of real analysts was made"),
    "reviewers": _assumed(2.0, 1.0, 3.0, "people", "who look at each candidate, blind", "the desk's usual rule"),
    "year_h": _assumed(1_600.0, 1_400.0, 1_800.0, "hours", "one person's working year", "a usual full-time year"),
    # --- money
    "core_hour_usd": _assumed(0.05, 0.02, 0.10, "USD", "one core for an hour", _PRICE),
    "gb_month_usd": _assumed(0.023, 0.005, 0.03, "USD", "one GB kept for a month in object storage", _PRICE),
    "million_gets_usd": _assumed(0.40, 0.30, 5.0, "USD", "a million requests to object storage", _PRICE),
    "km2_half_m_usd": _assumed(12.0, 3.0, 30.0, "USD/km2", "one image of 0.5 m", _PRICE),
    "km2_3m_usd": _assumed(1.0, 0.3, 3.0, "USD/km2", "a year of monthly images of 3 m", _PRICE),
    "hour_usd": _assumed(30.0, 10.0, 60.0, "USD", "an hour of somebody who reviews", _PRICE),
    # --- sampling instead of everything
    "sampled_share": _assumed(0.05, 0.01, 0.2, "of the border", "drawn by chance and looked at in full",
                              "12,500 km in stretches of 200 m: enough for every large border to have its own interval"),
}  # fmt: skip


def numbers(
    measured: Iterable[Measured] = (), said: Mapping[str, float] | None = None
) -> dict[str, Number]:
    """Return all numbers: those that results hold in place of the fallbacks, then those `said`.

    Args:
        measured: results of benchmarks; the newest of each counts.
        said: values that somebody sets by name; they become assumptions without a range.

    Raises:
        KeyError: a name that is said is none of USUAL.
    """
    found = dict(USUAL)
    runs = newest(measured)
    for name, value, source in _found(runs):
        old = found[name]
        found[name] = replace(
            old, value=value, kind="measured", source=source,
            low=min(old.low, value) if old.kind == "assumption" else value,
            high=max(old.high, value) if old.kind == "assumption" else value,
        )  # fmt: skip
    for name, value in (said or {}).items():
        found[name] = replace(
            found[name], value=value, low=value, high=value, kind="assumption", source="set by hand"
        )
    return found


def _found(runs: Mapping[str, Measured]) -> Iterable[tuple[str, float, str]]:
    """Yield name, value and source of each number that a result holds."""
    yield from _of_rehearsal(runs)
    tasks_s = _tasks_s(runs.get("speed/scheduling"))
    if tasks_s is not None:
        yield "tasks_s", tasks_s, _source(runs["speed/scheduling"])
    for name, benchmark, pattern in (
        ("sqlite_rows_s", "store", r"SQLite.*one by one"),
        ("bulk_rows_s", "store", r"SQLite.*5,000 together"),
        ("verify_rows_s", "store", r"SQLite.*verified"),
        ("postgres_rows_s", "store", r"PostgreSQL.*one by one"),
        ("read_per_useful", "speed/read_align", r"processed per useful pixel"),
    ):
        value = _value(runs, benchmark, pattern)
        if value is not None:
            yield name, value, _source(runs[benchmark])


def _of_rehearsal(runs: Mapping[str, Measured]) -> Iterable[tuple[str, float, str]]:
    """Yield what the rehearsal's slopes give, per pixel and per kilometre, and what storage was asked."""
    whole = _slopes(runs, "rehearsal/steps")
    bare = _slopes(runs, "rehearsal/footprints")
    if bare is not None:
        yield "hallway_s", bare, _source(runs["rehearsal/footprints"])
    if whole is not None:
        per_km = bare if bare is not None else USUAL["hallway_s"].value
        pixels = max(0.0, whole - per_km) / REHEARSAL_MPX_PER_KM
        yield "pixel_s", pixels, _source(runs["rehearsal/steps"])
    n_asked = _value(runs, "speed/objects", r"JPEG, loopback: requests for a section")
    if n_asked:
        yield "px_per_request", SECTION_PX / n_asked, _source(runs["speed/objects"])
    peak = _value(runs, "rehearsal/steps", r"largest process")
    if peak is not None:
        yield "largest_mb", peak, _source(runs["rehearsal/steps"])


def _tasks_s(run: Measured | None) -> float | None:
    """Return how many tasks a second a cluster hands over, from a rate or from a cost per task."""
    for row in run.rows if run else ():
        if row.value and re.search(r"cluster|dask|tcp|tls", row.name, re.I):
            if row.unit in {"tasks/s", "1/s"}:
                return row.value
            if row.unit in {"ms/task", "ms per task"}:
                return 1000 / row.value
    return None


def _slopes(runs: Mapping[str, Measured], benchmark: str) -> float | None:
    """Return processor seconds per kilometre of all steps together, or None."""
    found = [_value(runs, benchmark, rf"{step}, slope$") for step in STEPS]
    known = [max(0.0, one) for one in found if one is not None]
    # One size alone gives slopes of zero, which say nothing.
    return sum(known) if len(known) == len(STEPS) and any(known) else None


def _value(runs: Mapping[str, Measured], benchmark: str, pattern: str) -> float | None:
    run = runs.get(benchmark)
    rows = run.rows if run else ()
    return next((row.value for row in rows if re.search(pattern, row.name, re.I)), None)


def _source(run: Measured) -> str:
    return f"`{command_of(run.benchmark)}`, {run.at[:10]}, {run.state}"
