"""How a command answers: results to stdout, errors in words, exit codes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from types import TracebackType

    from vallum.steps.done import Done, Progress


_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What a terminal obeys or cannot show: control and direction characters, halves of letters."""


_QUESTIONS = frozenset({"status", "runs", "trace"})
"""Commands that change nothing and are asked again and again: the log tells only their failure."""


def plain(text: str) -> str:
    """Return text for a terminal, without what it would obey; lines stay lines."""
    return _OBEYED.sub(" ", text)


def one_line(text: object) -> str:
    """Return text for one line of a terminal."""
    return plain(re.sub(r"[\r\n]+", " ", str(text)))


def json_text(value: object, *, indent: int | None = None) -> str:
    """Return JSON in which nothing is left that a terminal would obey."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def guarded(
    function: Callable[..., Any],
    as_json: bool,
    debug: bool,
    needs_project: bool,
    options: dict[str, Any],
) -> None:
    """Run a command, print what it did or what went wrong, and end with the exit code.

    Args:
        function: the command; takes the project first if it needs one.
        as_json: print JSON.
        debug: let errors through, with their traceback.
        needs_project: open the project of the options `root` and `force`; two files given as
            `images` take its place.
        options: what was typed.
    """
    from vallum.commands.bar import Bar
    from vallum.ground.errors import VallumError

    if not debug:
        # Python itself calls this for what nobody caught: no traceback unasked, exit code 1.
        sys.excepthook = partial(_unexpected, as_json)
    try:
        with Bar() as bar:
            done = _called(function, needs_project, options, bar.show)
    except VallumError as error:
        if debug:
            raise
        _complain(error.code, str(error), as_json)
        sys.exit(error.exit_code)
    except OSError as error:
        if debug:
            raise
        _complain("DiskFull" if _is_full(error) else "OSError", _os_words(error), as_json)
        sys.exit(1)
    except click.ClickException:
        raise
    except KeyboardInterrupt:
        click.echo(
            "stopped; everything finished so far is kept, run the command again to go on", err=True
        )
        sys.exit(130)
    _tell(done, as_json)
    sys.exit(done.exit_code)


def _unexpected(
    as_json: bool, kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    _complain(
        "Unexpected",
        f"{kind.__name__}: {error}; nothing that was finished is lost. "
        "Run it again with --debug and report what it prints",
        as_json,
    )


def _called(
    function: Callable[..., Any], needs_project: bool, options: dict[str, Any], show: Progress
) -> Done:
    if not needs_project:
        made: Done = function(show=show, **options)
        return made
    if options.get("images"):  # two files instead of a project
        del options["root"], options["force"]
        compared: Done = function(None, show=show, **options)
        return compared
    from vallum.ground import logbook
    from vallum.project import open_project

    root, step = options.pop("root"), _step()
    with (
        logbook.watched(root, step, is_quiet=step in _QUESTIONS) as watch,
        open_project(root, force=options.pop("force")) as project,
    ):
        done: Done = function(project, show=show, **options)
        watch.run = done.run
        watch.counts["added"] = done.n_added
        if done.blocked:
            from vallum.steps.statusing import blocked_sections

            watch.blocked(done.blocked, blocked_sections(project))
    return done


def _step() -> str:
    """Return the words of the command that runs, without the program's name."""
    context = click.get_current_context(silent=True)
    words: list[str] = []
    while context is not None and context.command.name:
        words.insert(0, context.command.name)
        context = context.parent
    return " ".join(words[1:] or words)


def _is_full(error: OSError) -> bool:
    from vallum.ground.whole import OUT_OF_ROOM

    return error.errno in OUT_OF_ROOM


def _os_words(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    if _is_full(error):
        return (
            f"no room left on the disk{where}; nothing half-written was kept, "
            "free some space and run it again"
        )
    return f"{error.strerror or error}{where}; check that it exists and may be read and written"


def _complain(code: str, text: str, as_json: bool) -> None:
    if as_json:
        click.echo(json_text({"error": code, "message": text}))
    else:
        click.echo(f"vallum: {plain(text)}  [{code}]", err=True)


def _tell(done: Done, as_json: bool) -> None:
    if as_json:
        click.echo(json_text(done.to_json(), indent=1))
        return
    for line in done.lines:
        click.echo(one_line(line))
    for problem in done.blocked[:20]:
        click.echo(f"blocked: {one_line(problem)}")
    if len(done.blocked) > 20:
        click.echo(f"blocked: and {len(done.blocked) - 20} more; all are in `--json`")
    for file in done.files:
        click.echo(one_line(file))
    if done.next:
        click.echo(f"Next: {one_line(done.next)}")
