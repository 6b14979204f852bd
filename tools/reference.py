"""Write the reference pages from the code: commands, rows, settings, errors, estimates.

    python tools/reference.py            write docs/reference/ anew
    python tools/reference.py --check    say which page is stale; exit 1 when one is

The pages are committed, so that a reader of the repository sees them and a reviewer sees what a
change does to them. Nothing is written by hand there.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from shapely.geometry.base import BaseGeometry

from vallum.ground import errors, kinds, records, saidkinds, statements
from vallum.ground.span import Span, Spans
from vallum.ground.when import When

sys.path.insert(0, str(Path(__file__).parent))
from names import ESTIMATES

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Written by tools/reference.py from the code; `make reference` writes it anew. -->\n\n"

_TYPES: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "yes or no",
    date: "day",
    datetime: "time",
    When: "bracket of days",
    Span: "stretch of frontier",
    Spans: "set of stretches",
    BaseGeometry: "geometry",
    Path: "path",
}


def commands_page() -> str:
    """Return the page of commands, from the click tree."""
    lines = [
        "# Commands",
        "",
        "One command is one step. Results go to standard output, progress to standard error.",
        "Exit codes: 0 done · 1 an error · 2 wrong usage · 3 done, with blocked sections.",
        "",
    ]
    cli = _module("vallum.cli")
    if cli is None:
        return "\n".join([*lines, "This version has no command line yet.", ""])
    import click

    group = cli.main
    context = click.Context(group, info_name="vallum", **group.context_settings)
    lines += _command(group, context)
    for path, command, inner in commands(group, context):
        lines += [f"## {path}", "", *_command(command, inner)]
    return "\n".join(lines)


def commands(group: Any, context: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield `(path, command, context)` of every command below a click group, sorted by name."""
    import click

    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        settings = command.context_settings
        inner = click.Context(command, info_name=name, parent=context, **settings)
        yield inner.command_path, command, inner
        if isinstance(command, click.Group):
            yield from commands(command, inner)


