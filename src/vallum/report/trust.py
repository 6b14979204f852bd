"""How far the machine can be trusted here: printed with the method, part of no number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vallum.report.printing import grouped, number_text, share_text
from vallum.report.tongue import said, say


@dataclass(frozen=True, kw_only=True)
class Trust:
    """What is known of how well the machine does.

    Attributes:
        rates: (score, false lines per km of border, low, high), 95 % interval.
        rates_from: what the rates rest on, one sentence.
        bins: (chance that was said, share that was so, sections, low, high), 95 % interval.
        brier: mean square of the difference between what was said and what was so; NaN without.
        chances_from: what the chances rest on, one sentence.
        limits: (kind, pixel size in metres, sentence) of what is found of simulated things.
        limits_from: what they rest on, one sentence.
    """

    rates: tuple[tuple[float, float, float, float], ...] = ()
    rates_from: str = ""
    bins: tuple[tuple[float, float, int, float, float], ...] = ()
    brier: float = float("nan")
    chances_from: str = ""
    limits: tuple[tuple[str, float, str], ...] = ()
    limits_from: str = ""


def trust_model(trust: Trust | None) -> dict[str, Any]:
    """Return it as plain JSON, printed and unrounded; empty lists where nothing is known."""
    trust = trust or Trust()
    return {
        "rates": [
            {
                "score": number_text(score),
                "per_km": number_text(per_km),
                "bounds": say("{low} to {high}", low=number_text(low), high=number_text(high)),
                "values": [score, per_km, low, high],
            }
            for score, per_km, low, high in trust.rates
        ],
        "rates_from": said(trust.rates_from),
        "reliability": [
            {
                "said": share_text(chance),
                "was": share_text(was),
                "sections": grouped(n),
                "bounds": say("{low} to {high}", low=share_text(low), high=share_text(high)),
                "values": [chance, was, n, low, high],
            }
            for chance, was, n, low, high in trust.bins
        ],
        "brier": number_text(trust.brier) if trust.bins else "",
        "chances_from": said(trust.chances_from),
        "limits": [
            {"kind": said(kind), "gsd_m": gsd_m, "said": said(text)}
            for kind, gsd_m, text in trust.limits
        ],
        "limits_from": said(trust.limits_from),
    }
