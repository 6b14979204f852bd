"""The evidence tree of one number: what it rests on, down to the files of the images."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vallum.ground.records import Candidate, Comparison, Estimate, Finding
from vallum.report.book import Book
from vallum.report.figures.board import EDGE_IN, SMALL, SOLID, TITLE, Board
from vallum.report.figures.dumbbell import place_text
from vallum.report.figures.ink import BLACK, GREY, RULE, Figures, Pattern, Table, ready, width_in
from vallum.report.printing import day_text, kind_label, km_mark, label_of, value_text
from vallum.report.tongue import many, said, say
from vallum.report.words import headline

Model = dict[str, Any]
_MOST_SHOWN = 4
_CELL_IN = (0.94, 0.4)
_ANSWERS = re.compile(r"(\d+) of (\d+)")
_PATHS = 12_000  # each is about 100 bytes; more would swell report.json


@dataclass(frozen=True, kw_only=True)
class _Path:
    """From one finding down to the images that show it."""

    finding: Finding
    candidate: Candidate
    comparison: Comparison | None
    looks: tuple[str, ...]
    scenes: tuple[str, ...]


def evidence_model(book: Book) -> Model:
    """Return the whole tree of the headline's first number; {} where it rests on no finding.

    Every branch has a label, an id and children: the number, the comparisons that show its
    findings, their looks, the images with the hashes of their files. The findings of a comparison
    are rows, not branches, for there are thousands.
    """
    number, paths = _tree(book)
    if number is None:
        return {}
    yes, answers = _answers([one.finding for one in paths])
    kept = paths[:_PATHS]
    return {
        "label": f"{said(label_of(number.name))}: {said(number.wording)} {value_text(number)}",
        "id": number.name,
        "trace": f"vallum trace {number.name}",
        "counts": [{"printed": text, "n": n} for _, n, text in _counts(paths, answers)],
        "answers_yes": yes,
        "answers": answers,
        "children": _branches(book, kept),
        "findings_left_out": len(paths) - len(kept),
    }


def tree(book: Book) -> Figures | None:
    """Draw the tree of the headline's first number, cut to fit; None where there is none."""
    number, paths = _tree(book)
    if number is None:
        return None
    shown = _spread(paths)
    _, answers = _answers([one.finding for one in paths])
    with ready():
        board = Board()
        board.write(say("What one number rests on"), size=TITLE, weight="bold")
        board.y += 0.06
        tops = _number(board, number)
        counts = {what: (n, text) for what, n, text in _counts(paths, answers)}
        for level in _levels(book, shown):
            tops = _level(board, level, counts, tops)
        _files(board, book, _scenes(shown))
        return board.done(
            book, say("what one number rests on"), _alt(number, paths, answers),
            table=_table(number, paths, answers),
            notes=[say("The figure shows a few of each; all of them stand in report.json, under "
                       "evidence, and vallum trace walks the same way.")],
        )  # fmt: skip


def _branches(book: Book, paths: Sequence[_Path]) -> list[Model]:
    """Findings by the comparison and the images that show them; each row ends in a candidate."""
    groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[list[str]]] = {}
    for one in paths:
        key = one.comparison.id if one.comparison else ""
        row = [book.id_of(one.finding), one.finding.agreement, book.id_of(one.candidate)]
        groups.setdefault((key, one.looks, one.scenes), []).append(row)
    return [
        {
            "label": _branch_text(book, scenes, len(rows)),
            "id": key,
            "fields": ["finding", "agreement", "candidate"],
            "rows": rows,
            "children": [_look(book, one) for one in looks]
            or [_image(book, one) for one in scenes],
        }
        for (key, looks, scenes), rows in groups.items()
    ]


def _branch_text(book: Book, scenes: Iterable[str], n: int) -> str:
    known = [book.scene_by_id[key] for key in scenes if key in book.scene_by_id]
    days = " → ".join(day_text(str(one.taken)) for one in known)
    findings = many(n, "{n} finding", "{n} findings")
    return say("{findings} on the images {days}", findings=findings, days=days)


def _look(book: Book, key: str) -> Model:
    scene = book.scene_of(key)
    children = [_image(book, scene.id)] if scene is not None else []
    return {"label": say("Look at a section"), "id": key, "children": children}


def _image(book: Book, key: str) -> Model:
    scene = book.scene_by_id.get(key)
    if scene is None:
        return {"label": say("Image that is not in this report"), "id": key, "sha256": ""}
    day = day_text(str(scene.taken))
    label = say("Image of {day}, {sensor}", day=day, sensor=scene.sensor or say("not stated"))
    return {"label": label, "id": key, "sha256": scene.sha256}


# -- the tree ----------------------------------------------------------------------------------


