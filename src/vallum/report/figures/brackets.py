"""First-seen brackets: between which looks things were built, and what is certain by when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from vallum.ground.kinds import Dating, Held
from vallum.ground.records import Finding
from vallum.ground.span import Span
from vallum.report.book import Book
from vallum.report.figures.board import EDGE_IN, SMALL, SOLID, TITLE, Board, Scale
from vallum.report.figures.dumbbell import place_text, stretches
from vallum.report.figures.ink import BLACK, GREY, HATCH, Figures, Pattern, Table, ready, width_in
from vallum.report.printing import day_text, length_text, stretch_text
from vallum.report.tongue import many, say

_MOST_GROUPS = 10
_MOST_SECTIONS = 10
_MOST_TABLE = 200
_BAR_IN = 0.17
_STANDS = Pattern(face=SOLID, edge=SOLID)
_MAYBE = Pattern(face="#dbe7f0", edge=HATCH, hatch="////")
_LOW, _HIGH = date.min.toordinal(), date.max.toordinal()


@dataclass(frozen=True, kw_only=True)
class Life:
    """When a thing can have stood, in ordinals of days; open ends lie at the ends of time.

    Attributes:
        maybe_from: from here on it may stand.
        sure_from: from here on it stands.
        sure_to: until here it stands.
        maybe_to: until here it may stand.
    """

    maybe_from: int
    sure_from: int
    sure_to: int = _HIGH
    maybe_to: int = _HIGH

    @property
    def days(self) -> list[int]:
        """The ends that are days."""
        ends = (self.maybe_from, self.sure_from, self.sure_to, self.maybe_to)
        return [one for one in ends if _LOW < one < _HIGH]


@dataclass(frozen=True, kw_only=True)
class _Row:
    """What is drawn on one line of time."""

    label: str
    more: str
    members: tuple[tuple[Life, float], ...]


def life_of(finding: Finding) -> Life | None:
    """When a confirmed thing stood, by the looks; None where nothing dates it."""
    built, gone = finding.built, finding.removed
    low = finding.last_absent or (built.earliest if built else None)
    high = finding.first_seen or (built.latest if built else None)
    if finding.dating is Dating.RIGHT_CENSORED:
        # Begun, and not standing yet on the newest image.
        low, high = finding.last_absent or low, None
    if low is None and high is None and gone is None:
        return None
    ends = (
        {"sure_to": gone.earliest.toordinal(), "maybe_to": gone.latest.toordinal()} if gone else {}
    )
    is_old = high is None and gone is not None and finding.dating is not Dating.RIGHT_CENSORED
    return Life(
        maybe_from=low.toordinal() if low else _LOW,
        sure_from=_LOW if is_old else high.toordinal() if high else _HIGH,
        **ends,
    )


def brackets(book: Book) -> Figures | None:
    """Draw between which looks things were built or removed; None where nothing is dated."""
    dated = _dated(book)
    groups = _groups(dated)
    is_grouped = len(groups) <= _MOST_GROUPS
    rows = [_group_row(one) for one in groups] if is_grouped else _section_rows(book, dated)
    days = sorted({day for _, life in dated for day in life.days})
    if not rows or not days:
        return None
    notes = _notes(book, len(dated), is_grouped=is_grouped)
    with ready():
        board = Board()
        board.write(say("Built between which looks"), size=TITLE, weight="bold")
        _key(board)
        scale = _scale(board, days)
        top = board.y
        gaps: list[tuple[float, float]] = []
        for row in rows:
            board.write(row.label, size=SMALL)
            board.write(row.more, size=8.5, color=GREY)
            gaps.append((board.y, board.y + _BAR_IN + 0.04))
            _bar(board, row, scale, board.y + 0.02)
            board.y += _BAR_IN + 0.12
        _time_axis(board, scale, gaps if top else [])
        return board.done(
            book, say("built between which looks"), _alt(rows, len(dated)),
            table=_table(groups), notes=notes,
        )  # fmt: skip


# -- what is drawn -----------------------------------------------------------------------------


_Dated = tuple[Finding, Life]
_Group = tuple[Life, list[Finding]]


def _dated(book: Book) -> list[_Dated]:
    confirmed = [one for one in book.stated if one.held is Held.CONFIRMED]
    return [(one, life) for one in confirmed if (life := life_of(one)) is not None]


def _groups(dated: Sequence[_Dated]) -> list[_Group]:
    """Findings with the same bracket together, the earliest first."""
    found: dict[Life, list[Finding]] = defaultdict(list)
    for finding, life in dated:
        found[life].append(finding)
    order = sorted(found, key=lambda one: (one.sure_from, one.maybe_from, one.maybe_to))
    return [(life, found[life]) for life in order]


def _weight(finding: Finding) -> float:
    return finding.length_m if finding.category.is_line else 1.0


def _amount(findings: Sequence[Finding]) -> str:
    lines = [one.length_m for one in findings if one.category.is_line]
    n_points = len(findings) - len(lines)
    said_of = []
    if lines:
        said_of.append(say("{length} of barrier and road", length=length_text(sum(lines))))
    if n_points:
        said_of.append(many(n_points, "{n} post", "{n} posts"))
    return ", ".join(said_of)


def _where(findings: Sequence[Finding]) -> str:
    return stretch_text(min(one.span.start_m for one in findings),
                        max(one.span.end_m for one in findings))  # fmt: skip


def _day(ordinal: int) -> str:
    return day_text(date.fromordinal(ordinal).isoformat())


def life_text(life: Life) -> str:
    """The bracket in words."""
    told = []
    if life.sure_from == _LOW:
        pass
    elif life.maybe_from == _LOW:
        told.append(say("stood there on its oldest image, {day}", day=_day(life.sure_from)))
    elif life.sure_from == _HIGH:
        told.append(say("begun after {day}, not complete", day=_day(life.maybe_from)))
    else:
        told.append(say("built between {low} and {high}", low=_day(life.maybe_from),
                        high=_day(life.sure_from)))  # fmt: skip
    if life.maybe_to < _HIGH:
        told.append(say("removed between {low} and {high}", low=_day(life.sure_to),
                        high=_day(life.maybe_to)))  # fmt: skip
    return ", ".join(told)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _group_row(group: _Group) -> _Row:
    life, findings = group
    return _Row(
        label=_capital(life_text(life)),
        more=f"{_amount(findings)}; {_where(findings)}",
        members=((life, 1.0),),
    )


def _section_rows(book: Book, dated: Sequence[_Dated]) -> list[_Row]:
    """One row for the lines and one for the posts of each section that has any."""
    rows = []
    for span in stretches(book.extent, _MOST_SECTIONS - 1):
        for is_line in (True, False):
            here = [
                (one, life) for one, life in dated
                if one.category.is_line is is_line and _is_in(one, span)
            ]  # fmt: skip
            if here:
                rows.append(_section_row(span, here))
    return rows


def _is_in(finding: Finding, span: Span) -> bool:
    return span.start_m <= finding.span.start_m < span.end_m


def _section_row(span: Span, here: Sequence[_Dated]) -> _Row:
    findings = [one for one, _ in here]
    looks = len({life for _, life in here})
    n_looks = many(looks, "{n} bracket", "{n} brackets")
    weights: dict[Life, float] = defaultdict(float)
    for finding, life in here:
        weights[life] += _weight(finding)
    whole = sum(weights.values()) or 1.0
    return _Row(
        label=f"{place_text(span)}: {_amount(findings)}",
        more=n_looks,
        members=tuple((life, weight / whole) for life, weight in weights.items()),
    )


# -- drawing -----------------------------------------------------------------------------------


def _key(board: Board) -> None:
    entries = (
        (_MAYBE, say("may stand: built or removed somewhere in this time")),
        (_STANDS, say("stands, on an image")),
    )
    board.y += 0.03
    for pattern, label in entries:
        board.box(EDGE_IN, board.y + 0.02, (0.34, 0.12), pattern)
        board.put(EDGE_IN + 0.44, board.y + 0.08, label)
        board.y += 0.18
    board.y += 0.08


def _scale(board: Board, days: Sequence[int]) -> Scale:
    room = max(40, round(0.08 * (days[-1] - days[0])))
    return Scale(low=days[0] - room, high=days[-1] + room, left=EDGE_IN,
                 right=board.width - EDGE_IN)  # fmt: skip


def _bar(board: Board, row: _Row, scale: Scale, top: float) -> None:
    """Draw how much may stand and how much stands, as steps of time."""
    board.box(scale.left, top, (scale.right - scale.left, _BAR_IN),
              Pattern(face="white", edge="#999999"), linewidth=0.6)  # fmt: skip
    maybe = [(life.maybe_from, life.maybe_to, weight) for life, weight in row.members]
    sure = [(life.sure_from, life.sure_to, weight) for life, weight in row.members]
    for times, pattern in ((maybe, _MAYBE), (sure, _STANDS)):
        points = _steps(times, scale, top + _BAR_IN)
        board.shape(points, facecolor=pattern.face, edgecolor=pattern.edge,
                    hatch=pattern.hatch or None, linewidth=0.4)  # fmt: skip
    for life, _ in row.members:
        if life.sure_from == life.sure_to:  # seen on one day only
            x = scale.at(life.sure_from)
            board.line([x, x], [top, top + _BAR_IN], color=SOLID, linewidth=2.4, zorder=3)


def _steps(
    times: Sequence[tuple[int, int, float]], scale: Scale, base: float
) -> list[tuple[float, float]]:
    """The outline of a share over time: up by each weight at its start, down at its end."""
    change: dict[int, float] = defaultdict(float)
    for start, end, weight in times:
        if start < end:
            change[start] += weight
            change[end] -= weight
    points = [(scale.left, base)]
    share = 0.0
    for day in sorted(change):
        x = scale.at(day)
        points.append((x, base - _BAR_IN * min(share, 1.0)))
        share += change[day]
        points.append((x, base - _BAR_IN * min(share, 1.0)))
    return [*points, (scale.right, points[-1][1]), (scale.right, base)]


def _time_axis(board: Board, scale: Scale, gaps: Sequence[tuple[float, float]]) -> None:
    y = board.y - 0.02
    board.line([scale.left, scale.right], [y, y])
    last = -1.0
    for day in _time_ticks(scale):
        x = scale.at(day.toordinal())
        board.line([x, x], [y, y + 0.05])
        for top, base in gaps:
            board.line([x, x], [top, base], color=BLACK, linewidth=0.5, alpha=0.35, zorder=3)
        text = str(day.year) if day.month == 1 else f"{day.year}-{day.month:02}"
        half = width_in(text, SMALL) / 2
        if x - half > last and x + half < board.width - 0.05:
            board.put(x, y + 0.14, text, ha="center", color=GREY)
            last = x + half + 0.08
    board.y = y + 0.28


def _time_ticks(scale: Scale) -> list[date]:
    first, last = date.fromordinal(int(scale.low)), date.fromordinal(int(scale.high))
    months = (last.year - first.year) * 12 + last.month - first.month
    step = 3 if months <= 24 else 12 if months <= 200 else 60
    days = [date(year, month, 1) for year in range(first.year, last.year + 2)
            for month in range(1, 13, min(step, 12))]  # fmt: skip
    days = [day for day in days if step <= 12 or day.year % (step // 12) == 0]
    return [day for day in days if scale.low <= day.toordinal() <= scale.high]


# -- words -------------------------------------------------------------------------------------


def _notes(book: Book, n_dated: int, *, is_grouped: bool) -> list[str]:
    notes = [
        say("A bracket runs from the last look without the thing to the first look with it. "
            "Nothing says on which day between them it was built.")
    ]  # fmt: skip
    if not is_grouped:
        notes.append(
            say("Each row is a section of the border; the height of the bar is the share of its "
                "length, or of its posts.")
        )  # fmt: skip
    undated = sum(one.held is Held.CONFIRMED for one in book.stated) - n_dated
    if undated:
        notes.append(
            many(undated, "{n} confirmed finding is not dated.",
                 "{n} confirmed findings are not dated.")
        )  # fmt: skip
    return notes


def _alt(rows: Sequence[_Row], n_dated: int) -> str:
    head = many(n_dated, "Dates of {n} confirmed finding.", "Dates of {n} confirmed findings.")
    return " ".join([head, *(f"{row.label}: {row.more}." for row in rows)])


def _table(groups: Sequence[_Group]) -> Table:
    rows = tuple(
        (_capital(life_text(life)), _amount(findings),
         many(len(findings), "{n} finding", "{n} findings"), _where(findings))
        for life, findings in groups[:_MOST_TABLE]
    )  # fmt: skip
    left = len(groups) - len(rows)
    if left > 0:
        words = many(
            left, "{n} more bracket, see findings.csv", "{n} more brackets, see findings.csv"
        )
        rows += ((words, "", "", ""),)
    return Table(
        head=(say("when"), say("how much"), say("findings"), say("where")),
        rows=rows,
        caption=say("Between which looks things were built or removed"),
    )
