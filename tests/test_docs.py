"""The documentation tells the truth: pages are fresh, commands exist, links lead somewhere."""

import ast
import importlib.util
import inspect
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import click
import pytest

import vallum
from vallum import config
from vallum.cli import main as cli
from vallum.ground import errors, records

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
WRITTEN = [page for page in PAGES if page.parent != REFERENCE]


@cache
def reference() -> ModuleType:
    """tools/reference.py as a module."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["reference"] = module
    spec.loader.exec_module(module)
    return module


def name_of(page: Path) -> str:
    """A page as tests print it."""
    return page.relative_to(ROOT).as_posix()


def text_of(page: Path) -> str:
    """A page's text without its code blocks, in which nothing is a link."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of one language, in order."""
    found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    return [str(block) for block in found]


# --- the reference pages ----------------------------------------------------------------------


def test_the_reference_pages_say_what_the_code_says() -> None:
    assert reference().stale_pages() == [], "run: make reference"


def test_a_stale_page_is_noticed(tmp_path: Path) -> None:
    for page in REFERENCE.glob("*.md"):
        (tmp_path / page.name).write_text(page.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "errors.md").write_text("old", encoding="utf-8")
    (tmp_path / "rows.md").unlink()
    (tmp_path / "moats.md").write_text("left over", encoding="utf-8")
    assert sorted(reference().stale_pages(tmp_path)) == ["errors.md", "moats.md", "rows.md"]


