"""The agreement matrix: how two people who looked at the same thing answered."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vallum.report.book import Book
from vallum.report.figures.board import EDGE_IN, SMALL, TITLE, Board, Scale
from vallum.report.figures.ink import BLACK, GREY, Figures, Pattern, Table, ready
from vallum.report.printing import number_text, share_text
from vallum.report.tongue import many, said, say

_CELL_IN = (0.86, 0.56)
_SHADES = ("#ffffff", "#dbe7f0", "#a9c6db", "#5f93b5", "#0b4f7d")
_DARK = frozenset(_SHADES[4:])


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far people agreed, without a name.

    Attributes:
        answers: the answers, in the order of rows and columns.
        counts: how often one said the row and another the column, by unordered pairs of answers
            of the same thing: symmetric, so that nobody can be told apart.
        n_twice: things that were answered by two or more.
        kappa: chance-corrected agreement (value, low, high), 95 % interval; NaN if unknown.
        within: the same of people with themselves, on things that were shown twice.
        method: how it was reached, with its source.
    """

    answers: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    n_twice: int
    kappa: tuple[float, float, float]
    within: tuple[float, float, float]
    method: str


def matrix(book: Book) -> Figures | None:
    """Draw how people answered the same thing; None where nothing was answered twice."""
    told = book.agreement
    if told is None or not _pairs(told):
        return None
    n = _pairs(told)
    equal = sum(told.counts[i][i] for i in range(len(told.answers)))
    head = say("{share} of {pairs} are the same", share=share_text(equal / n), pairs=_pairs_text(n))
    rails = _rails(told)
    with ready():
        board = Board()
        board.write(say("How far people agree"), size=TITLE, weight="bold")
        board.write(f"{head}.", size=SMALL)
        board.write(say("Each pair is two people’s answers to the same thing; who they are is not "
                        "kept here."), size=SMALL, color=GREY)  # fmt: skip
        board.y += 0.1
        _cells(board, told, n)
        for label, values in rails:
            _rail(board, label, values)
        if rails:
            _rail_axis(board)
        return board.done(
            book, say("how far people agree"), _alt(told, head, rails), table=_table(told, n),
            notes=[said(told.method)] if told.method else (),
        )  # fmt: skip


def _pairs(told: Agreement) -> int:
    return sum(told.counts[i][j] for i in range(len(told.answers)) for j in range(i + 1))


def _pairs_text(n: int) -> str:
    return many(n, "{n} pair of answers", "{n} pairs of answers")


def _word(answer: str) -> str:
    return {"yes": say("yes"), "no": say("no"), "cannot_tell": say("cannot tell")}.get(
        answer, said(answer)
    )


def _cells(board: Board, told: Agreement, n: int) -> None:
    """Draw the lower half: the upper would repeat it."""
    wide, tall = _CELL_IN
    left = EDGE_IN + 0.95
    most = max(max(row) for row in told.counts)
    for i, answer in enumerate(told.answers):
        board.put(left - 0.1, board.y + tall / 2, _word(answer), ha="right", weight="bold")
        for j in range(i + 1):
            count = told.counts[i][j]
            step = 0 if not count else min(4, 1 + int(3.999 * (count / most) ** 0.5))
            face = _SHADES[step]
            x = left + j * wide
            board.box(x, board.y, (wide, tall), Pattern(face=face, edge=GREY))
            ink = "white" if face in _DARK else BLACK
            board.put(x + wide / 2, board.y + tall / 2 - 0.09, number_text(count), ha="center",
                      size=11, weight="bold" if i == j else "normal", color=ink)  # fmt: skip
            board.put(x + wide / 2, board.y + tall / 2 + 0.13, share_text(count / n), ha="center",
                      color=ink, size=8.5)  # fmt: skip
        board.y += tall
    for j, answer in enumerate(told.answers):
        board.put(left + (j + 0.5) * wide, board.y + 0.13, _word(answer), ha="center",
                  weight="bold")  # fmt: skip
    board.y += 0.26
    board.write(say("Bold numbers: both gave the same answer."), size=SMALL, color=GREY)
    board.y += 0.12


_Values = tuple[float, float, float]


def _rails(told: Agreement) -> list[tuple[str, _Values]]:
    both = (
        (say("Between people"), told.kappa),
        (say("People with themselves, on things shown twice"), told.within),
    )
    return [(label, values) for label, values in both if math.isfinite(values[0])]


def _scale(board: Board) -> Scale:
    return Scale(low=0.0, high=1.0, left=EDGE_IN + 0.05, right=board.width - EDGE_IN - 0.1)


def _rail_text(label: str, values: _Values) -> str:
    value, low, high = values
    text = f"{label}: {value:.2f}"
    if math.isfinite(low) and math.isfinite(high):
        text += " " + say("(95% interval {low} to {high})", low=f"{low:.2f}", high=f"{high:.2f}")
    return text


def _rail(board: Board, label: str, values: _Values) -> None:
    value, low, high = values
    board.write(_rail_text(label, values), size=SMALL)
    scale, y = _scale(board), board.y + 0.1
    board.line([scale.left, scale.right], [y, y], color="#bbbbbb", linewidth=0.6)
    if math.isfinite(low) and math.isfinite(high):
        board.line([scale.at(low), scale.at(high)], [y, y], color=BLACK, linewidth=2)
        for end in (low, high):
            board.line([scale.at(end)] * 2, [y - 0.05, y + 0.05], color=BLACK, linewidth=2)
    board.mark(scale.at(value), y, "o")
    board.y += 0.26


def _rail_axis(board: Board) -> None:
    words = say("0 as by chance, 1 always the same (Krippendorff’s alpha)")
    board.axis(_scale(board), words, most=5)


def _alt(told: Agreement, head: str, rails: list[tuple[str, _Values]]) -> str:
    things = many(told.n_twice, "{n} thing was answered by two or more",
                  "{n} things were answered by two or more")  # fmt: skip
    more = " ".join(f"{_rail_text(*one)}." for one in rails)
    return f"{say('Agreement of people.')} {things}. {head}. {more}".strip()


def _table(told: Agreement, n: int) -> Table:
    rows = tuple(
        (_word(told.answers[i]), _word(told.answers[j]), number_text(told.counts[i][j]),
         share_text(told.counts[i][j] / n))
        for i in range(len(told.answers)) for j in range(i + 1)
    )  # fmt: skip
    more = tuple(
        (say("chance-corrected agreement"), label, f"{values[0]:.2f}",
         f"{values[1]:.2f}–{values[2]:.2f}" if math.isfinite(values[1]) else "–")
        for label, values in _rails(told)
    )  # fmt: skip
    return Table(
        head=(say("one said"), say("another said"), say("pairs of answers"), say("share")),
        rows=rows + more,
        caption=say("How people answered the same thing"),
    )
