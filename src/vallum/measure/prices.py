"""What images cost, from a file that a person writes; vallum knows no price of its own."""

from __future__ import annotations

import csv
import io
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from vallum.ground.errors import BadSetting, BadTable, VallumError
from vallum.ground.when import When
from vallum.measure.orders import Limits

MODES = ("archive", "tasking")
CLEAR_SHARE = 0.9
"""Share of an ordered image that is taken to be usable where the file does not say."""

_MOST_BYTES = 1 << 20
_MOST_PRODUCTS = 200
_MOST_SIGNS = 200
_TEXTS = ("provider", "name", "mode", "since", "until", "collections", "currency", "note")
_NUMBERS = {
    # name: least, most, default (None: must be there)
    "gsd_m": (0.05, 1000.0, None),
    "price_per_km2": (0.0, 1e6, None),
    "min_price": (0.0, 1e9, 0.0),
    "min_km2": (0.0, 1e6, 0.0),
    "max_km2": (1e-3, 1e9, math.inf),
    "min_width_m": (0.0, 1e5, 0.0),
    "max_vertices": (4, 1e6, 500),
    "max_aspect": (1.0, 1e6, math.inf),
    "clear_share": (0.01, 1.0, CLEAR_SHARE),
    "cloud_percent": (0.0, 100.0, 100.0),
}


@dataclass(frozen=True, kw_only=True)
class Product:
    """One line of a price list.

    Attributes:
        provider: who sells it.
        name: of the product.
        gsd_m: size of a pixel.
        price_per_km2: of one date.
        min_price: of one order and date.
        limits: of the areas that are taken.
        mode: "archive" for what was taken already, "tasking" for what is still to be taken.
        clear_share: share of an image that is taken to be usable.
        cloud_percent: most cloud that the provider delivers.
        since: first day of the archive; None where it is not told.
        until: last day of the archive; None for until now.
        collections: names in a catalogue, for the query.
        currency: of the prices.
        note: anything else.
    """

    provider: str
    name: str
    gsd_m: float
    price_per_km2: float
    min_price: float = 0.0
    limits: Limits = Limits()
    mode: str = "archive"
    clear_share: float = CLEAR_SHARE
    cloud_percent: float = 100.0
    since: date | None = None
    until: date | None = None
    collections: tuple[str, ...] = ()
    currency: str = ""
    note: str = ""

    @property
    def label(self) -> str:
        """Provider and product."""
        return f"{self.provider}, {self.name}"

    def price(self, km2: float, n_dates: int = 1) -> float:
        """Return what an area costs; one that is smaller than the least is paid as the least."""
        each = max(self.min_price, max(km2, self.limits.min_km2) * self.price_per_km2)
        return n_dates * each

    def days(self, epoch: When, today: date) -> When | None:
        """Return the days of an epoch from which this can deliver; None where there are none.

        A new order shows nothing of the past; an archive holds nothing of the future.
        """
        first = self.since or date.min
        last = min(self.until or today, today)
        if self.mode == "tasking":
            first, last = max(today, first), self.until or date.max
        return epoch & When(first, last) if first <= last else None