@pytest.mark.parametrize("kind", sorted(records.ROWS))
def test_every_field_of_every_row_is_on_its_page(kind: str) -> None:
    page = (REFERENCE / "rows.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    assert all(f"| `{entry.name}` |" in section for entry in fields(records.ROWS[kind]))


def test_every_error_is_on_its_page() -> None:
    page = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    declared = [n for n, v in vars(errors).items() if inspect.isclass(v)]
    assert [name for name in declared if f"`{name}`" not in page] == []


def settings_of(table: type[Any]) -> Iterator[tuple[str, str, str]]:
    """Yield `(table, name, meaning)` of every setting."""
    hints = get_type_hints(table)
    for entry in fields(table):
        if is_dataclass(hints[entry.name]):
            yield from settings_of(hints[entry.name])
        else:
            yield table.__name__, entry.name, entry.metadata.get("meaning", "")


def test_every_setting_has_a_meaning_and_is_on_its_page() -> None:
    page = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    for table, name, meaning in settings_of(config.Config):
        assert meaning, f"{table}.{name} has no meaning"
        assert f"| `{name}` |" in page, f"{table}.{name} is not documented"


def every_command() -> dict[str, tuple[click.Command, click.Context]]:
    """All commands by path, `vallum` itself included."""
    context = click.Context(cli, info_name="vallum", **cli.context_settings)
    found = {"vallum": (cli, context)}
    found |= {path: (cmd, inner) for path, cmd, inner in reference().commands(cli, context)}
    return found


def test_every_command_and_option_is_explained_and_on_its_page() -> None:
    page = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    for path, (command, context) in every_command().items():
        assert command.help, f"{path} has no help"
        assert path == "vallum" or f"\n## {path}\n" in page, f"{path} is not documented"
        for parameter in command.get_params(context):
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.help, f"{path} {parameter.opts[0]} has no help"
                assert parameter.opts[-1] in page, f"{path} {parameter.opts[-1]}"


def test_every_command_is_shown_in_use() -> None:
    named = {words[1] for page in WRITTEN for words in vallum_lines(page) if len(words) > 1}
    for page in WRITTEN:
        named |= set(re.findall(r"`(?:vallum )?([a-z-]+)", page.read_text(encoding="utf-8")))
    verbs = {path.split()[1] for path in every_command() if path != "vallum"}
    assert verbs <= named, f"never shown: {sorted(verbs - named)}"


def test_every_number_that_measure_writes_is_documented() -> None:
    known = {shape_of(name) for name in reference().ESTIMATES}
    looks_like_one = re.compile(
        r"(frontier_km|border_km_|barrier_km_|posts_|candidates_|repeated_geometries_)[\w*]*"
    )
    written = {
        name
        for path in (ROOT / "src" / "vallum" / "measure").glob("*.py")
        for name in literals(ast.parse(path.read_text(encoding="utf-8")))
        if looks_like_one.fullmatch(name)
    }
    unknown = [
        name
        for name in sorted(map(shape_of, written))
        if not any(fnmatch(name, one) or fnmatch(one, name) for one in known)
    ]
    assert written
    assert unknown == [], "add them to ESTIMATES in tools/reference.py, then: make reference"


def shape_of(name: str) -> str:
    """A name with a star for every part that is filled in."""
    return re.sub(r"_?(<\w+>|\*)", "*", name)


def literals(tree: ast.AST) -> Iterator[str]:
    """Yield every text in the code that is a value, with a star for what is filled in."""
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in inside:
            yield str(node.value)


# --- what a reader types ----------------------------------------------------------------------


def console_lines(page: Path) -> Iterator[list[str]]:
    """Yield the words of every command in the console blocks of a page."""
    for block in blocks(page, "console"):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                yield from (shlex.split(part, comments=True) for part in line[2:].split("&&"))


def vallum_lines(page: Path) -> Iterator[list[str]]:
    """Yield those that call vallum."""
    for words in console_lines(page):
        if words and words[0].rpartition("/")[2] == "vallum":
            yield words


def complaint(words: list[str]) -> str:
    """Say what is wrong with a command line of vallum, read as click reads it; run nothing."""
    command: click.Command = cli
    context, rest = every_command()["vallum"][1], words[1:]
    try:
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            inner = command.get_command(context, rest[0])
            if inner is None:
                return f"there is no command '{rest[0]}'"
            command, name, rest = inner, rest[0], rest[1:]
            if not isinstance(inner, click.Group):
                inner.make_context(name, list(rest), parent=context)
    except click.exceptions.Exit:
        return ""  # --help
    except click.UsageError as error:
        return error.format_message()
    return ""


@pytest.mark.parametrize("page", [p for p in WRITTEN if blocks(p, "console")], ids=name_of)
def test_every_command_in_a_console_block_is_real(page: Path) -> None:
    wrong = {shlex.join(words): why for words in vallum_lines(page) if (why := complaint(words))}
    assert wrong == {}


def test_a_command_that_is_not_real_is_noticed() -> None:
    assert complaint(["vallum", "dig"]) == "there is no command 'dig'"
    assert "moat" in complaint(["vallum", "add", "x.tif", "--moat"])
    assert complaint(["vallum", "trace"]) == "Missing argument 'NAME'."
    half = ["vallum", "new", "x", "--frontier", "y", "--before", "2019"]
    assert "--after" in complaint(half)
    assert complaint(["vallum", "status", "spare"]) != ""
    assert complaint(["vallum", "trace", "border_km_changed", "--project", "x"]) == ""


@pytest.mark.parametrize("page", [p for p in WRITTEN if blocks(p, "console")], ids=name_of)
def test_every_make_target_in_a_console_block_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for words in console_lines(page):
        if words and words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= targets, words


def test_the_readme_names_the_two_commands_that_matter() -> None:
    lines = list(console_lines(ROOT / "README.md"))
    assert ["make", "demo"] in lines
    assert ["make", "test"] in lines


def test_examples_in_python_run() -> None:
    page = DOCS / "how-to" / "use-from-python.md"
    namespace: dict[str, Any] = {}
    doors = {"vallum": vallum, "vallum.steps": vallum.steps}
    for block in blocks(page, "python"):
        tree = ast.parse(block)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in doors:
                assert hasattr(doors[ast.unparse(node.value)], node.attr), ast.unparse(node)
        if "vallum.open(" not in block:  # those need a project
            exec(compile(tree, str(page), "exec"), namespace)


# --- links ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", text_of(page))
    inside = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:", link)]
    missing = [link for link in inside if link and not (page.parent / link).exists()]
    assert missing == []


def test_every_page_is_in_the_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert [p for p in DOCS.rglob("*.md") if p.relative_to(DOCS).as_posix() not in menu] == []


def test_the_built_pages_fetch_nothing_from_elsewhere(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    fetched = re.compile(
        r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//|"""
        r"""<link\b[^>]*\brel=["']?(?:stylesheet|preconnect|preload)\b[^>]*href=["']?(?:https?:)?//""",
        re.I,
    )
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 15
    assert {p.name: m[0] for p in pages if (m := fetched.search(p.read_text("utf-8")))} == {}
