"""The language in which a report is written.

English text is the key: `say("{km} could not be compared", km=...)` gives that sentence in the
language that is being spoken, with the values filled in. Translations stand in
`messages/LANGUAGE.po`, which any translator's tool opens. Code that speaks no language yet says
English.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import TypeVar

from vallum.ground.errors import BadSetting

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "ko": "한국어", "zh-Hans": "简体中文"}
"""Languages by their tag (BCP 47), with the name that their readers give them."""

_spoken: ContextVar[str] = ContextVar("language of the report", default=ENGLISH)
_FOLDER = resources.files("vallum.report") / "messages"
_HOLE = re.compile(r"\{(\w+)\}")
_PLAIN = re.compile(r"(?:[^A-Za-z]|\b(?:km2?|m|px|mi|ft|ha|x)\b)*")
"""Numbers and units, which read the same in every language."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SENTENCE = re.compile(r"(?:(?<=[a-z0-9%)”/][.?])|(?<=[a-z][A-Z][.?]))(?<! al\.) (?=[A-Z0-9])")
"""Between sentences; not after an initial, such as that of a person, nor after "et al."."""
_YEAR = re.compile(r"\d{4}")
_NARROW = {"year": r"\d{4}", "number": r"[\d,]+"}
"""What a hole takes, by the last word of its name; anything if it is another."""
_COUNTERS = {"ko": "개"}
_STOPS = {"ko": ".", "zh-Hans": "。"}
_LISTS = {"ko": (", ", ", "), "zh-Hans": ("、", "、")}
_BETWEEN = {"ko": " ", "zh-Hans": ""}
_CLAUSES = {"; ": {"zh-Hans": "；"}, ", ": {"zh-Hans": "，"}, ": ": {"zh-Hans": "："}}
_MARKS = {
    "zh-Hans": {". ": "。", ".": "。", ": ": "：", "; ": "；", ", ": "，", " (": "（", ")": "）"}
}
_Key = TypeVar("_Key", bound=Hashable)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Write in `language` inside the block.

    Raises:
        BadSetting: there is no such language.
    """
    token = _spoken.set(known(language))
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """Return the tag of the language that is being written."""
    return _spoken.get()


def known(language: str) -> str:
    """Return the tag of a language that reports can be written in.

    Raises:
        BadSetting: there is no such language.
    """
    for tag in LANGUAGES:
        if language.casefold() in {tag.casefold(), tag.partition("-")[0].casefold()}:
            return tag
    raise BadSetting(
        f"reports cannot be written in '{language}'; nothing was written, choose from "
        + ", ".join(f"{tag} ({name})" for tag, name in LANGUAGES.items())
    )


def say(text: str, /, **values: object) -> str:
    """Return an English sentence of vallum's own in the language that is being written.

    Args:
        text: the sentence, with `{names}` where values stand; always a literal, so that it can be
            collected for translators.
        values: what is filled in, already written for that language.
    """
    told = _catalogue(spoken()).get(text) or _marked(spoken(), text)
    return told.format(**values) if values else told


@cache
def _marked(language: str, text: str) -> str:
    """A text of holes and marks alone, with the marks of the language."""
    if language in _MARKS and not re.search(r"[A-Za-z]", _HOLE.sub("", text)):
        for mark, ours in _MARKS[language].items():
            text = text.replace(mark, ours)
    return text


def many(n: int, one: str, more: str, /, **values: object) -> str:
    """Return `one` or `more`, by number, with `{n}` filled in; Korean and Chinese have one form."""
    from vallum.report.printing import number_text

    told = _catalogue(spoken()).get(one) or (one if n == 1 else more)
    return told.format(n=number_text(n), **values)


def said(text: str) -> str:
    """Return a sentence that another room wrote, in the language that is being written.

    Reasons, methods and wordings stand in English on the ledger. One that is a message, or one of
    the templates in `messages/stored.txt` with anything where it has `{names}`, is translated;
    several in a row are taken apart. Any other text, such as a person's own, is returned as it is.
    """
    return _told(spoken(), text) if text and spoken() != ENGLISH else text


@lru_cache(maxsize=20_000)
def _told(language: str, text: str) -> str:
    return _translated(language, text) or text


@lru_cache(maxsize=50_000)
def _translated(language: str, text: str) -> str | None:
    """The text in another language, or None where it is no message; numbers stay as they are."""
    catalogue = _catalogue(language)
    if text in catalogue:
        return catalogue[text]
    if _PLAIN.fullmatch(text):
        return _dated(text)
    parts = _SENTENCE.split(text)
    told = [_translated(language, part) for part in parts] if len(parts) > 1 else []
    if any(told):  # what a person added stays as it is
        pairs = zip(told, parts, strict=True)
        return _BETWEEN[language].join(one or part for one, part in pairs)
    for needed, pattern, names, message in _patterns(language):
        if not all(part in text for part in needed):
            continue  # much quicker than the pattern, which would try every place
        if (found := pattern.fullmatch(text)) and (held := _held(language, names, found.groups())):
            return message.format(**held)
    for mark, ours in _CLAUSES.items():
        parts = text.split(mark)
        if len(parts) > 1 and (whole := _all(language, parts)):
            return ours.get(language, mark).join(whole)
    return _as_sentence(language, text)


def _as_sentence(language: str, text: str) -> str | None:
    """A message that stands here with a full stop or a capital letter, or without its full stop."""
    stop = _STOPS[language]
    if text.endswith("."):
        told = _translated(language, text[:-1])
        return told if told is None else told.removesuffix(stop) + stop
    if (whole := _catalogue(language).get(f"{text}.")) is not None:
        return whole.removesuffix(stop)
    small = text[:1].lower() + text[1:]  # one word alone may be a name
    return None if small == text or " " not in text else _translated(language, small)


def _dated(text: str) -> str:
    """A day as the language writes it; numbers as they are."""
    from vallum.report.printing import date_text

    return date_text(date.fromisoformat(text)) if _DAY.fullmatch(text) else text


def _held(language: str, names: Sequence[str], parts: Sequence[str]) -> dict[str, str]:
    """What stands in holes, said too; empty where one that must be a message is none."""
    told = {name: _hole(language, name, part) for name, part in zip(names, parts, strict=True)}
    if any(text is None and name.endswith("_said") for name, text in told.items()):
        return {}
    return {name: text or part for (name, text), part in zip(told.items(), parts, strict=True)}


def _hole(language: str, name: str, part: str) -> str | None:
    """What stands in one hole; a town has both names, a year and a count their words."""
    if name == "town":
        from vallum.report.naming import two_names

        return " ".join(two_names(part)).strip()
    if name == "time_said" and _YEAR.fullmatch(part):
        from vallum.report.printing import day_text

        return day_text(part)
    told = _translated(language, part)
    if name in {"kinds_said", "thing_said"} and _PLAIN.fullmatch(part):
        return None  # a unit or a number is no thing
    is_bare = name == "count_said" and told and told[-1].isdigit()
    return f"{told}{_COUNTERS.get(language, '')}" if is_bare else told


def _all(language: str, parts: Iterable[str]) -> list[str]:
    """All parts in another language; none where one of them is no message."""
    told = []
    for part in parts:
        text = _translated(language, part)
        if text is None:
            return []
        told.append(text)
    return told


def listed(parts: Sequence[str]) -> str:
    """Return parts as a list: `a, b and c`."""
    between, last = _LISTS.get(spoken(), (", ", " and "))
    return last.join(filter(None, (between.join(parts[:-1]), *parts[-1:])))


def sentences(*parts: str) -> str:
    """Return sentences one after the other; Chinese has no space between them."""
    return _BETWEEN.get(spoken(), " ").join(filter(None, parts))


def clauses(*parts: str) -> str:
    """Return parts of a sentence with semicolons between them."""
    return _CLAUSES["; "].get(spoken(), "; ").join(filter(None, parts))


class Spoken(Mapping[_Key, str]):
    """Labels by what they label: English where they stand, said when they are looked up."""

    def __init__(self, labels: Mapping[_Key, str]) -> None:
        self._labels = dict(labels)

    def __getitem__(self, key: _Key) -> str:
        return said(self._labels[key])

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)


@cache
def _catalogue(language: str) -> dict[str, str]:
    """Messages with their translations; those that a translator marked as doubtful are left out."""
    if language == ENGLISH:
        return {}
    from babel.messages.pofile import read_po

    with (_FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language.replace("-", "_"))
    found: dict[str, str] = {}
    for message in catalogue:
        forms = message.id if isinstance(message.id, tuple | list) else (message.id,)
        told = message.string[0] if isinstance(message.string, tuple | list) else message.string
        if forms[0] and told and not message.fuzzy:
            found |= dict.fromkeys(forms, told)
    return found


@cache
def _patterns(language: str) -> list[tuple[list[str], re.Pattern[str], list[str], str]]:
    """Stored templates as patterns, those of most words first, so that the closest is found."""
    found = []
    for text in sorted(stored(), key=lambda one: len(_HOLE.sub("", one)), reverse=True):
        names, told = _HOLE.findall(text), _catalogue(language).get(text)
        if told and names and len(set(names)) == len(names):
            needed = _HOLE.split(text)[::2]
            holes = [_NARROW.get(name.rpartition("_")[2], ".+?") for name in names]
            rest = (
                f"({hole}){re.escape(part)}" for hole, part in zip(holes, needed[1:], strict=True)
            )
            pattern = re.compile(re.escape(needed[0]) + "".join(rest), re.DOTALL)
            found.append((needed, pattern, names, told))
    return found


@cache
def stored() -> tuple[str, ...]:
    """Texts that other rooms write and reports print, one for each line of `stored.txt`."""
    lines = (_FOLDER / "stored.txt").read_text(encoding="utf-8").splitlines()
    return tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
