"""What a claim rests on, in words for the desk: never a quotation, never who a source is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vallum.claims.rows import where_of
from vallum.ground.records import Claim, Exhibit, Match, Row, Source
from vallum.project import Project
from vallum.steps.lodging import ROLE
from vallum.steps.reading import is_protected

SAID = (Claim, Source, Match)
"""Kinds of row about what was said; exhibits are asked for anyway."""
_MOST = 5
_PRINTED = frozenset({"publisher", "organisation", "document"})


def is_statement(row: Row) -> bool:
    """Say whether a row is a paper in which something is said."""
    return isinstance(row, Exhibit) and row.role == ROLE


def in_words(row: Row, rows: Mapping[str, Row]) -> str:
    """Return what there is to say of a row about what was said; empty for other rows.

    Of what a protected source gave: kinds and grades, no place, no words, no hash, no name.
    """
    match row:
        case Claim():
            return f": {_claim(row, rows)}"
        case Source():
            return f": {_source(row)}"
        case Match():
            return f": {row.relation.value.replace('_', ' ')} by {row.method.value}; {_why(row)}"
        case Exhibit() if row.role == ROLE:
            return f": {_paper(row, rows)}"
        case _:
            return ""


def lines_of(project: Project, row: Row, rows: Mapping[str, Row]) -> list[str]:
    """Return where a claim stands, and what it was held against; nothing for other rows."""
    if not isinstance(row, Claim):
        return []
    from vallum.steps.matching import weighed

    told = next((one for one in weighed(project) if one.claim.id == row.id), None)
    if told is None:
        return [f"counts nowhere: {row.standing}, not approved"]
    lines = [f"stands as {told.status.label}: {told.why}"]
    held = [one for one in rows.values() if isinstance(one, Match) and one.claim == row.id]
    held = sorted((one for one in held if not one.is_withdrawn), key=lambda one: one.id)
    return lines + _held(held, rows)


def is_hidden(row: Row, rows: Mapping[str, Row]) -> bool:
    """Say whether neither name nor hash of a paper is to be printed."""
    return isinstance(row, Exhibit) and row.role == ROLE and is_protected(row, _sources(rows))


def _held(held: Sequence[Match], rows: Mapping[str, Row]) -> list[str]:
    """Return what a claim was held against, a few of each kind for all."""
    if not held:
        return []
    groups: dict[tuple[str, str], list[Match]] = {}
    for one in held:
        groups.setdefault((one.relation.value, one.about.partition("-")[0]), []).append(one)
    lines = ["held against:"]
    for (relation, kind), group in sorted(groups.items()):
        for one in group[:_MOST]:
            said = rows.get(one.about)
            what = f" ({_claim(said, rows)})" if isinstance(said, Claim) else ""
            why = _why(one)
            lines.append(f"  {relation.replace('_', ' ')}: {one.about}{what}; {why}, says {one.by}")
        if len(group) > _MOST:
            lines.append(f"  ... and {len(group) - _MOST:,} more of kind {kind}, {relation}")
    return lines


def _why(row: Match) -> str:
    return f"{row.rationale.rstrip('.')}{', taken back' * row.is_withdrawn}"


def _claim(row: Claim, rows: Mapping[str, Row]) -> str:
    change = f", {row.change}" if row.change and row.change.value != row.modality.value else ""
    what = f"{row.subject.label}{change}, {row.modality.label}"
    until = f", under embargo until {row.embargo_until}" if row.embargo_until else ""
    end = f"; {row.standing}, credibility {row.credibility}{until}"
    paper = rows.get(row.exhibit)
    if paper is None or is_hidden(paper, rows):
        return f"{what}; of a protected source{end}"
    where = "; ".join(where_of(place) for place in row.places) or "no place stated"
    when = "; ".join(dated.edtf for dated in row.dates) or "no date stated"
    return f"{what}; {where}; {when}{end}"


def _paper(row: Exhibit, rows: Mapping[str, Row]) -> str:
    where = "original in the vault" if row.vault_ref else "its original was deleted"
    what = f"{row.paper or 'paper'}, TLP:{row.handling.value.upper().replace('_', '+')}, {where}"
    if is_hidden(row, rows):
        return f"{what}; of a protected source"
    day = f", published {row.published}" if row.published else ""
    return f"{what}, {row.title or 'without a title'}{day}, sha256 {row.sha256[:12]}..."


def _source(row: Source) -> str:
    who = row.name if row.voice.value in _PRINTED and not row.risk.is_protected else ""
    graded = f"reliability {row.reliability}, {row.risk} risk"
    gone = f", withdrew on {row.consent_withdrawn}" if row.consent_withdrawn else ""
    return f"{f'{row.voice} {who}'.strip()}; {graded}{gone}"


def _sources(rows: Mapping[str, Row]) -> list[Source]:
    return [row for row in rows.values() if isinstance(row, Source)]
