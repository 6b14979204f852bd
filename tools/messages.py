"""Collect every text that reports print, and keep the files of translations in step with them.

    python tools/messages.py            update src/vallum/report/messages/*.po, keeping translations
    python tools/messages.py --check    change nothing; fail where a file is stale or not complete
    python tools/messages.py --todo ko  print what has no translation into a language yet

Texts are literals in `say("...")`, `many(n, "...", "...")`, `plural(n, "...")` and `said("...")`,
in Python under src/vallum/report (and the steps and commands that print reports) and in its
templates; constants of a module that are handed to one of them by name; and the lines of
messages/stored.txt, which other rooms write. Translations of texts that are gone are dropped.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "src/vallum/report"
FOLDER = REPORT / "messages"
STORED = FOLDER / "stored.txt"
ALSO = ("src/vallum/steps", "src/vallum/commands")
HEADER = """\
# What vallum's reports say, translated. English text is the key; never change a msgid here.
# How to edit this file: docs/how-to/write-the-report-in-korean-or-chinese.md"""
_HOLE = re.compile(r"\{(\w+)\}")
_DEEPEST = 6
Text = tuple[str, str]  # one and more; more is empty where there is one form only
Found = dict[Text, list[str]]


def collect() -> Found:
    """Return every text with the files in which it stands."""
    found: Found = {}

    def add(text: Text, where: str) -> None:
        is_code = re.fullmatch(r"[\w.-]*[_.][\w.-]*|#[0-9a-f]{6}|bold|normal", text[0])
        if not is_code and re.search(r"[A-Za-z]", _HOLE.sub("", text[0])):
            places = found.setdefault(text, [])
            if where not in places:
                places.append(where)

    constants = {path: _constants(path) for path in sorted(REPORT.rglob("*.py"))}
    more = [path for folder in ALSO for path in sorted((ROOT / folder).rglob("*.py"))]
    for path in (*constants, *(one for one in more if "report.tongue" in one.read_text("utf-8"))):
        for text in _in_python(path, constants):
            add(text, path.relative_to(ROOT).as_posix())
    for path in sorted(REPORT.rglob("*.j2")):
        for text in _in_template(path):
            add(text, path.relative_to(ROOT).as_posix())
    for line in STORED.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            add((line, ""), STORED.relative_to(ROOT).as_posix())
    return _paired(found)


def _paired(found: Found) -> Found:
    """Let a text with two forms stand once, though it is said in its one form elsewhere."""
    paired = {one for one, more in found if more}
    return {text: places for text, places in found.items() if text[1] or text[0] not in paired}


# -- Python -------------------------------------------------------------------------------------

Values = dict[str, list[ast.expr]]


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def _constants(path: Path) -> Values:
    """What the names that a module sets at its top can be."""
    found: Values = {}
    for node in _tree(path).body:
        _assigned(node, found)
    return found


def _assigned(node: ast.AST, found: Values) -> None:
    """Note what a name is set to: by `=`, by going through something, or as a field of a value."""
    pairs: list[tuple[ast.AST, ast.expr]] = []
    if isinstance(node, ast.Assign):
        pairs = [(target, node.value) for target in node.targets]
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value:
        pairs = [(node.target, node.value)]
    elif isinstance(node, ast.For | ast.comprehension):
        pairs = [(node.target, node.iter)]
    elif isinstance(node, ast.keyword) and node.arg:
        found.setdefault(f".{node.arg}", []).append(node.value)
    for target, value in pairs:
        for name in ast.walk(target):
            if isinstance(name, ast.Name):
                found.setdefault(name.id, []).append(value)


