"""`recompute`: every published number again, from a case file alone."""

from __future__ import annotations

import csv
import io
import json
import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from typing_extensions import TypedDict  # that of `typing` tells pydantic too little before 3.12

from vallum import config
from vallum.evidence import bag, handed
from vallum.evidence import stamp as stamps
from vallum.frontier import Frontier
from vallum.ground import foreign
from vallum.ground.errors import BadInput, BadSetting, VallumError
from vallum.ground.records import ROWS, Estimate, Json, Level, Row
from vallum.measure import frozen
from vallum.project import DATABASE_FILE, FRONTIER_FILE, Project
from vallum.steps import casing_ledger, numbering, stamping, telling
from vallum.steps.done import Done, silent
from vallum.store import Store

FROM_ROWS = "rows"
_LIMIT_S = 3600.0
_MOST_BYTES = 1 << 30
_SHOWN = 20
_DIGITS = 1e-12
"""Numbers that differ by less, as a share, are the same: numpy adds up in an order that depends on
the make of the processor, and with it the last one or two of 16 digits (measured)."""

_FIELDS = (
    "value", "low", "high", "open_m", "n", "n_positive", "se", "start_m", "end_m", "spans", "reason"
)  # fmt: skip
"""Columns of the table of numbers that are compared."""

_PRINTED = (
    "numbers", "key_numbers", "statuses", "said", "built", "trust", "findings", "standing",
    "candidates", "images", "pairs", "sections", "unseen", "line",
)  # fmt: skip
"""Parts of the report whose figures are compared; the others hold none that rest on rows."""

RowT = TypeVar("RowT", bound=Row)


class Compared(TypedDict):
    """One published number beside the same number computed again."""

    name: str
    source: str
    published: str
    recomputed: str
    equal: bool
    exact: bool
    why: str


class Recomputed(TypedDict):
    """What came of a case file."""

    problems: list[str]
    numbers: list[Compared]
    n_figures: int
    figures: list[str]
    n_stamps: int
    head: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Bagged(Project):
    """A project whose rows are those of a case file; its database stays empty."""

    given: Mapping[str, Sequence[Row]] = field(default_factory=dict)

    def rows(self, cls: type[RowT]) -> list[RowT]:
        """Return the rows of one kind, in the order of their file."""
        return [row for row in self.given.get(cls.kind(), ()) if isinstance(row, cls)]


