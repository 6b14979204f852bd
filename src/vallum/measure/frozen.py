"""The frozen sample: all that the sampled numbers rest on, in one file, and the numbers again.

The file names nobody: readers are letters. Places are unit numbers and metres of the frontier, both
of which are published anyway. Whoever has it can compute every sampled number without the project.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import rfc8785

from vallum.ground.errors import BadInput
from vallum.ground.kinds import Answer, Change, Kind
from vallum.ground.records import Estimate, Json, Stratum, to_json
from vallum.ground.span import Span, Spans
from vallum.measure.quantities import Recorded
from vallum.measure.sampled import sampled_estimates
from vallum.measure.survey import Known, Said, Stretch, Survey

FILE_NAME = "sample.json"
FORMAT = "vallum sample 1"


def frozen(surveys: Sequence[Survey], *, if_at_random: bool = False) -> str:
    """Return the surveys as canonical JSON (RFC 8785).

    Args:
        surveys: oldest first.
        if_at_random: whether the rows that assume so are asked for.
    """
    body: dict[str, Json] = {
        "format": FORMAT,
        "about": "Stretches of border that were drawn, what was read in them, and what else the "
        "estimates rest on. Lengths in metres, places in metres along the frontier.",
        "if_missing_at_random": if_at_random,
        "surveys": [_survey(one) for one in surveys],
    }
    return rfc8785.dumps(body).decode() + "\n"


def thawed(text: str) -> tuple[list[Survey], bool]:
    """Return the surveys of a frozen file, and whether rows that assume so are asked for.

    Raises:
        BadInput: it is no such file.
    """
    try:
        body = json.loads(text)
        if body["format"] != FORMAT:
            raise BadInput(
                f"the sample file is of another format ({str(body['format'])[:40]!r}); nothing was "
                "computed, use the version of vallum that wrote it"
            )
        return [_survey_of(one) for one in body["surveys"]], bool(body["if_missing_at_random"])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise BadInput(
            f"the sample file cannot be read ({type(error).__name__}); nothing was computed, take "
            f"{FILE_NAME} as it was published"
        ) from error


def recompute(text: str) -> list[Estimate]:
    """Return every sampled number from the frozen file alone.

    Raises:
        BadInput: it is no such file.
    """
    surveys, if_at_random = thawed(text)
    return sampled_estimates(surveys, if_at_random=if_at_random)


def _survey(survey: Survey) -> dict[str, Json]:
    return {
        "extent": to_json(survey.extent),
        "groups": [_stratum(one) for one in survey.groups],
        "known": {name: _known(one) for name, one in survey.known.items()},
        "note": survey.note,
        "strata": [_stratum(one) for one in survey.strata],
        "stretches": [_stretch(one) for one in survey.stretches],
    }


def _survey_of(body: Mapping[str, Any]) -> Survey:
    return Survey(
        strata=tuple(Stratum.from_body(one) for one in body["strata"]),
        stretches=tuple(_stretch_of(one) for one in body["stretches"]),
        extent=Span(*body["extent"]),
        known={name: _known_of(name, one) for name, one in body["known"].items()},
        groups=tuple(Stratum.from_body(one) for one in body["groups"]),
        note=str(body["note"]),
    )


def _stratum(stratum: Stratum) -> dict[str, Json]:
    return replace(stratum, run="").body()


def _known(known: Known) -> dict[str, Json]:
    return {
        "beyond": known.beyond,
        "floor": known.floor,
        "machine": {str(unit): amount for unit, amount in known.machine.items()},
        "totals": dict(known.totals),
    }


def _known_of(name: str, body: Mapping[str, Any]) -> Known:
    return Known(
        name=name,
        machine={int(unit): float(amount) for unit, amount in body["machine"].items()},
        totals={stratum: float(amount) for stratum, amount in body["totals"].items()},
        floor=float(body["floor"]),
        beyond=float(body["beyond"]),
    )


def _stretch(stretch: Stretch) -> dict[str, Json]:
    return {
        "again": [_said(one) for one in stretch.again],
        "is_again": stretch.is_again,
        "said": [_said(one) for one in stretch.said],
        "span": to_json(stretch.span),
        "stratum": stretch.stratum,
        "unit": stretch.unit,
    }


def _stretch_of(body: Mapping[str, Any]) -> Stretch:
    return Stretch(
        unit=int(body["unit"]),
        stratum=str(body["stratum"]),
        span=Span(*body["span"]),
        said=tuple(_said_of(one) for one in body["said"]),
        again=tuple(_said_of(one) for one in body["again"]),
        is_again=bool(body["is_again"]),
    )


def _said(said: Said) -> dict[str, Json]:
    return {
        "answer": said.answer.value,
        "reader": said.reader,
        "things": [_thing(one) for one in said.things],
    }


def _said_of(body: Mapping[str, Any]) -> Said:
    return Said(
        reader=str(body["reader"]),
        answer=Answer(body["answer"]),
        things=tuple(_thing_of(one) for one in body["things"]),
    )


def _thing(thing: Recorded) -> dict[str, Json]:
    return {
        "change": thing.change.value,
        "class": thing.category.value if thing.category is not None else None,
        "count": thing.count,
        "length_m": thing.length_m,
        "spans": to_json(thing.spans),
        "unplaced_m": thing.unplaced_m,
    }


def _thing_of(body: Mapping[str, Any]) -> Recorded:
    return Recorded(
        category=Kind(body["class"]) if body["class"] is not None else None,
        change=Change(body["change"]),
        spans=Spans(Span(*part) for part in body["spans"]),
        length_m=float(body["length_m"]),
        count=float(body["count"]),
        unplaced_m=float(body["unplaced_m"]),
    )
