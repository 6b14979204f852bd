"""What is typed about papers that come in, and whether they may come in at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TypeVar

from vallum.evidence.consent import agreed, strictest
from vallum.evidence.register import check_words
from vallum.ground.errors import BadDate, BadSetting, NotAllowed, NotThere
from vallum.ground.records import Exhibit, Source
from vallum.ground.saidkinds import Handling, Paper, Scope
from vallum.ground.when import When
from vallum.project import Project
from vallum.steps.lodging import Terms, is_hidden
from vallum.steps.sources import source_of

_HOW = ("manual", "in_person", "auto_archiver", "atlos", "handover", "import")
_DERIVED = ("republishes", "translation_of")
WordT = TypeVar("WordT", Handling, Paper)


def terms_of(
    project: Project,
    code: str,
    *,
    handling: Handling | None,
    paper: Paper | None,
    embargo_until: date | None,
    derived_from: str,
    derived_how: str,
    how: str,
) -> Terms:
    """Return the terms that hold, or refuse; the strictest of all that apply."""
    if not code:
        raise BadSetting(
            "it was not said who this comes from; nothing was taken. Register the source with "
            "`vallum source add` and give its code: --source CODE"
        )
    if how not in _HOW:
        raise BadSetting(f"--how {how} is not known; nothing was taken, give one of {_join(_HOW)}")
    if bool(derived_from) != bool(derived_how) or derived_how not in {"", *_DERIVED}:
        raise BadSetting(
            "--derived-from EXHIBIT and --derived-how go together; nothing was taken, give "
            f"--derived-how {_join(_DERIVED)}"
        )
    source = source_of(project, code)
    check_consent(source)
    marks = [source.handling, *([handling] if handling else [])]
    embargoes = [embargo_until] if embargo_until else []
    if derived_from:
        found = project.store.latest(Exhibit, derived_from)
        if not found:
            raise NotThere(f"there is no exhibit {derived_from}; nothing was taken, give its id")
        if derived_how == "translation_of":  # a translation says what the original says
            _check_translation(project, source, found[0])
            marks.append(found[0].handling)
            embargoes += [found[0].embargo_until] if found[0].embargo_until else []
    return Terms(
        source=source,
        handling=strictest(*marks),
        embargo_until=max(embargoes, default=None),
        paper=paper or Paper.NONE,
        derived_from=derived_from,
        derived_how=derived_how,
        how=how,
    )


def _check_translation(project: Project, source: Source, original: Exhibit) -> None:
    """Refuse to lay the words of a protected source open under the name of another."""
    of = {original.source} - {source.id, source.code}
    whose = [row for row in project.rows(Source) if {row.id, row.code} & of]
    is_kept_back = any(is_hidden(row, original.handling) for row in whose)
    if is_kept_back and not is_hidden(source, original.handling):
        raise BadSetting(
            "this translates what a protected source gave, and would lie open under another "
            "source; nothing was taken, give --source with the code of the source of the original"
        )


def check_typed(terms: Terms) -> None:
    """Refuse what looks like a contact in what was typed and gets into a row.

    Raises:
        BadInput: says what it looks like, and does not repeat it.
    """
    if not terms.is_hidden:
        check_words(terms.title, "title")
        check_words(terms.rights, "rights")


def check_consent(source: Source) -> None:
    """Refuse a source of which nothing may be kept; for publishers publication is enough.

    Raises:
        NotAllowed: it has not agreed, took it back, or the agreement has ended.
    """
    why = agreed(source, Scope.RETAIN, datetime.now(UTC).date())
    if why:
        raise NotAllowed(
            f"source {source.code}: {why}; nothing was taken. Ask it whether its material may be "
            "kept, and write that down: "
            f"`vallum source change {source.code} --consent retain --consent analyse`"
        )


def one_word(kind: type[WordT], name: WordT | str | None) -> WordT | None:
    """Return a member of an enumeration as typed; None where nothing was.

    Raises:
        BadSetting: there is none.
    """
    if not name:
        return None
    try:
        return kind(str(name).lower().replace("+", "_").replace("-", "_"))
    except ValueError as error:
        raise BadSetting(
            f"'{name}' is not known; nothing was taken, give one of {_join(filter(None, kind))}"
        ) from error


def _join(words: Iterable[str]) -> str:
    return ", ".join(str(word) for word in words)


def one_day(day: date | str | None, what: str) -> date | None:
    """Return a day as typed; None where nothing was.

    Raises:
        BadSetting: it is no single day.
    """
    if not day or isinstance(day, date):
        return day or None
    try:
        when = When.parse(day)
    except BadDate as error:
        raise BadSetting(f"{what}: {error}; nothing was taken") from error
    if when.days != 1:
        raise BadSetting(f"{what}: '{day}' is no single day; nothing was taken, write 2019-05-15")
    return when.earliest


def edtf_of(text: str) -> str:
    """Return a date as typed, in EDTF.

    Raises:
        BadSetting: it is none.
    """
    if not text.strip():
        return ""
    from edtf import parse_edtf
    from edtf.parser.edtf_exceptions import EDTFParseException

    try:
        return str(parse_edtf(text.strip()))
    except EDTFParseException as error:
        raise BadSetting(
            f"--captured: '{text}' is no date that can be kept; nothing was taken, write "
            "2019-05-15, 2019-05, or 2019-05~ for about"
        ) from error