def recompute(folder: Path) -> Done:
    """Compute every number of a case file again from its rows alone, and compare.

    It is read in the limited process: a case file comes from somebody else.

    Args:
        folder: the one that holds `bagit.txt`.

    Raises:
        BadInput: it is no case file.
        WorkerFailed: reading it took too long or too much.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder; nothing was computed, check the path")
    again: Recomputed = foreign.call(
        "vallum.steps.recomputing:recomputed",
        {"folder": str(folder.absolute())},
        reads=[folder],
        returns=Recomputed,
        wall_s=_LIMIT_S,
    )
    wrong = blocked_by(again)
    numbers = again["numbers"]
    lines = [*(_line(one) for one in numbers), *summary(again)]
    if again["n_stamps"]:
        lines.append(
            f"{again['n_stamps']} time stamps hold against the certificates beside them; get those "
            "from the authority itself to be sure"
        )
    facts: dict[str, Json] = {
        "numbers": [dict(one) for one in numbers],  # type: ignore[arg-type]
        "n_numbers": sum(one["source"] == FROM_ROWS for one in numbers),
        "n_equal": sum(one["equal"] for one in numbers if one["source"] == FROM_ROWS),
        "n_exact": sum(one["exact"] for one in numbers if one["source"] == FROM_ROWS),
        "n_figures": again["n_figures"],
        "n_figures_equal": again["n_figures"] - len(again["figures"]),
        "problems": list(again["problems"]),
        "head": again["head"],
    }
    return Done(step="recompute", lines=tuple(lines), blocked=tuple(wrong), facts=facts)


def summary(again: Recomputed) -> list[str]:
    """Return how many numbers and figures are the same, in words."""
    lines = []
    for source in (FROM_ROWS, frozen.FILE_NAME):
        numbers = [one for one in again["numbers"] if one["source"] == source]
        n_equal = sum(one["equal"] for one in numbers)
        n_exact = sum(one["exact"] for one in numbers)
        of = "published numbers" if source == FROM_ROWS else "numbers of samples"
        if numbers:
            lines.append(
                f"{n_equal:,} of {len(numbers):,} {of} follow from {source}, {n_exact:,} to the "
                "last digit that a computer holds"
                + ("" if n_exact == n_equal else ", the others to 12 digits")
            )
    n_same = again["n_figures"] - len(again["figures"])
    lines.append(f"{n_same:,} of {again['n_figures']:,} figures in the report are the same")
    return lines


def blocked_by(again: Recomputed) -> list[str]:
    """Return what does not hold, in words: changed files, then numbers, then figures."""
    wrong = list(again["problems"])
    wrong += [
        f"{one['name']} ({one['source']}): {one['why']}"
        for one in again["numbers"]
        if not one["equal"]
    ]
    figures = again["figures"]
    wrong += [f"report.json: {one}" for one in figures[:_SHOWN]]
    if len(figures) > _SHOWN:
        wrong.append(f"report.json: {len(figures) - _SHOWN:,} more figures differ")
    return wrong


def refuse_stale(project: Project) -> None:
    """Refuse to publish numbers that no longer follow from the rows of a project.

    Raises:
        BadSetting: nothing was measured, or something was read since.
    """
    known = {one.name: one for one in telling.current_estimates(project)}
    if not known:
        raise BadSetting("nothing has been measured yet; run `vallum measure` first")
    now = {one.name: one for one in numbering.numbers(project)}
    stale = [n for n in {**now, **known} if n not in now or n not in known]
    stale += [n for n in known if n in now and not known[n].same_as(now[n])]
    if stale:
        raise BadSetting(
            f"{len(stale)} numbers no longer follow from the rows, the first is {stale[0]}; "
            "nothing was written, run `vallum measure` and try again"
        )


def _line(one: Compared) -> str:
    mark = "equal" if one["equal"] else "DIFFERS"
    values = f"{one['published']:>24} {one['recomputed']:>24}"
    return f"{one['name']:52} {values}  {mark}, {one['source']}"


# -- inside the limited process -------------------------------------------------------------


def recomputed(folder: str) -> Recomputed:
    """Return every number of a case file beside the same number computed again, as plain JSON.

    Raises:
        BadInput: it is no case file, or cannot be read.
    """
    root = Path(folder)
    found = list(bag.problems(root))
    data = root / bag.PAYLOAD
    again = Recomputed(problems=found, numbers=[], n_figures=0, figures=[], n_stamps=0, head="")
    try:
        again["head"] = _text(data / "head.txt").strip()
        found += _report_problems(data / "report")
        n_stamps, said = _stamps(data / stamping.FOLDER)
        again["n_stamps"] = n_stamps
        found += said
        if (data / "ledger.jsonl").is_file():
            said_of_ledger = casing_ledger.problem(_lines(data / "ledger.jsonl"))
            found += [said_of_ledger] if said_of_ledger else []
        with tempfile.TemporaryDirectory(prefix="vallum-case-") as temporary:
            _compute(data, Path(temporary), again)
    except (
        VallumError,
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
        AttributeError,
        OverflowError,
    ) as error:
        why = str(error) if isinstance(error, VallumError) else type(error).__name__
        found.append(f"the numbers could not be computed again: {why}")
    return again


def _compute(data: Path, temporary: Path, again: Recomputed) -> None:
    from vallum.report import export, model

    rows = {cls.kind(): _rows(data, cls) for cls in ROWS.values()}
    level = Level(json.loads(_text(data / "report" / "manifest.json"))["level"])
    with _project(data, temporary, rows) as project:
        numbers = numbering.numbers(project)
        by_name = {one.name: one for one in numbers}
        table = _table(data / "report" / "estimates.csv")
        # In the order in which they were published, so that the report comes in that order.
        ordered = [by_name[name] for name in table if name in by_name]
        book = telling.book_of(project, ordered or numbers, level, (), silent, ())
        own = replace(book, estimates=tuple(numbers))
        mine = _table_of(export.to_csv(export.estimates_table(own)))
        again["numbers"] += list(_compared(table, mine, FROM_ROWS))
        sampled = _sampled(data)
        if sampled is not None:
            own = replace(book, estimates=tuple(sampled))
            theirs = _table_of(export.to_csv(export.estimates_table(own)))
            part = {name: row for name, row in table.items() if name in theirs}
            again["numbers"] += list(_compared(part, theirs, frozen.FILE_NAME))
        published = json.loads(_text(data / "report" / "report.json"))
        computed = json.loads(json.dumps(model.build(book)))
        kept = {key: published.get(key) for key in _PRINTED}
        pairs = list(_figures(kept, {key: computed.get(key) for key in _PRINTED}, ""))
        again["n_figures"] = len(pairs)
        again["figures"] += [
            f"{at}: {a} was published, {b} follows" for at, a, b in pairs if not _same(a, b)
        ]
        again["problems"] += _unresolved(rows)


def _project(data: Path, temporary: Path, rows: Mapping[str, Sequence[Row]]) -> Bagged:
    """Return a project over the rows of a case file, in a folder that goes away."""
    for name in (config.FILE_NAME, FRONTIER_FILE, telling.PLACES_FILE):
        if (data / name).is_file():
            shutil.copyfile(data / name, temporary / name)
    settings = config.read(temporary / config.FILE_NAME)
    return Bagged(
        root=temporary,
        # Pictures are in the publication; their pixels are not in a case file.
        config=replace(settings, publish=replace(settings.publish, n_chips=0)),
        frontier=Frontier.from_geojson(json.loads(_text(data / FRONTIER_FILE))),
        store=Store(temporary / DATABASE_FILE, force=True),
        given=rows,
    )


def _rows(data: Path, cls: type[Row]) -> list[Row]:
    path = data / "rows" / f"{cls.kind()}.jsonl"
    if not path.is_file():
        return []
    return [handed.read_row(cls, json.loads(line)) for line in _lines(path) if line.strip()]


def _sampled(data: Path) -> list[Estimate] | None:
    path = data / frozen.FILE_NAME
    return frozen.recompute(_text(path)) if path.is_file() else None


def _compared(
    published: Mapping[str, Mapping[str, str]], again: Mapping[str, Mapping[str, str]], source: str
) -> Iterator[Compared]:
    """Yield each number beside itself, as the table of numbers has it."""
    for name in dict.fromkeys([*published, *again]):
        one, other = published.get(name), again.get(name)
        if one is None or other is None:
            why = "was published and does not follow" if one else "follows and was not published"
            differs = [why]
        else:
            differs = [
                f"{entry} {one.get(entry, '') or 'nothing'} was published, "
                f"{other.get(entry, '') or 'nothing'} follows"
                for entry in _FIELDS
                if not _same(one.get(entry, ""), other.get(entry, ""))
            ]
        yield Compared(
            name=name,
            source=source,
            published=_shown(one),
            recomputed=_shown(other),
            equal=not differs,
            exact=one is not None and other is not None and _is_exact(one, other),
            why="; ".join(differs),
        )


def _is_exact(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return all(one.get(name, "") == other.get(name, "") for name in _FIELDS)


def _same(one: Any, other: Any) -> bool:
    """Say whether two values are the same; of numbers the first 12 digits count."""
    if one == other:
        return True
    try:
        mine, theirs = float(one), float(other)
    except (TypeError, ValueError, OverflowError):
        return False
    return math.isclose(mine, theirs, rel_tol=_DIGITS, abs_tol=_DIGITS)


def _shown(row: Mapping[str, str] | None) -> str:
    if row is None:
        return "nothing"
    ends = f"{row.get('low', '')}..{row.get('high', '')}"
    return row.get("value", "") or (ends if ends != ".." else row.get("reason", "")[:22])


def _table(path: Path) -> dict[str, dict[str, str]]:
    return _table_of(_bytes(path))


def _table_of(content: bytes) -> dict[str, dict[str, str]]:
    text = content.decode("utf-8-sig")
    return {row["name"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def _figures(one: Any, other: Any, at: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield every figure in one tree beside that in the other; words are left out."""
    if isinstance(one, dict) or isinstance(other, dict):
        mine, theirs = (part if isinstance(part, dict) else {} for part in (one, other))
        for key in {**mine, **theirs}:
            yield from _figures(mine.get(key), theirs.get(key), f"{at}.{key}" if at else key)
    elif isinstance(one, list) or isinstance(other, list):
        mine_, theirs_ = (part if isinstance(part, list) else [] for part in (one, other))
        for k in range(max(len(mine_), len(theirs_))):
            first, second = (part[k] if k < len(part) else None for part in (mine_, theirs_))
            yield from _figures(first, second, f"{at}[{k}]")
    elif any(isinstance(part, int | float) for part in (one, other)):
        yield at, one, other


