"""The claim ladder: how far each claim came, from being stated to being held against images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vallum.ground.saidkinds import ClaimStatus
from vallum.ground.told import Told
from vallum.report.book import SIMULATED, Book
from vallum.report.claims import LOOKS, in_order
from vallum.report.figures.board import EDGE_IN, SMALL, TITLE, Board
from vallum.report.figures.ink import BLACK, GREY, RULE, Figures, Table, legible, ready, wrapped
from vallum.report.tongue import said, say

_MOST = 20
_MOST_LINES = 3
_OUTCOME_IN = 1.16
_YES, _NO, _OPEN = "yes", "no", "not known"
_SETTLED = frozenset({ClaimStatus.CORROBORATED, ClaimStatus.CONTRADICTED})


@dataclass(frozen=True, kw_only=True)
class Climb:
    """How far one claim came; each rung is yes, no or not known."""

    told: Told
    placed: str
    observable: str
    matched: str

    @property
    def rungs(self) -> tuple[str, ...]:
        """All rungs, the lowest first."""
        return (_YES, self.placed, self.observable, self.matched)


def climb(told: Told) -> Climb:
    """Return how far a claim came, from what may be told of it and nothing else.

    Whether images can show it is known only where they were asked: a claim that nothing was held
    against says nothing about that.
    """
    is_held = bool(told.findings or told.agrees or told.beside) or told.status in _SETTLED
    seen = _NO if told.status is ClaimStatus.NOT_OBSERVABLE else _YES if told.findings else _OPEN
    return Climb(
        told=told,
        placed=_YES if told.cells else _NO,
        observable=seen,
        matched=_YES if is_held else _NO,
    )


def ladder(book: Book) -> Figures | None:
    """Draw a row for each claim that may be told; None where there is none.

    No claim is counted here, and none that may not be told leaves a trace.
    """
    climbs = [climb(one) for one in in_order(book.claims)]
    if not climbs:
        return None
    shown = climbs[:_MOST]
    notes = [
        say(
            "A claim that is not placed, or that no image could show, is not weaker for it. "
            "Whether images can show a thing is known only where they were asked."
        ),
        say("Claims that may not be told are not in this figure, nor is their number."),
    ]
    if len(climbs) > len(shown):
        notes.append(say("The other claims stand in the table."))
    with ready():
        board = Board()
        board.write(say("How far each claim came"), size=TITLE, weight="bold")
        _key(board)
        _heads(board)
        for one in shown:
            _row(board, book, one)
        return board.done(
            book, say("how far each claim came"), _alt(climbs[:_MOST]), table=_table(book, climbs),
            notes=notes,
        )  # fmt: skip


def _rung_names() -> tuple[str, ...]:
    return (say("stated"), say("placed"), say("images can show it"), say("held against something"),
            say("outcome"))  # fmt: skip


def _columns(board: Board) -> list[float]:
    wide = (board.width - 2 * EDGE_IN - _OUTCOME_IN) / 4
    rungs = [EDGE_IN + wide * (number + 0.5) for number in range(4)]
    return [*rungs, board.width - EDGE_IN - _OUTCOME_IN / 2]


def _key(board: Board) -> None:
    y = board.y + 0.1
    x = EDGE_IN + 0.07
    for state, label in ((_YES, say("yes")), (_NO, say("no")), (_OPEN, say("not known"))):
        _rung(board, x, y, state)
        board.put(x + 0.12, y, label)
        x += 0.95
    board.y += 0.24


def _heads(board: Board) -> None:
    wide = (board.width - 2 * EDGE_IN - _OUTCOME_IN) / 4 - 0.08
    columns = [wrapped(name, SMALL, wide) for name in _rung_names()]
    step = 0.155
    most = max(map(len, columns))
    for x, lines in zip(_columns(board), columns, strict=True):
        for number, line in enumerate(lines):
            board.put(x, board.y + (most - len(lines) + number + 0.5) * step, line, ha="center",
                      weight="bold")  # fmt: skip
    board.y += most * step + 0.04
    board.line([EDGE_IN, board.width - EDGE_IN], [board.y, board.y], color=BLACK)
    board.y += 0.04


def _rung(board: Board, x: float, y: float, state: str) -> None:
    if state == _YES:
        board.mark(x, y, "o", color=BLACK, markersize=8)
    elif state == _NO:
        board.mark(x, y, "o", markerfacecolor="white", markeredgecolor=BLACK, markersize=8,
                   markeredgewidth=1.3)  # fmt: skip
    else:
        board.put(x, y, "?", ha="center", size=11, weight="bold", color=GREY, zorder=4,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8})  # fmt: skip


def _mark(book: Book, one: Told) -> str:
    return f"{SIMULATED}: " if one.is_simulated and not book.is_simulated else ""


def _row(board: Board, book: Book, one: Climb) -> None:
    text = legible(_mark(book, one.told) + said(one.told.says))
    lines = wrapped(text, SMALL, board.room)
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], lines[_MOST_LINES - 1] + " …"]
    for line in lines:
        board.write(line, size=SMALL, room=board.width)
    y = board.y + 0.13
    columns = _columns(board)
    last = max(number for number, state in enumerate(one.rungs) if state == _YES)
    board.line([columns[0], columns[-2]], [y, y], color=RULE, linewidth=1.2)
    board.line([columns[0], columns[last]], [y, y], color=BLACK, linewidth=1.6)
    for x, state in zip(columns, one.rungs, strict=False):
        _rung(board, x, y, state)
    _outcome(board, one.told.status, columns[-1], y)
    board.y += 0.27
    board.line([EDGE_IN, board.width - EDGE_IN], [board.y, board.y], color=RULE, linewidth=0.6)
    board.y += 0.06


def _outcome(board: Board, status: ClaimStatus, x: float, y: float) -> None:
    """Write the outcome with its sign, so that it never rests on a colour."""
    look = LOOKS[status]
    board.put(x, y, f"{look.sign} {said(status.label)}", ha="center", weight="bold",
              color=look.colour)  # fmt: skip


def _in_words(one: Climb) -> str:
    names = _rung_names()[1:-1]
    rungs = ", ".join(f"{name}: {said(state)}"
                      for name, state in zip(names, one.rungs[1:], strict=True))  # fmt: skip
    return f"{said(one.told.says)} {rungs}; {said(one.told.status.label)}."


def _alt(climbs: Sequence[Climb]) -> str:
    return " ".join([say("How far each claim came."), *map(_in_words, climbs)])


def _table(book: Book, climbs: Sequence[Climb]) -> Table:
    rows = tuple(
        (_mark(book, one.told) + said(one.told.says), *map(said, one.rungs[1:]),
         f"{LOOKS[one.told.status].sign} {said(one.told.status.label)}")
        for one in climbs
    )  # fmt: skip
    return Table(
        head=(say("claim"), *_rung_names()[1:]), rows=rows, caption=say("How far each claim came")
    )