def _command(command: Any, context: Any) -> list[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    text = inspect.cleandoc(command.help or "").replace("\b\n", "").replace("\f", "")
    lines = [text, "", "```text", f"{context.command_path} {usage}".rstrip(), "```", ""]
    rows = [(f"`{names}`", meaning) for names, meaning in _parameters(command, context)]
    return lines + (_table(("option", "meaning"), rows) if rows else [])


def _parameters(command: Any, context: Any) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(context):
        if getattr(parameter, "hidden", False) or parameter.param_type_name == "argument":
            continue
        record = parameter.get_help_record(context)
        if record is not None:
            yield record[0], record[1]


def rows_page() -> str:
    """Return the page of rows: every field with its unit, level and meaning."""
    lines = [
        "# Rows",
        "",
        "Everything that vallum keeps is a row of one of these kinds. Rows are only added. A row",
        "is named by the fields in *named by*: the same content gets the same id, and the newest",
        "row of an id is the one in force.",
        "",
        "*Level* says who may see a field: **public** may be published, **desk** stays with the",
        "people who work on the project, **private** never leaves.",
        "",
    ]
    for name, row in records.ROWS.items():
        named_by = ", ".join(f"`{part}`" for part in row.NAMED_BY)
        if row.NAMED_IF_SET:
            named_by += (
                f", and {', '.join(f'`{part}`' for part in row.NAMED_IF_SET)} where not empty"
            )
        lines += [f"## {name}", "", _doc(row), "", f"Id: `{row.PREFIX}-...`, named by {named_by}."]
        lines += ["", *_table(("field", "type", "unit", "level", "meaning"), _row_fields(row))]
    lines += ["## Values", "", "A few fields that belong together inside a row.", ""]
    for value in statements.VALUES:
        lines += [f"**{value.__name__}** - {_doc(value)}", ""]
        lines += _table(("field", "type", "unit", "level", "meaning"), _row_fields(value))
    lines += ["## Words", "", "The values that a field of such a type can have.", ""]
    for name, words in _words():
        values = ", ".join(f"`{word.value}`" if word.value else "*empty*" for word in words)
        lines += [f"**{name}** - {_doc(words)} {values}.", ""]
    return "\n".join(lines)


def _row_fields(row: type[records.Row] | type[records.Value]) -> Iterator[tuple[str, ...]]:
    hints = get_type_hints(row)
    entries = fields(row)
    for entry in (
        *(e for e in entries if e.name != "run"),
        *(e for e in entries if e.name == "run"),
    ):
        level, meaning, unit = records.field_notes(entry)
        refers = entry.metadata.get("refers", "")
        if refers and refers != "*":
            meaning += f" ([{refers}](#{refers.lower()}))"
        yield f"`{entry.name}`", _type(hints[entry.name]), unit, level.value, meaning


def _words() -> Iterator[tuple[str, type[StrEnum]]]:
    for name, value in sorted((vars(kinds) | vars(saidkinds)).items()):
        if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum:
            yield name, value


def settings_page() -> str:
    """Return the page of settings, from the dataclasses of `vallum.config`."""
    lines = [
        "# Settings",
        "",
        "The file `vallum.toml` in the project folder. A setting with a default may be left out;",
        "the default then holds. An unknown name is an error, never ignored.",
        "",
    ]
    config = _module("vallum.config")
    if config is None:
        return "\n".join([*lines, "This version has no settings yet.", ""])
    lines += _settings(config.Config, "")
    return "\n".join(lines)


def _settings(settings: type[Any], path: str) -> list[str]:
    hints = get_type_hints(settings)
    plain = [entry for entry in fields(settings) if not is_dataclass(hints[entry.name])]
    lines: list[str] = []
    if path:
        lines += [f"## [{path}]", "", _doc(settings), ""]
    if plain:
        rows = (
            (
                f"`{entry.name}`",
                _type(hints[entry.name]),
                _default(entry),
                entry.metadata.get("unit", ""),
                entry.metadata.get("meaning", ""),
            )
            for entry in plain
        )
        lines += _table(("setting", "type", "default", "unit", "meaning"), rows)
    for entry in fields(settings):
        if is_dataclass(hints[entry.name]):
            lines += _settings(hints[entry.name], f"{path}.{entry.name}".lstrip("."))
    return lines


def _default(entry: Field[Any]) -> str:
    value = entry.default
    if value is MISSING and entry.default_factory is not MISSING:
        value = entry.default_factory()
    if value is MISSING:
        return "*needed*"
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return "*none*"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"`{value!r}`"
    if isinstance(value, tuple | list):
        return "`[" + ", ".join(repr(part) for part in value) + "]`"
    return f'`"{value}"`'


def errors_page() -> str:
    """Return the page of errors: the tree and what each one means."""
    lines = [
        "# Errors",
        "",
        "A message says what happened, in which file, row or kilometre, what vallum did about it,",
        "and the one next step. With `--debug` the stack trace follows. Below, *exit* is the exit",
        "code of a command that stops with it. See also",
        "[When something goes wrong](../how-to/when-something-goes-wrong.md).",
        "",
    ]
    rows = (
        (f"{'· ' * depth}`{error.__name__}`", str(error.exit_code), _doc(error))
        for error, depth in error_tree(errors.VallumError)
    )
    return "\n".join([*lines, *_table(("error", "exit", "meaning"), rows)])


def error_tree(
    error: type[errors.VallumError], depth: int = 0
) -> Iterator[tuple[type[errors.VallumError], int]]:
    """Yield every error declared in `ground/errors.py` with its depth, parents first."""
    yield error, depth
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from error_tree(child, depth + 1)


def estimates_page() -> str:
    """Return the page of estimates: the name, unit and meaning of every published number."""
    lines = [
        "# Estimates",
        "",
        "Every number that a report prints, by its name. `vallum trace NAME` shows what it rests",
        "on. **border_km** is kilometres of frontier, **barrier_km** is the length of the thing",
        "itself; the two are never added. How they are counted:",
        "[counting rules](../explain/counting-rules.md).",
        "",
    ]
    rows = ((f"`{name}`", unit, meaning) for name, (unit, meaning) in ESTIMATES.items())
    lines += _table(("name", "unit", "meaning"), rows)
    listed = ", ".join(f"`{kind.value}`" for kind in kinds.Kind if kind.is_line)
    changes = ", ".join(f"`{change.value}`" for change in kinds.Change)
    return "\n".join([*lines, f"`<kind>`: {listed}.", "", f"`<change>`: {changes}.", ""])


PAGES = {
    "commands.md": commands_page,
    "rows.md": rows_page,
    "settings.md": settings_page,
    "errors.md": errors_page,
    "estimates.md": estimates_page,
}


def _module(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name:
            return None
        raise


def _doc(thing: Any) -> str:
    """Return the docstring in one line, without its sections."""
    text = inspect.cleandoc(thing.__doc__ or "")
    for section in ("\n\nRaises:", "\n\nArgs:", "\n\nReturns:"):
        text = text.partition(section)[0]
    return " ".join(text.split())


def _type(hint: Any) -> str:
    if get_origin(hint) is UnionType:
        inner = next(part for part in get_args(hint) if part is not NoneType)
        return f"{_type(inner)}, or none"
    if get_origin(hint) is tuple:
        return f"list of {_type(get_args(hint)[0])}"
    if get_origin(hint) is dict:
        return "table"
    return _TYPES.get(hint, getattr(hint, "__name__", str(hint)))


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for row in rows:
        cells = (" ".join(cell.split()).replace("|", "\\|") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def stale_pages(folder: Path = FOLDER) -> list[str]:
    """Return the names of the pages that differ from what the code says, or are left over."""
    stale = [
        name
        for name, page in PAGES.items()
        if not (folder / name).is_file()
        or (folder / name).read_text(encoding="utf-8") != NOTE + page().rstrip() + "\n"
    ]
    return stale + sorted(path.name for path in folder.glob("*.md") if path.name not in PAGES)


def main() -> int:
    """Write the pages, or check them; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stale")
    if parser.parse_args().check:
        stale = stale_pages()
        if stale:
            print(
                f"stale: docs/reference/{', '.join(stale)}. Next: make reference", file=sys.stderr
            )
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(NOTE + page().rstrip() + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