def _unresolved(rows: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Yield the numbers that name a row which is not in the case file."""
    known = {row.id for group in rows.values() for row in group}
    for number in rows.get(Estimate.kind(), ()):
        missing = [name for name in number.parents() if name not in known]
        if missing:
            yield (
                f"{getattr(number, 'name', '')} rests on {len(missing)} rows that are not in the "
                f"case file, the first is {missing[0][:40]}"
            )


def _report_problems(folder: Path) -> Iterator[str]:
    """Yield the files that are not as the publication's own list has them."""
    import hashlib

    listed = json.loads(_text(folder / "manifest.json"))["files"]
    for name, said in sorted(listed.items()):
        path = folder / name
        if not (folder.resolve() in path.resolve().parents and path.is_file()):
            yield f"report/{name} was published and is missing"
        elif hashlib.sha256(_bytes(path)).hexdigest() != said["sha256"]:
            yield f"report/{name} is not as it was published"


def _stamps(folder: Path) -> tuple[int, list[str]]:
    """Return how many time stamps hold against the certificates beside them, and what does not."""
    n_good, wrong = 0, []
    for path in sorted(folder.glob("*.tsr")) if folder.is_dir() else []:
        roots = path.with_suffix(".pem")
        if not roots.is_file():
            continue
        try:
            stamps.checked(str(path), _text(path.with_suffix(".txt")), [], [str(roots)])
            n_good += 1
        except BadInput as error:
            wrong.append(f"stamps/{error}")
    return n_good, wrong


def _lines(path: Path) -> list[bytes]:
    return _bytes(path).splitlines()


def _text(path: Path) -> str:
    return _bytes(path).decode("utf-8")


def _bytes(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise BadInput(f"{path.name} is missing from the case file; ask for it again")
    if path.stat().st_size > _MOST_BYTES:
        raise BadInput(f"{path.name} is larger than any file of a case file")
    return path.read_bytes()
