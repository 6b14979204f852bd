"""Keys of what texts claim, written by hand, and how an answer is held against them.

A key line: where | kind | change | modality | quantity | places | when | who | access. A leading `?`
marks what a careful reader may or may not list; `-` is nothing.

Whoever wrote `dev3` and `test3` had never seen the reader, its tables of names, or what it makes of
"a checkpoint" and "two weeks ago". Three conventions of theirs are put into ours by rule, alike for
both files: another spelling of a packaged name is that name, "a" thing that can be counted is one, and
weeks, months or years "ago" are as wide as docs/explain/claims.md says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from vallum.claims.calendar import month_of, months_of
from vallum.claims.places import likeliest, packaged
from vallum.claims.read import read
from vallum.ground.names import fold, places

FOLDER = Path(__file__).parent / "claims"
FIELDS = ("kind", "change", "modality", "quantity", "places", "when", "expression", "who", "access")
BLIND = frozenset({"dev3", "test3"})
"""Splits by somebody who had not seen the reader."""
SPLITS = ("dev", "dev2", "test", "dev3", "test3")
UNCOUNTED = frozenset(
    ("fence", "double_fence", "electric_fence", "wall", "patrol_road", "ditch", "cleared_strip",
     "buffer_zone", "infrastructure", "mines", "order", "arrest", "spikes")
)  # fmt: skip


@dataclass(frozen=True)
class Key:
    """One claim that a reader finds."""

    start: int
    end: int
    optional: bool
    want: dict[str, str]


@dataclass(frozen=True)
class Text:
    """One text with its key."""

    name: str
    published: date
    text: str
    keys: tuple[Key, ...]


def texts(split: str) -> list[Text]:
    """Return the texts of one of `SPLITS`."""
    found = [_text(head, body, rows) for head, body, rows in _sections(split)]
    if split not in BLIND:
        return found
    return [
        replace(text, keys=tuple(_by_our_rules(key, text) for key in text.keys)) for text in found
    ]


def _by_our_rules(key: Key, text: Text) -> Key:
    """Return a key of a blind author with amounts and dates as the documentation has them."""
    want = dict(key.want)
    said = text.text[key.start : key.end]
    if (
        want["quantity"] == "-"
        and re.match(r"an? ", said, re.IGNORECASE)
        and want["kind"] not in UNCOUNTED
    ):
        want["quantity"] = "1 count"
    first, _, last = want["when"].partition("..")
    ago = re.search(r"(week|month|year)s? ago", want["expression"])
    if ago and first and first == last:
        day = date.fromisoformat(first)
        if ago[1] == "week":
            ends = (day - timedelta(3), day + timedelta(3))
        else:
            whole = month_of(day.year, day.month)
            whole = whole if ago[1] == "month" else months_of(day.year, 1, 12)
            ends = (whole.first, whole.last)
        want["when"] = "..".join(map(str, ends))
    return replace(key, want=want)


def as_vallum_reads(text: str, *, published: date):
    """Return the claims with the names of the frontier of which a text names most places."""
    return read(text, published=published, gazetteer=packaged(likeliest(text)))


def articles(folder: Path) -> list[Text]:
    """Return the two articles, from where they are kept."""
    return [
        _text(head, (folder / head.split(" | ")[0]).read_text("utf-8-sig"), rows)
        for head, _, rows in _sections("articles")
    ]


def _sections(split):
    for part in re.split(r"^=== ", (FOLDER / f"{split}.txt").read_text("utf-8"), flags=re.M)[1:]:
        head, _, rest = part.partition("\n")
        body, _, rows = rest.partition("---\n")
        yield head, body, [row for row in rows.splitlines() if row.strip()]


def _text(head, body, rows):
    name, published = head.split(" | ")
    return Text(name, date.fromisoformat(published), body, tuple(_key(row, body) for row in rows))


def _key(row, body):
    optional = row.startswith("?")
    at, *values = [part.strip() for part in row.lstrip("? ").split(" | ")]
    if found := re.fullmatch(r"(\d+)-(\d+)", at):
        start, end = int(found[1]), int(found[2])
    else:
        assert body.count(at) == 1, (at, body.count(at))
        start = body.index(at)
        end = start + len(at)
    kind, change, modality, quantity, places, when, who, access = values
    days, _, expression = when.partition(" ")
    want = dict(zip(FIELDS, (kind, change, modality, quantity.split(" ~")[0], places, days,
                             expression.strip('"') or "-", who, access), strict=True))  # fmt: skip
    return Key(start, end, optional, want)


def told(claim) -> dict[str, str]:
    """Return a claim in the words of a key."""
    q, t = claim.quantity, claim.time
    amount = "-"
    if q and (q.low is not None or q.high is not None):
        ends = [f"{one:g}" if one is not None else "" for one in (q.low, q.high)]
        amount = (ends[0] if ends[0] == ends[1] else "..".join(ends)) + f" {q.unit}"
        amount = amount.replace("count per", "per")
    days = "-"
    if t:
        days = f"{t.first or ''}..{t.last or ''}"
    return {
        "kind": str(claim.kind),
        "change": "+".join(claim.changes) or "-",
        "modality": str(claim.modality),
        "quantity": amount,
        "places": "; ".join(place.name for place in claim.places) or "-",
        "when": days,
        "expression": t.expression if t else "-",
        "who": claim.attribution or "-",
        "access": str(claim.access) if claim.attribution or claim.access != "unknown" else "-",
    }


def is_right(field: str, want: str, got: str) -> bool:
    """Say whether one field of an answer is what the key wants."""
    if field == "places":
        return _same_places(want.split("; "), got.split("; "))
    if field in {"who", "expression"} and want != "-" and got != "-":
        a, b = want.casefold(), got.casefold()
        return a in b or b in a
    return want == got


def _same_places(want: list[str], got: list[str]) -> bool:
    """Say whether two lists name the same places, each in any of its spellings."""
    left = [_known(name) for name in got]
    for name in want:
        meant = _known(name)
        same = next((one for one in left if one & meant), None)
        if same is None:
            return False
        left = [one for one in left if not one & meant]
    return not left


@cache
def _known(name: str) -> frozenset[str]:
    """Return the packaged names that a spelling can mean; itself if none, or if it is one."""
    wanted = fold(re.sub(r" (?:River|County|District|City|Province)$|^River ", "", name))
    every = places()
    exact = {fold(one.name) for one in every if fold(one.name) == wanted}
    meant = {fold(one.name) for one in every if wanted in map(fold, one.spellings)}
    return frozenset(exact or meant or {wanted})


def matched(text: Text, claims):
    """Return pairs of key and claim, keys that were missed, and claims that no key has."""
    free = list(claims)
    pairs, missed = [], []
    for key in text.keys:
        fits = [c for c in free if c.start < key.end and key.start < c.end]
        fits.sort(key=lambda c: (str(c.kind) != key.want["kind"], abs(c.start - key.start)))
        if fits:
            free.remove(fits[0])
            pairs.append((key, fits[0]))
        else:
            missed.append(key)
    return pairs, missed, free


@dataclass
class Score:
    """Counts over texts."""

    found: int = 0
    missed: int = 0
    extra: int = 0
    right: dict[str, int] | None = None

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + self.missed)

    @property
    def precision(self) -> float:
        return self.found / max(1, self.found + self.extra)

    def share(self, field: str) -> float:
        return (self.right or {}).get(field, 0) / max(1, self.found)


def score(every, read) -> Score:
    """Return counts over texts; optional keys count neither way, unless answered wrongly placed."""
    total = Score(right=dict.fromkeys(FIELDS, 0))
    for text in every:
        pairs, missed, extra = matched(text, read(text.text, published=text.published))
        total.missed += sum(not key.optional for key in missed)
        total.extra += len(extra)
        for key, claim in pairs:
            if key.optional:
                continue
            total.found += 1
            got = told(claim)
            for field in FIELDS:
                total.right[field] += is_right(field, key.want[field], got[field])
    return total
