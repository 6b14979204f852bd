"""The ledger in a case file of the desk: every row, and of protected sources the hash alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import rfc8785

from vallum.ground.records import ROWS as KINDS
from vallum.ground.records import Level, field_notes
from vallum.ground.saidkinds import Handling, Risk
from vallum.store import GENESIS, Entry

_FULL = ("seq", "at", "actor", "kind", "id", "body", "prev_sha256", "sha256")
_LINKS = ("seq", "prev_sha256", "sha256")
_OF_SOURCE = {
    "Source": ("code",),
    "Exhibit": ("source", "derived_from"),
    "Claim": ("exhibit",),
    "Match": ("claim", "about"),
    "Custody": ("subject", "vault_ref"),
}
"""Fields by which a row leads to a source."""

_NEVER = frozenset(
    name
    for name, cls in KINDS.items()
    if any(field_notes(entry)[0] is Level.PRIVATE for entry in fields(cls))
)
"""Kinds with private fields: their rows never leave, at no level."""


def write(entries: Sequence[Entry], path: Path) -> None:
    """Write the ledger, one row a line; the chain still links where a row is withheld."""
    withheld = _withheld(entries)
    lines = []
    for entry in entries:
        names = _LINKS if entry.seq in withheld else _FULL
        lines.append(rfc8785.dumps({name: getattr(entry, name) for name in names}) + b"\n")
    path.write_bytes(b"".join(lines))


def problem(lines: Iterable[bytes]) -> str:
    """Return what is wrong with the chain of a written ledger; empty where it holds."""
    prev = GENESIS
    for number, line in enumerate(lines, start=1):
        try:
            said = json.loads(line)
            seq, before, own = said["seq"], said["prev_sha256"], said["sha256"]
            entry = Entry(**said) if "body" in said else None
        except (ValueError, KeyError, TypeError):
            return f"line {number} of the ledger cannot be read"
        if seq != number or before != prev:
            return f"row {number} of the ledger is missing or out of order"
        if entry is not None and entry.expected_sha256() != own:
            return f"row {number} of the ledger was changed after it was written"
        prev = own
    return ""


def _withheld(entries: Sequence[Entry]) -> set[int]:
    """Return the numbers of rows that are given by hash alone.

    A source that was protected once stays so in all its rows, and with it what it gave, what was
    claimed in that, and the runs that took it in: when somebody came says who came.
    """
    bodies: dict[int, Mapping[str, Any]] = {e.seq: json.loads(e.body) for e in entries}
    marked = {e.id for e in entries if _is_protected(bodies[e.seq])}
    marked |= {str(bodies[e.seq].get("code")) for e in entries if e.id in marked} - {"None"}
    n_before = -1
    while len(marked) != n_before:  # what rests on something marked is marked
        n_before = len(marked)
        for entry in entries:
            body = bodies[entry.seq]
            leads = {str(body.get(name, "")) for name in _OF_SOURCE.get(entry.kind, ())}
            if leads & marked - {""}:
                marked.add(entry.id)
    rows = {entry.seq for entry in entries if entry.id in marked}
    runs = {str(bodies[seq].get("run", "")) for seq in rows}
    rows |= {entry.seq for entry in entries if entry.kind == "Run" and entry.id in runs}
    return rows | {entry.seq for entry in entries if entry.kind in _NEVER}


def _is_protected(body: Mapping[str, Any]) -> bool:
    risk = body.get("risk")
    return body.get("handling") == Handling.RED or (risk in set(Risk) and Risk(risk).is_protected)