def _in_python(path: Path, constants: dict[Path, Values]) -> Iterator[Text]:
    tree, own = _tree(path), Values()
    for node in ast.walk(tree):
        _assigned(node, own)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vallum.report"):
            source = ROOT / "src" / f"{str(node.module).replace('.', '/')}.py"
            for name in node.names:
                if name.name in constants.get(source, {}):
                    own.setdefault(name.asname or name.name, []).extend(
                        constants[source][name.name]
                    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _in_call(node, own)


def _in_call(node: ast.Call, own: Values) -> Iterator[Text]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    is_mapped = name == "map" and isinstance(node.args[0], ast.Name) and node.args[0].id == "said"
    if is_mapped or (name in {"say", "said", "Spoken"} and node.args):
        for text in _literals(node.args[1 if is_mapped else 0], own):
            yield text, ""
    elif name in {"many", "plural"} and len(node.args) >= 2:
        ones = list(_literals(node.args[1], own))
        mores = list(_literals(node.args[2], own)) if len(node.args) > 2 else []
        for number, one in enumerate(ones):
            more = mores[number] if number < len(mores) else ""
            if name == "plural":
                yield f"{{n}} {one}", f"{{n}} {more or one + 's'}"
            else:
                yield one, more


def _literals(node: ast.expr, own: Values, deep: int = 0) -> Iterator[str]:
    """Texts that an expression can be: literals, and what the names in it hold."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = (list(_literals(side, own, deep)) for side in (node.left, node.right))
        yield from (one + two for one in left for two in right)
    elif deep < _DEEPEST:
        for part in _parts(node, own):
            yield from _literals(part, own, deep + (not isinstance(part, ast.Constant)))


def _parts(node: ast.expr, own: Values) -> Sequence[ast.expr]:
    """Where the texts of an expression stand."""
    match node:
        case ast.Name():
            return own.get(node.id, [])
        case ast.Attribute():
            return own.get(f".{node.attr}", [])
        case ast.Dict():
            return node.values
        case ast.Subscript() | ast.Starred():
            return [node.value]
        case ast.IfExp():
            return [node.body, node.orelse]
        case ast.BoolOp():
            return node.values
        case ast.Tuple() | ast.List() | ast.Set():
            return node.elts
        case ast.Call(func=ast.Attribute(attr="get" | "items" | "values" | "partition")):
            return [node.func.value, *node.args[1:]]
        case ast.Call(func=ast.Name(id=name)) if name == "Spoken" or name[:1] in "_ABCDE":
            return [*node.args, *(one.value for one in node.keywords)]
        case _:
            return []


# -- templates ----------------------------------------------------------------------------------


def _in_template(path: Path) -> Iterator[Text]:
    with path.open("rb") as file:
        rows = extract(
            "jinja2.ext:babel_extract", file,
            keywords={"say": None, "said": None, "many": (2, 3)},  # type: ignore[dict-item]
            options={"silent": "false", "trimmed": "false", "encoding": "utf-8"},
        )  # fmt: skip
        for _, message, *_ in rows:
            if isinstance(message, tuple):
                yield str(message[0]), str(message[1])
            else:
                yield str(message), ""


# -- PO files -----------------------------------------------------------------------------------


def languages() -> list[str]:
    """Tags of the languages that have a file."""
    return sorted(path.stem for path in FOLDER.glob("*.po"))


def read(language: str) -> Catalog:
    """Return a file of translations."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"))


def updated(language: str, found: Found) -> bytes:
    """Return a file with every text in it, and the translations that it held."""
    old = read(language)
    told = {
        form: message.string if isinstance(message.string, str) else message.string[0]
        for message in old
        if message.id and message.string
        for form in (message.id if isinstance(message.id, tuple | list) else (message.id,))
    }
    doubtful = {message.id if isinstance(message.id, str) else message.id[0] for message in old
                if message.id and message.fuzzy}  # fmt: skip
    new = Catalog(
        locale=language.replace("-", "_"), project="vallum", version="", charset="utf-8",
        header_comment=HEADER, fuzzy=False,
    )  # fmt: skip
    for (one, more), places in sorted(found.items(), key=lambda item: (item[1][0], item[0])):
        text = told.get(one, told.get(more, "") if more else "")
        new.add(
            (one, more) if more else one, (text,) if more else text,
            locations=[(place, None) for place in places],  # type: ignore[misc]
            flags=["fuzzy"] if one in doubtful else (),
        )  # fmt: skip
    out = io.BytesIO()
    write_po(out, new, width=100, sort_output=False, include_lineno=False, omit_header=True)
    head = (
        f'{HEADER}\nmsgid ""\nmsgstr ""\n'
        f'"Project-Id-Version: vallum\\n"\n"Language: {language}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    )
    return head.encode() + out.getvalue().lstrip(b"\n")


def holes(text: str) -> set[str]:
    """Names of the holes in a text."""
    return set(_HOLE.findall(text))


def faults(language: str, found: Found) -> list[str]:
    """What is wrong with a file: texts without translation, translations with other holes."""
    told = {}
    for message in read(language):
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            said = message.string if isinstance(message.string, str) else message.string[0]
            told[key] = "" if message.fuzzy else said
    wrong = []
    for one, more in found:
        text = told.get(one, "")
        if not text:
            wrong.append(f"{language}: no translation of {one!r}")
        elif holes(text) != holes(one) | holes(more):
            wrong.append(f"{language}: other {{holes}} in the translation of {one!r}: {text!r}")
    return wrong


def todo(language: str, found: Found) -> Iterable[str]:
    """Texts without a translation."""
    told = {message.id if isinstance(message.id, str) else message.id[0]: message.string
            for message in read(language) if message.id}  # fmt: skip
    for one, more in found:
        if not any(told.get(one, "")):
            yield one if not more else f"{one} | {more}"


def main() -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, fail when stale")
    parser.add_argument("--todo", metavar="LANGUAGE", help="print what is not translated")
    given = parser.parse_args()
    found = collect()
    if given.todo:
        print("\n".join(todo(given.todo, found)))
        return 0
    wrong = []
    for language in languages():
        path, data = FOLDER / f"{language}.po", updated(language, found)
        if given.check:
            if path.read_bytes() != data:
                wrong.append(f"{path.relative_to(ROOT)} is stale: run python tools/messages.py")
        else:
            path.write_bytes(data)
        wrong += faults(language, found)
    print(*wrong, f"{len(found)} texts in {len(languages())} languages", sep="\n")
    return 1 if wrong and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
