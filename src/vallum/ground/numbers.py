"""What the name of a number says: the one place that takes names apart and puts them together.

A name is a key: `barrier_km_double_fence_new`, `border_km_changed_estimated`,
`posts_new_bounds_in_hoeryong`. Its parts are the columns of every table of numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from vallum.ground.kinds import Change, Stage

ESTIMATED, BOUNDS, IF_AT_RANDOM = "estimated", "bounds", "if_missing_at_random"
FORMS = (ESTIMATED, BOUNDS, IF_AT_RANDOM)
WITHDRAWN = "withdrawn: no longer measured"
"""`Estimate.wording` of a number that stood once and does not any more."""

_SHAPES: dict[str, tuple[str, ...]] = {
    # First that fits wins; what a source calls its classes may hold any word.
    "barrier_km_imported": ("barrier_km_imported", "{kind}"),
    "border_km_with_imported_barrier_within": (
        "border_km_with_imported_barrier", "{kind}", "within", "{at}",
    ),
    "barrier_km_at_stage": ("barrier_km_at_stage", "{stage}"),
    "barrier_km_built_by": ("barrier_km", "{kind}", "built_by", "{at}"),
    "barrier_km_removed_by": ("barrier_km", "{kind}", "removed_by", "{at}"),
    "border_km_with_infrastructure": ("border_km_with", "{change}", "infrastructure"),
    "border_km_comparable": ("border_km_comparable", "{kind}"),
    "posts_per_border_km_comparable": ("posts", "{change}", "per_border_km_comparable"),
    "posts_per_fence_km": ("posts", "{change}", "per_fence_km"),
    "posts_stock": ("posts", "{kind}", "stock", "{epoch}"),
    "barrier_km": ("barrier_km", "{kind}", "{change}"),
    "posts": ("posts", "{kind}", "{change}"),
}  # fmt: skip
_FIELDS = {
    "{kind}": r"(?:_(?P<kind>.+?))?",
    "{change}": f"_(?P<change>{'|'.join(Change)})",
    "{stage}": f"_(?P<change>{'|'.join(filter(None, Stage))})",
    "{epoch}": "_(?P<at>before|after)",
    "{at}": r"_(?P<at>\d+_m|\d{4}-\d\d-\d\d)",
}
_ENDS = re.compile(rf"(.+?)(?:_({'|'.join(FORMS)}))?(?:_in_(.+))?")
_BY_SOURCES = ("barrier_km_imported_", "border_km_with_imported_barrier")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a name says.

    Attributes:
        quantity: what is measured, without all that follows: `barrier_km`, `border_km_changed`.
        kind: class, layer or `all`; empty where the quantity has none.
        change: what happened, or how far it is built; empty where the quantity names no change.
        at: the day (`2020-12-31`), epoch (`before`) or distance (`300_m`) it is stated for.
        section: the chosen area it speaks of; empty for the whole extent.
        form: `estimated`, `bounds` or `if_missing_at_random`; empty for what was counted.
    """

    quantity: str
    kind: str = ""
    change: str = ""
    at: str = ""
    section: str = ""
    form: str = ""

    @property
    def name(self) -> str:
        """The name again, to the letter."""
        said = {"{kind}": self.kind, "{at}": self.at, "{epoch}": self.at}
        said |= dict.fromkeys(("{change}", "{stage}"), self.change)
        words = [said.get(one, one) for one in _SHAPES.get(self.quantity, (self.quantity,))]
        words.append(self.form)
        words.append(f"in_{self.section}" if self.section else "")
        return "_".join(filter(None, words))

    @property
    def counted_name(self) -> str:
        """The name of the number that people confirmed, beside which this one is printed."""
        return Parts(
            quantity=self.quantity, kind=self.kind, change=self.change, at=self.at,
            section=self.section,
        ).name  # fmt: skip


def parts_of(name: str) -> Parts:
    """Take a name apart; a name of an unknown shape is all quantity, so that nothing is lost."""
    base, form, section = _ends_of(name)
    for quantity, pattern in _patterns():
        if found := pattern.fullmatch(base):
            said = {key: value or "" for key, value in found.groupdict().items()}
            return Parts(quantity=quantity, form=form, section=section, **said)
    return Parts(quantity=base, form=form, section=section)


def _ends_of(name: str) -> tuple[str, str, str]:
    """Split off the form and the area, which stand behind everything else."""
    found = None if name.startswith(_BY_SOURCES) else _ENDS.fullmatch(name)
    return (found[1], found[2] or "", found[3] or "") if found else (name, "", "")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    made = []
    for quantity, shape in _SHAPES.items():
        text = "".join(_FIELDS.get(one, f"_{one}") for one in shape).removeprefix("_")
        made.append((quantity, re.compile(text)))
    return tuple(made)