def _tree(book: Book) -> tuple[Estimate | None, list[_Path]]:
    """The first number of the headline that rests on confirmed findings, and their paths."""
    found = {book.id_of(one): one for one in book.confirmed}
    for name in headline(book).from_names:
        number = book.estimate(name)
        if number is None:
            continue
        own = [found[key] for key in number.from_ids if key in found]
        paths = [one for one in map(_Paths(book), own) if one is not None]
        if paths:
            return number, paths
    return None, []


class _Paths:
    """Finds the path of a finding; what stands in the book is looked up once."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._listed = {
            key: one for one in book.comparisons if not one.blocked_by for key in one.candidate_ids
        }

    def __call__(self, finding: Finding) -> _Path | None:
        candidate = self._book.candidate_by_id.get(finding.about)
        if candidate is None:
            return None
        comparison = self._listed.get(finding.about)
        looks = (comparison.before, comparison.after) if comparison else ()
        return _Path(
            finding=finding, candidate=candidate, comparison=comparison,
            looks=tuple(filter(None, looks)), scenes=(candidate.before, candidate.after),
        )  # fmt: skip


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _scenes(paths: Sequence[_Path]) -> list[str]:
    return _once(key for one in paths for key in one.scenes)


def _answers(findings: Sequence[Finding]) -> tuple[int, int]:
    """Answers of people behind the findings: how many said yes, and how many there are."""
    told = [found for one in findings if (found := _ANSWERS.search(one.agreement))]
    return sum(int(one[1]) for one in told), sum(int(one[2]) for one in told)


def _counts(paths: Sequence[_Path], answers: int) -> list[tuple[str, int, str]]:
    """How many there are at each level, with the words."""
    n = len(paths)
    pairs = len(_once(one.comparison.id for one in paths if one.comparison))
    looks = len(_once(key for one in paths for key in one.looks))
    scenes = len(_scenes(paths))
    rows = [
        ("findings", n, many(n, "{n} finding, confirmed", "{n} findings, confirmed")),
        ("answers", answers, many(answers, "{n} answer of people", "{n} answers of people")),
        ("candidates", n, many(n, "{n} candidate", "{n} candidates")),
        ("comparisons", pairs, many(pairs, "{n} comparison of two dates",
                                    "{n} comparisons of two dates")),
        ("looks", looks, many(looks, "{n} look at a section", "{n} looks at a section")),
        ("scenes", scenes, many(scenes, "{n} image", "{n} images")),
    ]  # fmt: skip
    return [row for row in rows if row[1]]


def _spread(paths: Sequence[_Path]) -> list[_Path]:
    """A few paths that lead to different images, along the line."""
    groups: dict[tuple[str, ...], list[_Path]] = {}
    for one in paths:
        groups.setdefault(one.scenes, []).append(one)
    chosen: list[_Path] = []
    for rank in range(max(map(len, groups.values()))):
        chosen += [group[rank] for group in groups.values() if rank < len(group)]
        if len(chosen) >= _MOST_SHOWN:
            break
    return sorted(chosen[:_MOST_SHOWN], key=lambda one: one.finding.span)


# -- drawing -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Cell:
    key: str
    lines: tuple[str, str]
    above: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Level:
    name: str
    cells: tuple[_Cell, ...]


_Tops = dict[str, tuple[float, float]]


def _short(key: str) -> str:
    return key.partition("-")[2][:8] or key[:8]


def _levels(book: Book, shown: Sequence[_Path]) -> list[_Level]:
    findings = [
        _Cell(key=book.id_of(one.finding), above=("number",),
              lines=(_short(book.id_of(one.finding)), km_mark(one.finding.span.start_m)))
        for one in shown
    ]  # fmt: skip
    candidates = [
        _Cell(key=book.id_of(one.candidate), above=(book.id_of(one.finding),),
              lines=(_short(book.id_of(one.candidate)), said(kind_label(one.candidate.category))))
        for one in shown
    ]  # fmt: skip
    levels = [("findings", findings), ("candidates", candidates)]
    pairs = {one.comparison.id: one.comparison for one in shown if one.comparison}
    levels.append(("comparisons", [
        _Cell(key=key, lines=(_short(key), place_text(one.span).removeprefix("km ")),
              above=tuple(book.id_of(path.candidate) for path in shown
                          if path.comparison and path.comparison.id == key))
        for key, one in pairs.items()
    ]))  # fmt: skip
    levels.append(("looks", _look_cells(book, pairs)))
    scenes = _scenes(shown)[:_MOST_SHOWN]
    levels.append(("scenes", [_scene_cell(book, shown, key) for key in scenes]))
    return [_Level(name=name, cells=tuple(cells)) for name, cells in levels if cells]


def _look_cells(book: Book, pairs: dict[str, Comparison]) -> list[_Cell]:
    keys = _once(key for one in pairs.values() for key in (one.before, one.after) if key)
    cells = []
    for key in keys[:_MOST_SHOWN]:
        scene = book.scene_of(key)
        above = tuple(name for name, one in pairs.items() if key in (one.before, one.after))
        day = day_text(str(scene.taken)) if scene else ""
        cells.append(_Cell(key=key, lines=(_short(key), day), above=above))
    return cells


def _scene_cell(book: Book, shown: Sequence[_Path], key: str) -> _Cell:
    scene = book.scene_by_id.get(key)
    looks = tuple(one.id for one in book.looks if one.scene == key)
    direct = tuple(book.id_of(one.candidate) for one in shown if key in one.scenes)
    is_known = any(one.comparison for one in shown)
    words = day_text(str(scene.taken)) if scene else ""
    return _Cell(key=key, lines=(_short(key), words), above=looks if is_known else direct)


def _number(board: Board, number: Estimate) -> _Tops:
    words = f"{said(number.wording)} {value_text(number)}"
    wide = board.width - 2 * EDGE_IN
    board.box(EDGE_IN, board.y, (wide, 0.46), Pattern(face=SOLID, edge=SOLID))
    middle = board.width / 2
    board.put(middle, board.y + 0.15, words, ha="center", size=12, weight="bold", color="white")
    board.put(middle, board.y + 0.34, said(label_of(number.name)), ha="center", color="white")
    board.y += 0.46
    return {"number": (middle, board.y)}


def _level(board: Board, level: _Level, counts: dict[str, tuple[int, str]], tops: _Tops) -> _Tops:
    """Draw one row of boxes and the lines to those above; return where the next lines begin."""
    wide, tall = _CELL_IN
    gap = (board.width - 2 * EDGE_IN - _MOST_SHOWN * wide) / (_MOST_SHOWN - 1)
    used = len(level.cells) * wide + (len(level.cells) - 1) * gap
    first = (board.width - used) / 2
    head = board.y + 0.3
    own: _Tops = {}
    for number, cell in enumerate(level.cells):
        x, top = first + number * (wide + gap), head + 0.12
        for key in cell.above:
            if key in tops:
                board.line([tops[key][0], x + wide / 2], [tops[key][1], top], color=GREY,
                           linewidth=0.8, zorder=1)  # fmt: skip
        board.box(x, top, (wide, tall), Pattern(face="#eef3f7", edge=GREY), zorder=2)
        board.put(x + wide / 2, top + 0.12, cell.lines[0], ha="center", size=8.5, zorder=3)
        board.put(x + wide / 2, top + 0.29, _fitted(cell.lines[1], wide), ha="center", size=8.5,
                  color=GREY, zorder=3)  # fmt: skip
        own[cell.key] = (x + wide / 2, top + tall)
    n, label = counts.get(level.name, (0, ""))
    if level.name == "findings" and "answers" in counts:
        label += f"; {counts['answers'][1]}"
    elif len(level.cells) < n:
        label = say("{what}, {n} shown", what=label, n=len(level.cells))
    _level_head(board, label, head - 0.08)
    board.y = head + 0.12 + tall
    return own


def _level_head(board: Board, label: str, y: float) -> None:
    board.put(board.width / 2, y, label, ha="center", weight="bold", zorder=5,
              bbox={"facecolor": "white", "edgecolor": RULE, "pad": 1.6})  # fmt: skip


def _fitted(text: str, room: float) -> str:
    while width_in(text, 8.5) > room - 0.06 and len(text) > 4:
        text = text[:-2].rstrip(" …") + "…"
    return text


def _files(board: Board, book: Book, scenes: Sequence[str]) -> None:
    """Say by which hash each file is known; at the public level the image's name stands for it."""
    board.y += 0.1
    hashes = [book.scene_by_id[key].sha256 for key in scenes if key in book.scene_by_id]
    if all(hashes) and hashes:
        board.write(say("Files, by the hash of their bytes (SHA-256)"), size=SMALL, weight="bold")
        for one in hashes[:_MOST_SHOWN]:
            board.write(f"{one[:16]}…", size=SMALL, color=BLACK)
    else:
        board.write(say("The name of an image is made from the hash of its file (SHA-256), which "
                        "the desk keeps: whoever holds the file can check it."), size=SMALL,
                    color=GREY)  # fmt: skip
    board.y += 0.04


def _alt(number: Estimate, paths: Sequence[_Path], answers: int) -> str:
    texts = "; ".join(text for *_, text in _counts(paths, answers))
    return say("What the number “{label}”, {printed}, rests on: {texts}.",
               label=said(label_of(number.name)), texts=texts,
               printed=f"{said(number.wording)} {value_text(number)}")  # fmt: skip


def _table(number: Estimate, paths: Sequence[_Path], answers: int) -> Table:
    rows = tuple((text,) for *_, text in _counts(paths, answers))
    first = f"{said(label_of(number.name))}: {said(number.wording)} {value_text(number)}"
    return Table(
        head=(say("from the number down to the images"),), rows=((first,), *rows),
        caption=say("What one number rests on"),
    )  # fmt: skip
