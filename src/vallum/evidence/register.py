"""What the register of sources takes: rules that keep out who somebody is.

The ledger can never forget, so a name, a contact or a position that gets into it stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from vallum.ground.errors import BadInput
from vallum.ground.records import Exhibit, Source
from vallum.ground.saidkinds import Attribution, Handling, Risk, Scope, Voice

SHORTEST_WHY = 10
_LETTERS = "ABCDEF"
_PRINTED = {Attribution.ON_RECORD, Attribution.BACKGROUND}
_CONTACTS = {
    "an e-mail address": re.compile(r"\S+@\S+\.\w"),
    "the name of an account": re.compile(r"(?<!\w)@\w{2,}"),
    "an address on the net": re.compile(r"(?:https?://|www\.|\bt\.me/|\bwa\.me/)", re.I),
    "an account of a messenger": re.compile(
        r"(?:\btelegram|\bwhatsapp|\bwechat|\bweixin|\bsignal|\bkakao\w*|\bskype|\bqq|微信|카톡|카카오톡)\s*(?:id)?\s*[:=]",
        re.I,
    ),
    "a position": re.compile(r"\d{1,3}\.\d{4,}"),
    "a telephone number": re.compile(r"\+?\d(?:[\s().\-/]{0,3}\d){6,}"),
}
_DAYS = re.compile(r"\b(?:19|20)\d\d(?:\s*[-–/]\s*(?:19|20)\d\d|-\d\d-\d\d|-\d\d)(?![\d-])")
_CODE = re.compile(r"[a-z2-7]{16}")


def came_from(source: Source, exhibits: Iterable[Exhibit]) -> tuple[Exhibit, ...]:
    """Return what came from a source, and the copies and translations made of it.

    What a publisher made of it is the publisher's.
    """
    rows = tuple(exhibits)
    found = {row.id: row for row in rows if row.source in {source.id, source.code}}
    size = -1
    while size != len(found):
        size = len(found)
        found |= {
            row.id: row
            for row in rows
            if row.derived_from in found and row.derived_how != "republishes"
        }
    return tuple(found.values())


def typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a source from what was typed; blanks at the ends are left out.

    Raises:
        BadInput: a word is none of those known.
    """
    kinds = {"attribution": Attribution, "risk": Risk, "handling": Handling}
    made = dict(values)
    for key, kind in kinds.items():
        if key in made:
            made[key] = one_of(kind, made[key], key)
    if "consent" in made:
        scopes = {one_of(Scope, one, "consent") for one in made["consent"] or ()}
        made["consent"] = tuple(scope for scope in Scope if scope in scopes)
    return {key: v.strip() if type(v) is str else v for key, v in made.items()}


def one_of(kind: Any, value: Any, what: str) -> Any:
    """Return a member of an enumeration by its value.

    Raises:
        BadInput: there is none; the known ones are named.
    """
    try:
        return kind(str(value).strip().lower())
    except ValueError as error:
        known = ", ".join(kind)
        raise BadInput(f"{what}: '{value}' is none of {known}; nothing was kept") from error


def check(row: Source, today: date) -> None:
    """Refuse a source that says who somebody is, or whose values make no sense together.

    Args:
        row: as it would be kept.
        today: no agreement was given later.

    Raises:
        BadInput: says which and what to do.
    """
    if row.name and (
        row.voice is Voice.PERSON or (row.voice is Voice.ACCOUNT and row.risk.is_protected)
    ):
        raise BadInput(
            f"a {row.voice} has no name here: the ledger could never forget it. Nothing was kept; "
            "put who it is into the vault with --identity FILE"
        )
    for key in ("described_as", "reliability_basis", "consent_method", "origin"):
        check_words(getattr(row, key), key)
    if row.reliability not in _LETTERS or len(row.reliability) != 1:
        raise BadInput(
            f"reliability is a letter from A to F, not '{row.reliability}'; nothing was kept"
        )
    if row.reliability != "F" and len(row.reliability_basis) < SHORTEST_WHY:
        raise BadInput(
            f"a grade of {row.reliability} needs a reason of at least {SHORTEST_WHY} characters; "
            "nothing was kept, say why, or grade it F"
        )
    if row.voice is Voice.PERSON and not row.described_as and row.attribution in _PRINTED:
        raise BadInput(
            "a person who may be referred to needs the words agreed for it, like 'a trader on the "
            "Chinese side'; nothing was kept, give --described-as"
        )
    _check_consent(row, today)


def _check_consent(row: Source, today: date) -> None:
    if row.consent and Scope.RETAIN not in row.consent:
        raise BadInput(
            "consent: what may not be kept cannot be used; nothing was kept, add 'retain' or take "
            "nothing from this source"
        )
    if row.consent_given is not None and row.consent_given > today:
        raise BadInput(f"consent: {row.consent_given} has not come yet; nothing was kept")
    if row.consent_given and row.consent_expires and row.consent_expires < row.consent_given:
        raise BadInput("consent: it ends before it was given; nothing was kept, correct the days")


def check_words(text: str, what: str) -> None:
    """Refuse words that look like a contact or an exact position; a name cannot be told.

    Raises:
        BadInput: says what it looks like, and does not repeat it.
    """
    plain = _DAYS.sub("", unicodedata.normalize("NFKC", text))
    if _CODE.fullmatch(plain):
        return
    for found, pattern in _CONTACTS.items():
        if pattern.search(plain):
            raise BadInput(
                f"{what.replace('_', ' ')}: there is what looks like {found} in it, and the ledger "
                "could never forget it. Nothing was kept; put it into the vault with --identity"
            )


def check_why(why: str) -> None:
    """Refuse a change without a reason, or with one that tells who somebody is.

    Raises:
        BadInput: it has fewer than 10 characters, or holds what looks like a contact.
    """
    if len(why.strip()) < SHORTEST_WHY:
        raise BadInput(
            f"a change needs a reason of at least {SHORTEST_WHY} characters; nothing was changed"
        )
    check_words(why, "why")