def read(path: Path) -> tuple[tuple[Product, ...], list[str]]:
    """Return the products of a price file, and a line for each that cannot be used.

    Args:
        path: TOML with a `[[product]]` table each, or CSV with a row each.

    Raises:
        BadTable: the file cannot be read, or holds no usable product.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else None
    except OSError as error:
        raise BadTable(
            f"{path}: is not there or cannot be read; nothing was planned, check the path, or "
            "write an example with `vallum shop --example-prices FILE`"
        ) from error
    if data is None:
        raise BadTable(f"{path.name}: too large for a list of prices; nothing was planned")
    rows = _rows(path, data)
    if len(rows) > _MOST_PRODUCTS:
        raise BadTable(f"{path.name}: more than {_MOST_PRODUCTS} products; split the file")
    found, problems = list[Product](), list[str]()
    for number, row in enumerate(rows, start=1):
        try:
            found.append(_product(row))
        except (VallumError, ValueError, OverflowError) as error:
            problems.append(f"{path.name}: product {number}: {error}; it was left out")
    if not found:
        why = problems[0] if problems else f"{path.name}: holds no product"
        raise BadTable(
            f"{why}. No product can be used, nothing was planned; see "
            "`vallum shop --example-prices FILE`"
        )
    if len({one.currency for one in found}) > 1:
        raise BadTable(
            f"{path.name}: prices in several currencies cannot be compared; nothing was planned, "
            "write all in one"
        )
    return tuple(found), problems


def _rows(path: Path, data: bytes) -> list[dict[str, Any]]:
    try:
        text = data.decode("utf-8-sig")
        if path.suffix.lower() == ".csv":
            reader = csv.DictReader(io.StringIO(text), strict=True)
            return [{str(k).strip().lower(): v for k, v in row.items()} for row in reader]
        whole = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, csv.Error) as error:
        raise BadTable(f"{path.name}: cannot be read ({error}); nothing was planned") from error
    except (RecursionError, ValueError, OverflowError) as error:
        raise BadTable(
            f"{path.name}: brackets too deep or a number too long for a list of prices; nothing "
            "was planned, mend the file"
        ) from error
    rows = whole.get("product", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadTable(f"{path.name}: write each product under its own [[product]]")
    shared = {key: value for key, value in whole.items() if not isinstance(value, list | dict)}
    return [shared | row for row in rows]


def _product(row: Mapping[str, Any]) -> Product:
    known = {*_TEXTS, *_NUMBERS}
    told = {key: value for key, value in row.items() if value not in (None, "", [])}
    if strange := sorted(set(told) - known):
        raise BadTable(f"does not know '{strange[0][:40]}'; known are {', '.join(sorted(known))}")
    if missing := [key for key in ("provider", "name") if key not in told]:
        raise BadTable(f"has no {missing[0]}")
    numbers = {name: _number(name, told.get(name)) for name in _NUMBERS}
    mode = str(told.get("mode", "archive"))
    if mode not in MODES:
        raise BadTable(f"mode '{mode}' is neither {' nor '.join(MODES)}")
    limits = {one.name: numbers.pop(one.name) for one in fields(Limits)}
    n_corners = int(limits.pop("max_vertices"))
    return Product(
        provider=_name(told, "provider"),
        name=_name(told, "name"),
        limits=Limits(max_vertices=n_corners, **limits),
        mode=mode,
        since=_day(told, "since", is_first=True),
        until=_day(told, "until", is_first=False),
        collections=_words(told.get("collections", ())),
        currency=_plain(str(told.get("currency", ""))),
        note=_plain(str(told.get("note", ""))),
        **numbers,
    )


def _number(name: str, value: Any) -> float:
    least, most, default = _NUMBERS[name]
    if value is None:
        if default is None:
            raise BadTable(f"has no {name}")
        return default
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or not least <= number <= most:
        raise BadTable(f"{name} = {_shown(value)} is no number from {least:g} to {most:g}")
    return number


def _shown(value: Any) -> str:
    """Return a value that was refused, short."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 64:
        return "a number too long to show"
    return _plain(repr(value))[:60]


def _name(told: Mapping[str, Any], key: str) -> str:
    value = told[key]
    text = "" if isinstance(value, list | dict) else _plain(str(value))
    if not text:
        raise BadTable(f"{key} is no plain text")
    return text


def _plain(text: str) -> str:
    """Return text on one line, without signs that steer a terminal, and no longer than a name."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(printable.split())[:_MOST_SIGNS]


def _day(told: Mapping[str, Any], name: str, *, is_first: bool) -> date | None:
    if name not in told:
        return None
    when = When.parse(str(told[name]))
    return when.earliest if is_first else when.latest


def _words(value: Any) -> tuple[str, ...]:
    parts: Sequence[Any] = value.split(";") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise BadSetting("collections is a list of names")
    plain = (_plain(str(part)) for part in parts)
    return tuple(part for part in plain if part)


EXAMPLE = """\
# EXAMPLE price file for `vallum shop --prices FILE`.
# EVERY PRICE AND EVERY LIMIT HERE IS INVENTED. Ask your providers, and write what they say.
#
# Each [[product]] is one line of a price list:
#   provider, name     as on the list
#   gsd_m              size of a pixel in metres
#   price_per_km2      of one date
#   min_price          of one order and date (may be left out)
#   min_km2, max_km2   smallest and largest area that is taken
#   min_width_m        an area is nowhere thinner than this
#   max_vertices       corners of its outline
#   max_aspect         length by width
#   mode               "archive" (taken already) or "tasking" (still to be taken)
#   since, until       first and last day from which it can deliver: 2009, 2009-06, 2009-06-30
#   clear_share        share of an image that will be usable; 0.9 if left out
#   cloud_percent      most cloud that is delivered; goes into the catalogue query
#   collections        names in a catalogue, for the query
currency = "EXAMPLE"

[[product]]
provider = "EXAMPLE provider A"
name = "EXAMPLE archive, 0.5 m"
gsd_m = 0.5
price_per_km2 = 12.0
min_km2 = 25
min_width_m = 2000
max_vertices = 1000
mode = "archive"
since = "2009"
clear_share = 0.85
cloud_percent = 15

[[product]]
provider = "EXAMPLE provider B"
name = "EXAMPLE archive by the piece, 0.7 m"
gsd_m = 0.7
price_per_km2 = 20.0
min_km2 = 1
min_width_m = 500
max_vertices = 200
mode = "archive"
since = "2014"
clear_share = 0.9
cloud_percent = 10

[[product]]
provider = "EXAMPLE provider A"
name = "EXAMPLE new image, 0.5 m"
gsd_m = 0.5
price_per_km2 = 25.0
min_km2 = 100
min_width_m = 5000
max_aspect = 8
mode = "tasking"
clear_share = 0.8
cloud_percent = 20
"""
"""A commented example; every price in it is invented and called EXAMPLE."""
