"""Every command of `vallum` runs: what it imports only when it is called is there."""

import ast
import importlib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import small_vault
import vallum
from vallum.cli import main

_LONG = {"open", "demo", "run"}  # the one waits for a browser, the others run all steps
_MORE = {
    "add": ["."],
    "read": ["--all"],
    "review": ["--export", "review.csv"],
    "shop": ["--example-prices", "prices.csv"],
}
_TYPED = {"--before": "2019", "--after": "2022", "--frontier": "nowhere.geojson"}
_ARGUMENTS = {"who": "nobody:analyst"}


def every(group, names=()):
    """Yield each command with the words that call it."""
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from every(one, (*names, name))
        else:
            yield (*names, name), one


COMMANDS = dict(every(main))


def lazy_imports():
    """Yield every import in the command line's files, also those inside functions."""
    root = Path(vallum.__file__).parent
    for file in (root / "cli.py", *sorted((root / "commands").glob("*.py"))):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module != "__future__":
                for each in node.names:
                    yield f"{file.name}:{node.lineno}", node.module, each.name


def test_whatever_a_command_imports_is_there() -> None:
    checked = 0
    for where, module, name in lazy_imports():
        found = importlib.import_module(module)
        if not hasattr(found, name):
            try:
                importlib.import_module(f"{module}.{name}")
            except ImportError as error:
                pytest.fail(f"{where}: from {module} import {name}: {error}")
        checked += 1
    assert checked > 100


def words_for(one: click.Command, folder: Path) -> list[str]:
    """Return what must be typed: words and files that lead nowhere."""
    options, arguments = [], []
    for each in one.params:
        if not each.required:
            continue
        value = str(folder / "nothing.txt") if isinstance(each.type, click.Path) else "nothing"
        if isinstance(each.type, click.Choice):
            value = str(each.type.choices[0])
        if isinstance(each, click.Option):
            options += [each.opts[0], _TYPED.get(each.opts[0], value)]
        else:
            arguments.append(_ARGUMENTS.get(each.name, value))
    return [*options, *arguments]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project."""
    folder = tmp_path_factory.mktemp("commands") / "p"
    small_vault.bare_project(folder).close()
    return folder


@pytest.mark.parametrize("names", sorted(COMMANDS.keys() - {(one,) for one in _LONG}), ids=" ".join)
def test_each_command_runs_in_an_empty_project(names, project, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    one = COMMANDS[names]
    typed = [*names, *words_for(one, tmp_path), *_MORE.get(names[0], []), "--debug"]
    if any(each.name == "root" for each in one.params):
        typed += ["--project", str(project)]
    done = CliRunner().invoke(main, typed)
    told = f"{typed}: {done.output} {done.exception!r}"
    assert not isinstance(done.exception, ImportError | AttributeError | NameError | TypeError), (
        told
    )
    assert "Usage:" not in done.output, told  # a wrong call: nothing was reached
    assert "Unexpected" not in done.output, told


def test_a_view_and_an_intake_are_reached_through_the_command_line(project, tmp_path) -> None:
    picture = tmp_path / "photo.jpg"
    picture.write_bytes(b"SIMULATED")
    viewed = CliRunner().invoke(main, ["view", "exhibit-none", "--camera", "128.5,42.1",
                                       "--bearing", "3", "--project", str(project)])  # fmt: skip
    assert "there is no exhibit" in viewed.output
    taken = CliRunner().invoke(
        main, ["intake", str(picture), "--source", "none", "--project", str(project)]
    )
    assert "this project has no vault" in taken.output
