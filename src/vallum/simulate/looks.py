"""Looks of barriers and posts as varied as chance can make them, for training and for tests."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from vallum.ground.kinds import LINES, Kind
from vallum.simulate.barriers import Colour, Look

STYLES = ("usual", "plain", "shadow", "strip", "posts")
"""What a look can be reduced to: everything, a plain line, a shadow, a bare strip, or posts."""

_WEAKEST, _STRONGEST = 0.22, 1.7
_METAL: tuple[Colour, ...] = ((196, 198, 200), (150, 154, 158), (92, 92, 94), (58, 58, 60))
_STONE: tuple[Colour, ...] = ((186, 182, 174), (214, 210, 200), (150, 146, 138), (168, 140, 118))
_EARTH: tuple[Colour, ...] = ((163, 147, 121), (186, 168, 136), (140, 120, 96), (196, 186, 170))
_PAVED: tuple[Colour, ...] = ((128, 126, 122), (92, 92, 94), (156, 152, 146))
_ROOFS: tuple[Colour, ...] = (
    (156, 160, 163),
    (192, 190, 184),
    (112, 130, 152),
    (150, 112, 96),
    (88, 96, 88),
    (70, 70, 74),
)


def random_look(
    rng: np.random.Generator,
    kind: Kind,
    *,
    style: str | None = None,
    contrast: float | None = None,
    ground: Colour | None = None,
    lean: tuple[float, float] = (0.0, 0.0),
) -> Look:
    """Return one of the many looks that a kind of structure can have.

    Args:
        rng: chance.
        kind: what it is.
        style: one of `STYLES`, for fences, double fences and walls; None draws one. Other kinds
            have one style.
        contrast: scales how much everything covers; None draws from barely visible (.22) to
            strong (1.7).
        ground: colour around it; then nearly half of the looks are that much brighter or darker
            than the ground, whatever they are made of.
        lean: metres to the right and down by which the view displaces the top of a thing one
            metre high.

    Raises:
        ValueError: there is no such style.
    """
    if contrast is None:
        contrast = float(np.exp(rng.uniform(math.log(_WEAKEST), math.log(_STRONGEST))))
    if style is not None and style not in STYLES:
        raise ValueError(f"style {style!r} is none of {', '.join(STYLES)}")
    if kind not in LINES:
        look = _point(rng, kind, ground)
        return replace(_weighed(look, min(1.0, math.sqrt(contrast))), lean=lean)
    if kind is Kind.PATROL_ROAD:
        return _weighed(_road(rng, ground), contrast)
    if kind is Kind.CLEARED_STRIP:
        return _weighed(_cleared(rng, ground), contrast)
    style = style or str(rng.choice(STYLES, p=[0.66, 0.1, 0.09, 0.05, 0.1]))
    whole = _wall(rng, ground) if kind is Kind.WALL else _fence(rng, kind, ground)
    return replace(_weighed(_reduced(rng, whole, style), contrast), lean=lean)


def stronger(rng: np.random.Generator, look: Look) -> Look:
    """Return what an upgrade makes of a line: broader and denser; a fence or wall also higher."""
    grown = rng.uniform(1.25, 2.2)
    broader = replace(
        look,
        width_m=max(0.4, look.width_m * grown),
        cover=_share(max(0.25, look.cover * grown)),
        strip_m=look.strip_m * grown,
        strip_cover=_share(max(0.25, look.strip_cover * grown)),
    )
    if not look.height_m:
        return broader
    return replace(
        broader,
        height_m=max(2.4, look.height_m * rng.uniform(1.1, 1.6)),
        shade=_share(max(0.15, look.shade * grown)),
        strip_m=max(look.gap_m + 3.0, broader.strip_m) if rng.random() < 0.6 else look.strip_m,
        post_each_m=look.post_each_m or rng.uniform(2.5, 5.0),
    )


def _fence(rng: np.random.Generator, kind: Kind, ground: Colour | None) -> Look:
    gap_m = rng.uniform(4.0, 12.0) if kind is Kind.DOUBLE_FENCE else 0.0
    has_strip = rng.random() < (0.6 if gap_m else 0.45)
    return Look(
        width_m=rng.uniform(0.2, 0.7),
        height_m=rng.uniform(1.5, 4.2),
        cover=rng.uniform(0.12, 0.7),
        shade=rng.uniform(0.05, 0.4),
        colour=_colour(rng, _METAL if rng.random() < 0.7 else _STONE, ground),
        strip_m=(gap_m + rng.uniform(1.2, 6.0)) if has_strip else 0.0,
        strip_cover=rng.uniform(0.08, 0.6),
        strip_share=rng.uniform(0.3, 1.0),
        strip_colour=_colour(rng, _EARTH, ground),
        post_each_m=rng.uniform(2.4, 8.0) if rng.random() < 0.75 else 0.0,
        post_cover=rng.uniform(0.3, 0.95),
        gap_m=gap_m,
        uneven=rng.uniform(0.05, 0.6),
    )


def _wall(rng: np.random.Generator, ground: Colour | None) -> Look:
    has_strip = rng.random() < 0.3
    return Look(
        width_m=rng.uniform(0.3, 1.0),
        height_m=rng.uniform(2.2, 6.0),
        cover=rng.uniform(0.6, 1.0),
        shade=rng.uniform(0.3, 0.75),
        colour=_colour(rng, _STONE, ground),
        strip_m=rng.uniform(2.0, 6.0) if has_strip else 0.0,
        strip_cover=rng.uniform(0.1, 0.5),
        strip_share=rng.uniform(0.4, 1.0),
        strip_colour=_colour(rng, _EARTH, ground),
        uneven=rng.uniform(0.0, 0.3),
    )


def _reduced(rng: np.random.Generator, look: Look, style: str) -> Look:
    """Return a look of which only one part is to be seen."""
    match style:
        case "plain":
            cover, width_m = rng.uniform(0.35, 1.0), rng.uniform(0.2, 2.0)
            bare = replace(look, strip_m=0.0, post_each_m=0.0, height_m=0.0)
            return replace(bare, cover=cover, width_m=width_m)
        case "shadow":
            bare = replace(look, strip_m=0.0, post_each_m=0.0, cover=0.0)
            return replace(bare, shade=rng.uniform(0.25, 0.7))
        case "strip":
            strip_m = look.strip_m or look.gap_m + rng.uniform(2.0, 6.0)
            bare = replace(look, cover=0.0, shade=0.0, height_m=0.0, post_each_m=0.0)
            cover = rng.uniform(0.3, 0.7)
            return replace(bare, strip_m=strip_m, strip_cover=cover, strip_share=1.0)
        case "posts":
            each_m = rng.uniform(2.4, 9.0)
            bare = replace(look, cover=0.0, strip_m=0.0, shade=rng.uniform(0.0, 0.3))
            return replace(
                bare,
                width_m=rng.uniform(0.3, 0.9),
                height_m=look.height_m * float(rng.random() < 0.7),
                post_each_m=each_m,
                post_cover=rng.uniform(0.5, 0.95),
            )
    return look


def _road(rng: np.random.Generator, ground: Colour | None) -> Look:
    if rng.random() < 0.35:  # two wheel tracks
        return Look(
            width_m=rng.uniform(0.4, 1.0),
            cover=rng.uniform(0.3, 0.9),
            gap_m=rng.uniform(1.3, 2.2),
            colour=_colour(rng, _EARTH, ground),
            uneven=rng.uniform(0.1, 0.6),
        )
    return Look(
        width_m=rng.uniform(2.4, 7.5),
        cover=rng.uniform(0.35, 0.95),
        colour=_colour(rng, _EARTH if rng.random() < 0.65 else _PAVED, ground),
        strip_m=rng.uniform(7.5, 12.0) if rng.random() < 0.2 else 0.0,
        strip_cover=rng.uniform(0.1, 0.3),
        uneven=rng.uniform(0.0, 0.4),
    )


def _cleared(rng: np.random.Generator, ground: Colour | None) -> Look:
    return Look(
        width_m=rng.uniform(4.5, 16.0),
        cover=rng.uniform(0.3, 0.9),
        colour=_colour(rng, _EARTH, ground),
        uneven=rng.uniform(0.05, 0.5),
    )


def _point(rng: np.random.Generator, kind: Kind, ground: Colour | None) -> Look:
    width_m, height_m = {
        Kind.GUARD_POST: (rng.uniform(2.6, 6.0), rng.uniform(2.4, 5.0)),
        Kind.WATCHTOWER: (rng.uniform(2.6, 6.0), rng.uniform(6.0, 14.0)),
    }.get(kind, (rng.uniform(6.5, 16.0), rng.uniform(2.8, 8.0)))
    has_pad = rng.random() < 0.5
    return Look(
        width_m=width_m,
        height_m=height_m,
        cover=rng.uniform(0.75, 1.0),
        shade=rng.uniform(0.25, 0.75),
        colour=_colour(rng, _ROOFS, ground),
        strip_m=width_m * rng.uniform(1.4, 2.6) if has_pad else 0.0,
        strip_cover=rng.uniform(0.1, 0.5),
        strip_colour=_colour(rng, _EARTH, ground),
        pitch=0.0 if rng.random() < 0.4 else rng.uniform(0.05, 0.35),
    )


def _weighed(look: Look, contrast: float) -> Look:
    """Return a look whose every part covers `contrast` times as much, at most all."""
    post = None if look.post_cover is None else _share(look.post_cover * contrast)
    return replace(
        look,
        cover=_share(look.cover * contrast),
        shade=_share(look.shade * contrast),
        strip_cover=_share(look.strip_cover * contrast),
        post_cover=post,
    )


def _share(cover: float) -> float:
    return float(min(0.98, max(0.0, cover)))


def _colour(rng: np.random.Generator, group: tuple[Colour, ...], ground: Colour | None) -> Colour:
    if ground is not None and rng.random() < 0.45:
        away = rng.uniform(15.0, 90.0) * (1 if rng.random() < 0.65 else -1)
        values = np.asarray(ground) + away * rng.uniform(0.8, 1.2, 3)
    else:
        values = np.asarray(group[int(rng.integers(len(group)))]) * rng.normal(1.0, 0.12)
        values = values * rng.normal(1.0, 0.03, 3)
    red, green, blue = (float(value) for value in np.clip(values, 8, 248))
    return red, green, blue
