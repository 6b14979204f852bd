"""`shop`: which images to buy first, priced from a person's own file, as areas to order."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from shapely.geometry import Polygon

from vallum.ground import visibility
from vallum.ground.errors import BadSetting
from vallum.ground.geodesy import Floats
from vallum.ground.kinds import Kind, Status
from vallum.ground.records import Json, Look
from vallum.ground.when import When
from vallum.ground.whole import write_whole
from vallum.measure import buying, drawing, orders
from vallum.measure import prices as price_files
from vallum.measure.buying import Aim, Basket, Gap, Purchase, Shop
from vallum.measure.drawing import Drawer
from vallum.measure.extent import Account, statuses_of
from vallum.measure.prices import Product
from vallum.project import Project
from vallum.review.tables import safe_cell
from vallum.steps import missing
from vallum.steps.done import Done, Progress, km, silent
from vallum.steps.seeing import scenes_in_use

FOLDER = "shopping"
COLUMNS = (
    "order", "from_km", "to_km", "sections", "provider", "product", "gsd_m", "epoch", "days",
    "best_near", "area_km2", "price", "currency", "open_km", "resolves_km", "km_per_money", "why",
)  # fmt: skip

_QUERY = orders.Limits(max_vertices=60)
_MOST_LINES = 12


@dataclass(frozen=True, kw_only=True)
class Order:
    """One purchase with its area, as it is written.

    Attributes:
        name: like "order 1".
        purchase: what is bought.
        area: EPSG:4326.
        days: of each epoch, from when to when.
        near: for each epoch, days of the year that fit the image it is compared with.
        why: what is missing there, in words.
        sections: numbers of the sections it touches.
    """

    name: str
    purchase: Purchase
    area: Polygon
    days: dict[str, When]
    near: dict[str, str]
    why: str
    sections: tuple[int, ...]


def shop(
    project: Project,
    *,
    prices: Path,
    half_width_km: float = 0.0,
    budget: float = 0.0,
    kinds: Sequence[Kind | str] = (),
    gsd_m: float = 0.0,
    aim: Aim = "bounds",
    to: Path | None = None,
    show: Progress = silent,
) -> Done:
    """Say which images to buy first, and write the areas to order; nothing is bought or asked.

    Args:
        project: whose border.
        prices: a person's price file, TOML or CSV.
        half_width_km: half of the interval of border-km with a change that may be left; or
        budget: most that all may cost, in the currency of the file.
        kinds: what the images must be able to show; sets the coarsest pixels.
        gsd_m: coarsest pixels, in metres; 0 to go by the kinds.
        aim: "bounds" for the bounds of what is not known, each metre alike; "expected" for the
            interval if each kind of land holds as much as it did where it was compared.
        to: folder to write to; `out/shopping` if None.
        show: told how far it is.

    Raises:
        BadSetting: nothing is missing, or it cannot be bought so.
        BadTable: the price file cannot be used.
    """
    products, problems = price_files.read(prices)
    coarsest_m = gsd_m or coarsest_for(kinds)
    show("shopping list", 0, 4, "steps")
    rows = missing.counted_rows(project)
    found = missing.gaps(project, rows, coarsest_m)
    if not found:
        raise BadSetting(
            "every metre of border was compared and settled, or waits for `vallum detect` or for "
            "review; no image is missing, nothing was planned"
        )
    today = datetime.now(UTC).date()
    usable, left_out = _usable(project, products, coarsest_m, today)
    show("shopping list", 1, 4, "steps")
    for_sale = _shop(project, found, usable, aim, rows)
    drawing.check(for_sale, budget, half_width_km)
    planned = buying.basket(
        for_sale, budget=budget, half_width_to_km=half_width_km, price_file=prices.name
    )
    show("shopping list", 2, 4, "steps")
    border = project.config.border
    drawer = Drawer(
        shop=for_sale,
        corridor=lambda span: project.frontier.corridor(span, border.left_m, border.right_m),
    )
    drawn = (
        drawer.for_budget(budget, planned.purchases)
        if budget
        else drawer.for_target(half_width_km, planned.purchases)
    )
    refused = drawer.not_drawn(drawn)
    listed = [
        _order(project, number, one, area, found, today)
        for number, (one, area) in enumerate(
            zip(drawn.purchases, drawn.areas, strict=True), start=1
        )
    ]
    # What other sums would give is known of plans alone; where areas were refused it is not.
    chosen = replace(
        planned, purchases=drawn.purchases, more=() if refused or not listed else planned.more
    )
    show("shopping list", 3, 4, "steps")
    files = _written(project, listed, to or project.out_folder / FOLDER)
    show("shopping list", 4, 4, "steps")
    lines = [
        *_lines(chosen, found, listed, products[0].currency),
        *_missed(chosen, half_width_km, len(refused)),
        *left_out,
    ]
    return Done(
        step="shop",
        lines=tuple(lines),
        blocked=(*problems, *refused),
        files=tuple(map(str, files)),
        facts=_facts(chosen, listed, products[0].currency),
        next=f"look at {files[0].name} and {files[2].name}, search with {files[3].name}, then "
        "`vallum add` what came",
    )


def example_prices(path: Path) -> Done:
    """Write a commented price file; every price in it is invented and called EXAMPLE.

    Raises:
        BadSetting: there is a file already.
    """
    if path.exists():
        raise BadSetting(f"{path} is there already; nothing was written, name another file")
    try:
        write_whole(path, price_files.EXAMPLE.encode())
    except OSError as error:
        raise BadSetting(
            f"{path}: cannot be written; nothing was written, name a folder that is there"
        ) from error
    return Done(
        step="shop",
        lines=(f"wrote {path}: every price in it is invented; write those of your providers",),
        files=(str(path),),
        next=f"vallum shop --prices {path} --budget SUM",
    )


def coarsest_for(kinds: Sequence[Kind | str]) -> float:
    """Return the coarsest pixels on which all of some kinds show; of none, those that any shows on.

    Coarser ones would be paid for and compared nothing.

    Raises:
        BadSetting: there is no such kind.
    """
    try:
        named = [Kind(kind) for kind in kinds]
    except ValueError as error:
        raise BadSetting(f"{error}; nothing was planned, choose from {', '.join(Kind)}") from error
    if not named:
        return max(visibility.of_kind(kind).most_m for kind in Kind)
    return min(visibility.of_kind(kind).most_m for kind in named)


# -- what is for sale -----------------------------------------------------------------------


def _usable(
    project: Project, products: Sequence[Product], coarsest_m: float, today: date
) -> tuple[list[tuple[Product, tuple[str, ...]]], list[str]]:
    """Return the products that can help, with the epochs they deliver, and lines for the others."""
    dates = project.config.dates
    epochs = (("before", dates.before_when), ("after", dates.after_when))
    found, lines = [], []
    for one in products:
        can = tuple(name for name, when in epochs if one.days(when, today) is not None)
        if one.gsd_m > coarsest_m * (1 + missing.ROUNDED):
            lines.append(
                f"{one.label}: left out, pixels of {one.gsd_m:g} m do not show it "
                f"({coarsest_m:g} m or finer do)"
            )
        elif not can:
            lines.append(f"{one.label}: left out, it delivers from neither date of the project")
        else:
            found.append((one, can))
    return found, lines


def _shop(
    project: Project,
    found: Sequence[Gap],
    usable: Sequence[tuple[Product, tuple[str, ...]]],
    aim: Aim,
    rows: Account,
) -> Shop:
    cell_m = buying.cell_m(project.extent)
    counted = {status: spans.length_m for status, spans in statuses_of(rows).items()}
    return Shop(
        extent=project.extent,
        gaps=tuple(found),
        products=tuple(usable),
        strip_km2={one.label: _strip(project, _sides(project, one), cell_m) for one, _ in usable},
        aim=aim,
        doubt=buying.doubtful_share(
            counted[Status.CHANGED], counted[Status.UNCHANGED], counted[Status.INDETERMINATE]
        ),
        cell_m=cell_m,
    )


def _sides(project: Project, product: Product) -> tuple[float, float]:
    """Return how far an order reaches to each side of the border."""
    border = project.config.border
    left, right = border.left_m + orders.MARGIN_M, border.right_m + orders.MARGIN_M
    more = max(0.0, product.limits.min_width_m - left - right) / 2
    return left + more, right + more


def _strip(project: Project, sides: tuple[float, float], cell_m: int) -> Floats:
    """Return the area of an order in every cell: that of its section, shared out by metres."""
    import numpy as np

    n = buying.n_cells(project.extent, cell_m)
    ends = project.extent.start_m + cell_m * np.arange(1, n + 1)
    ends[-1] = project.extent.end_m
    edges = np.concatenate([[project.extent.start_m], ends])
    at, km2 = [project.extent.start_m], [0.0]
    for section in project.sections:
        land = project.frontier.corridor(section.span, *sides)
        at.append(section.span.end_m)
        km2.append(km2[-1] + orders.area_km2(land))
    return np.asarray(np.diff(np.interp(edges, at, km2)), np.float64)


# -- what is ordered ------------------------------------------------------------------------


def _order(
    project: Project,
    number: int,
    one: Purchase,
    area: Polygon,
    found: Sequence[Gap],
    today: date,
) -> Order:
    dates = project.config.dates
    epochs = {"before": dates.before_when, "after": dates.after_when}
    days = {name: one.product.days(epochs[name], today) for name in one.epochs}
    why: dict[str, int] = defaultdict(int)
    for gap in found:
        inside = gap.span & one.span
        if inside is not None:
            why[gap.why] += inside.length_m
    return Order(
        name=f"order {number}",
        purchase=one,
        area=area,
        days={name: when for name, when in days.items() if when is not None},
        near=_near(project, one),
        why="; ".join(f"{km(m)}: {text}" for text, m in sorted(why.items(), key=lambda e: -e[1])),
        sections=tuple(s.number for s in project.sections if s.span.overlaps(one.span)),
    )


def _near(project: Project, one: Purchase) -> dict[str, str]:
    """Return the day of the year of the image that a missing one will be compared with."""
    if len(one.epochs) != 1:
        return {}
    other = "after" if one.epochs == ("before",) else "before"
    when = getattr(project.config.dates, f"{other}_when")
    scenes = scenes_in_use(project)
    shown: dict[str, int] = defaultdict(int)
    for look in project.rows(Look):
        scene = scenes.get(look.scene)
        if scene and scene.has_pixels and scene.taken.is_within(when) and scene.taken.days < 60:
            shown[scene.id] += (look.seen & one.span).length_m
    best = max(shown, key=lambda name: (shown[name], name), default="")
    if not best or not shown[best]:
        return {}
    day = scenes[best].taken.earliest
    return {one.epochs[0]: f"{day.day} {day:%B}, like the image of {day}"}


# -- what is written ------------------------------------------------------------------------


def _written(project: Project, listed: Sequence[Order], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    mark = "SIMULATED border. " if project.config.is_simulated else ""
    note = f"{mark}Areas to order, made by vallum; prices are those of the price file."
    shapes = [(one.area, told) for one in listed for told in _told(one)]
    files: list[tuple[str, bytes]] = [
        ("orders.csv", _table(listed)),
        ("orders.geojson", _json(orders.feature_collection(shapes, note=note))),
        ("orders.kmz", _kmz(project, listed, note)),
        ("stac-queries.json", _json(_queries(project, listed))),
    ]
    found = []
    for name, data in files:
        path = folder / name
        write_whole(path, data)
        found.append(path)
    return found


def _told(one: Order) -> list[dict[str, Json]]:
    """Return what is said of an order, for each date that is ordered."""
    bought, product = one.purchase, one.purchase.product
    return [
        {
            "order": one.name,
            "from_km": bought.span.start_m / 1000,
            "to_km": bought.span.end_m / 1000,
            "sections": " ".join(map(str, one.sections)),
            "provider": product.provider,
            "product": product.name,
            "gsd_m": product.gsd_m,
            "epoch": epoch,
            "days": str(one.days.get(epoch, "")),
            "best_near": one.near.get(epoch, ""),
            "area_km2": round(bought.km2, 3),
            "price": round(bought.price / len(bought.epochs), 2),
            "currency": product.currency,
            "open_km": bought.open_m / 1000,
            "resolves_km": round(bought.resolves_m / 1000, 3),
            "km_per_money": round(bought.per_money / 1000, 6) if bought.price else None,
            "why": one.why,
        }
        for epoch in bought.epochs
    ]


def _table(listed: Sequence[Order]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for one in listed:
        for row in _told(one):
            writer.writerow({name: safe_cell(value) for name, value in row.items()})
    return ("\ufeff" + out.getvalue()).encode()  # spreadsheets need the mark to see UTF-8


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _kmz(project: Project, listed: Sequence[Order], note: str) -> bytes:
    from vallum.report import aois

    areas = [
        aois.Area(
            name=f"{one.name}: {one.purchase.span}",
            text="\n".join(f"{key}: {value}" for told in _told(one) for key, value in told.items()),
            shape=one.area,
            folder=one.purchase.product.label,
        )
        for one in listed
    ]
    simulated = project.config.is_simulated
    return aois.kmz_bytes("Images to buy", areas, note=note, is_simulated=simulated)


def _queries(project: Project, listed: Sequence[Order]) -> list[Json]:
    """Return a STAC search for each section and date that is ordered, the best order first."""
    border = project.config.border
    found: list[Json] = []
    for one in listed:
        product = one.purchase.product
        for section in project.sections:
            part = section.span & one.purchase.span
            if part is None or not (project.extent & part):
                continue
            land = project.frontier.corridor(part, border.left_m, border.right_m)
            query = partial(
                orders.stac_query,
                orders.aoi(land, _QUERY),
                gsd_m=product.gsd_m,
                cloud_percent=product.cloud_percent,
                collections=product.collections,
            )
            for epoch, when in one.days.items():
                found.append(
                    {"order": one.name, "section": section.number, "epoch": epoch,
                     "search": query(when)}
                )  # fmt: skip
    return found


# -- in words -------------------------------------------------------------------------------


def _lines(
    chosen: Basket, found: Sequence[Gap], listed: Sequence[Order], currency: str
) -> list[str]:
    by_why: dict[str, int] = defaultdict(int)
    for gap in found:
        by_why[gap.why] += gap.span.length_m
    lines = [f"{km(length)}: {why}" for why, length in sorted(by_why.items())]
    lines.append(
        f"buy {len(listed)} areas for {chosen.price:,.0f} {currency}: expected to settle "
        f"{km(chosen.resolves_m)} of {km(chosen.open_m)}"
    )
    word = "bounds" if chosen.aim == "bounds" else "interval, if the rest is as expected"
    lines.append(
        f"border-km with a change, {word}: plus or minus "
        f"{chosen.half_width_before_km:,.2f} km now, {chosen.half_width_after_km:,.2f} km then"
    )
    for one in listed[:_MOST_LINES]:
        bought = one.purchase
        lines.append(
            f"{one.name}: {bought.span}, {' and '.join(bought.epochs)}, {bought.product.label}, "
            f"{bought.km2:,.1f} km2, {bought.price:,.0f} {currency}, "
            f"settles {km(bought.resolves_m)}"
        )
    if len(listed) > _MOST_LINES:
        lines.append(f"... and {len(listed) - _MOST_LINES} more, in orders.csv")
    lines += [
        f"for {sum_:,.0f} {currency}: plus or minus {half:,.2f} km" for sum_, half in chosen.more
    ]
    lines.append(
        "Expected, not promised: whether an archive holds a clear image of these days, only the "
        "provider can say. What was bought is no sample: it speaks of itself alone."
    )
    return lines


def _missed(chosen: Basket, half_width_km: float, n_refused: int) -> list[str]:
    """Say that the half-width asked for is missed, and why."""
    if not half_width_km and not chosen.purchases:
        return ["NOTHING BOUGHT: no area that can be drawn costs as little; give more"]
    left_km = chosen.half_width_after_km
    if not half_width_km or left_km <= half_width_km * (1 + 1e-6):
        return []
    return [
        f"NOT REACHED: {half_width_km:g} km were asked for, this leaves {left_km:,.2f} km; "
        f"for {n_refused} stretches no area can be drawn that the provider takes (see below)"
    ]


def _facts(chosen: Basket, listed: Sequence[Order], currency: str) -> dict[str, Json]:
    return {
        "price": round(chosen.price, 2),
        "currency": currency,
        "orders": [dict(told) for one in listed for told in _told(one)],
        "open_m": chosen.open_m,
        "resolves_m": round(chosen.resolves_m),
        "half_width_before_km": chosen.half_width_before_km,
        "half_width_after_km": chosen.half_width_after_km,
        "more": [[sum_, half] for sum_, half in chosen.more],
    }
