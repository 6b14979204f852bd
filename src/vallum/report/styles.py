"""QGIS styles for the layers of the GeoPackage: one QML each, made by hand, no QGIS needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from vallum.ground.kinds import COLOURS, LINES, POINTS, Kind, Status
from vallum.report.claims import LOOKS, ORDER
from vallum.report.printing import STATUS_LABELS, kind_label


@dataclass(frozen=True, kw_only=True)
class Symbol:
    """How one category is drawn; `properties` are those of the QGIS symbol layer."""

    value: str
    label: str
    geometry: str  # line, marker or fill
    layer: str  # class of the QGIS symbol layer
    properties: tuple[tuple[str, str], ...]


_STATUS_STYLES = {
    Status.CHANGED: ("#0b4f7d", 1.6, "solid"),
    Status.INDETERMINATE: ("#8a6100", 1.2, "dot"),
    Status.UNCHANGED: ("#8c8c8c", 1.0, "solid"),
    Status.NOT_EXAMINED: ("#555555", 0.6, "dash dot"),
    Status.NOT_COMPARABLE: ("#c0392b", 0.9, "dash"),
}


def qml_for(layer: str) -> str:
    """The QML of a layer of the export, by the layer's name without its SIMULATED mark."""
    return _MAKERS[layer]()


def _findings_lines() -> str:
    kinds = sorted(LINES)
    return _categorised("category", [_line(one, kind_label(one), COLOURS[one], 0.9, "solid")
                                     for one in kinds])  # fmt: skip


def _candidates_lines() -> str:
    return _categorised("category", [_line(one, f"{kind_label(one)} (candidate)", COLOURS[one],
                                           0.4, "dash") for one in sorted(LINES)])  # fmt: skip


def _findings_points() -> str:
    return _categorised("category", [_marker(one, kind_label(one), COLOURS[one], is_full=True)
                                     for one in sorted(POINTS)])  # fmt: skip


def _candidates_points() -> str:
    return _categorised(
        "category",
        [_marker(one, f"{kind_label(one)} (candidate)", COLOURS[one], is_full=False)
         for one in sorted(POINTS)],
    )  # fmt: skip


def _statuses() -> str:
    return _categorised(
        "status",
        [_line(str(one), STATUS_LABELS[one], *look) for one, look in _STATUS_STYLES.items()],
    )


_CLAIM_DASHES = ("solid", "dash", "dot", "dash dot")


def _claims() -> str:
    # Beside the line, one distance for each status, so that none hides what was found.
    return _categorised(
        "status",
        [
            _line(str(status), f"said: {LOOKS[status].sign} {status.label}", LOOKS[status].colour,
                  0.8, dash, aside_mm=1.6 + 0.9 * rank)
            for rank, (status, dash) in enumerate(zip(ORDER, _CLAIM_DASHES, strict=True))
        ],
    )  # fmt: skip


def _frontier() -> str:
    return _single(_line("", "Frontier", "#1a1a1a", 0.3, "solid"))


def _corridor() -> str:
    return _single(_fill("Corridor", "241,234,219,90", "#b5a88a"))


def _images() -> str:
    return _single(_fill("Image outline", "0,0,0,0", "#4d4d4d"))


_MAKERS = {
    "findings_lines": _findings_lines,
    "findings_points": _findings_points,
    "candidates_lines": _candidates_lines,
    "candidates_points": _candidates_points,
    "claims": _claims,
    "statuses": _statuses,
    "frontier": _frontier,
    "corridor": _corridor,
    "images": _images,
}


def _line(
    value: str | Kind, label: str, colour: str, width: float, dash: str, *, aside_mm: float = 0.0
) -> Symbol:
    properties = (
        ("line_color", _rgba(colour)), ("line_style", dash), ("line_width", f"{width}"),
        ("line_width_unit", "MM"), ("capstyle", "flat"), ("joinstyle", "round"),
        *((("offset", f"{aside_mm:g}"), ("offset_unit", "MM")) if aside_mm else ()),
    )  # fmt: skip
    return Symbol(value=str(value), label=label, geometry="line", layer="SimpleLine",
                  properties=properties)  # fmt: skip


def _marker(value: Kind, label: str, colour: str, *, is_full: bool) -> Symbol:
    properties = (
        ("name", "square"), ("color", _rgba(colour) if is_full else "255,255,255,255"),
        ("outline_color", _rgba(colour)), ("outline_width", "0.3"), ("size", "2.2"),
        ("size_unit", "MM"),
    )  # fmt: skip
    return Symbol(value=str(value), label=label, geometry="marker", layer="SimpleMarker",
                  properties=properties)  # fmt: skip


def _fill(label: str, face: str, edge: str) -> Symbol:
    properties = (
        ("color", face), ("style", "solid"), ("outline_color", _rgba(edge)),
        ("outline_style", "solid"), ("outline_width", "0.3"), ("outline_width_unit", "MM"),
    )  # fmt: skip
    return Symbol(value="", label=label, geometry="fill", layer="SimpleFill",
                  properties=properties)  # fmt: skip


def _rgba(colour: str) -> str:
    parts = [str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)]
    return ",".join([*parts, "255"])


def _single(symbol: Symbol) -> str:
    inner = f"<symbols>{_symbol(symbol, 0)}</symbols>"
    return _document(f'<renderer-v2 type="singleSymbol" forceraster="0">{inner}</renderer-v2>')


def _categorised(attribute: str, symbols: Sequence[Symbol]) -> str:
    categories = "".join(
        f'<category value={quoteattr(one.value)} label={quoteattr(one.label)} symbol="{number}" '
        'render="true" type="string"/>'
        for number, one in enumerate(symbols)
    )
    drawn = "".join(_symbol(one, number) for number, one in enumerate(symbols))
    return _document(
        f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(attribute)} forceraster="0">'
        f"<categories>{categories}</categories><symbols>{drawn}</symbols></renderer-v2>"
    )


def _symbol(symbol: Symbol, number: int) -> str:
    options = "".join(
        f'<Option name="{name}" type="QString" value={quoteattr(value)}/>'
        for name, value in symbol.properties
    )
    # QGIS before 3.20 reads <prop>, later ones <Option>; both are written.
    props = "".join(f"<prop k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in symbol.properties)
    return (
        f'<symbol type="{symbol.geometry}" name="{number}" alpha="1" clip_to_extent="1" '
        f'force_rhr="0"><layer class="{symbol.layer}" enabled="1" locked="0" pass="0">'
        f'<Option type="Map">{options}</Option>{props}</layer></symbol>'
    )


def _document(renderer: str) -> str:
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    return f'{head}<qgis version="3.22.0" styleCategories="Symbology">{renderer}</qgis>'
