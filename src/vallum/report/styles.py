"""QGIS styles for the layers of the GeoPackage: one QML each, made by hand, no QGIS needed.

Labels and aliases are in the language that is being written; classes are never told by colour
alone: lines differ in dash and width, points in shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

from vallum.ground.kinds import COLOURS, LINES, POINTS, Kind, Status
from vallum.report.claims import LOOKS, ORDER
from vallum.report.columns import alias_of
from vallum.report.printing import STATUS_LABELS, kind_label
from vallum.report.tongue import say


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


def qml_for(layer: str, columns: Sequence[str] = ()) -> str:
    """The QML of a layer of the export, by the layer's name without its SIMULATED mark.

    Args:
        layer: name of the layer.
        columns: columns of its table in order, without geometry; they get a title each.
    """
    renderer = _MAKERS[layer]() if layer in _MAKERS else ""
    return _document(renderer, _labelling(layer), _aliases(columns), _MAP_TIPS.get(layer, ""))


_DASHES = {
    Kind.FENCE: "solid",
    Kind.DOUBLE_FENCE: "dash",
    Kind.WALL: "solid",
    Kind.PATROL_ROAD: "dot",
    Kind.CLEARED_STRIP: "dash dot",
}
_WIDTHS = {Kind.WALL: 1.5, Kind.CLEARED_STRIP: 1.2}
_SHAPES = {Kind.GUARD_POST: "square", Kind.WATCHTOWER: "triangle", Kind.BUILDING: "circle"}
_MAP_TIPS = {
    "findings_lines": "[% category %], [% change %], [% held %]",
    "findings_points": "[% category %], [% change %], [% held %]",
    "candidates_lines": "[% category %]? [% settled %]",
    "candidates_points": "[% category %]? [% settled %]",
    "claims": "[% says %]",
    "statuses": "[% label %]",
}
_LABELLED_FROM = 15_000
"""Scale from which labels are drawn; further out they would only hide the lines."""


def _findings_lines() -> str:
    return _categorised(
        "category",
        [
            _line(one, kind_label(one), COLOURS[one], _WIDTHS.get(one, 0.9), _DASHES[one])
            for one in _ordered(LINES)
        ],
    )


_OPEN = "CASE WHEN \"settled\" = 'unreviewed' THEN \"category\" ELSE '' END"
"""Settled candidates are not drawn: what was confirmed is a finding, and lies in its own layer."""


def _candidates_lines() -> str:
    return _categorised(
        _OPEN,
        [
            _line(one, _as_candidate(one), COLOURS[one], 0.4, _DASHES[one])
            for one in _ordered(LINES)
        ],
        hidden=_line("", _settled(), "#999999", 0.2, "dot"),
    )


def _findings_points() -> str:
    return _categorised(
        "category",
        [_marker(one, kind_label(one), COLOURS[one], is_full=True) for one in _ordered(POINTS)],
    )


def _candidates_points() -> str:
    return _categorised(
        _OPEN,
        [_marker(one, _as_candidate(one), COLOURS[one], is_full=False) for one in _ordered(POINTS)],
        hidden=replace(_marker(Kind.GUARD_POST, _settled(), "#999999", is_full=False), value=""),
    )


def _settled() -> str:
    return say("settled already (hidden; see the findings)")


def _ordered(kinds: Iterable[Kind]) -> list[Kind]:
    return sorted(kinds, key=list(Kind).index)


def _as_candidate(kind: Kind) -> str:
    return say("{kind} (candidate)", kind=kind_label(kind))


def _statuses() -> str:
    return _categorised(
        "status",
        [_line(str(one), say(STATUS_LABELS[one]), *look) for one, look in _STATUS_STYLES.items()],
    )


_CLAIM_DASHES = ("solid", "dash", "dot", "dash dot")


def _claims() -> str:
    # Beside the line, one distance for each status, so that none hides what was found.
    return _categorised(
        "status",
        [
            _line(str(status), say("said: {status}",
                                   status=f"{LOOKS[status].sign} {say(status.label)}"),
                  LOOKS[status].colour, 0.8, dash, aside_mm=1.6 + 0.9 * rank)
            for rank, (status, dash) in enumerate(zip(ORDER, _CLAIM_DASHES, strict=True))
        ],
    )  # fmt: skip


def _frontier() -> str:
    return _single(_line("", say("Border line"), "#1a1a1a", 0.3, "solid"))


def _corridor() -> str:
    return _single(_fill(say("Corridor that was looked at"), "241,234,219,90", "#b5a88a"))


def _images() -> str:
    return _single(_fill(say("Image outline"), "0,0,0,0", "#4d4d4d"))


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
        ("name", _SHAPES[value]), ("color", _rgba(colour) if is_full else "255,255,255,255"),
        ("outline_color", _rgba(colour)), ("outline_width", "0.3" if is_full else "0.5"),
        ("size", "2.2"), ("size_unit", "MM"),
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
    return f'<renderer-v2 type="singleSymbol" forceraster="0">{inner}</renderer-v2>'


def _categorised(attribute: str, symbols: Sequence[Symbol], hidden: Symbol | None = None) -> str:
    symbols = [*symbols, *([hidden] if hidden else [])]
    categories = "".join(
        f'<category value={quoteattr(one.value)} label={quoteattr(one.label)} symbol="{number}" '
        f'render="{"false" if one is hidden else "true"}" type="string"/>'
        for number, one in enumerate(symbols)
    )
    drawn = "".join(_symbol(one, number) for number, one in enumerate(symbols))
    return (
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


_LABELS = {"findings_lines": "category", "findings_points": "category", "frontier": "name"}


def _labelling(layer: str) -> str:
    """Labels close up: what a thing is, in dark ink with a white rim."""
    if layer not in _LABELS:
        return ""
    field = _LABELS[layer]
    shown = field if field == "name" else _words_of(field)
    along = "4" if layer == "findings_points" else "2"  # beside a point, along a line
    expression = "0" if field == "name" else "1"
    return (
        '<labeling type="simple"><settings calloutType="simple"><text-style '
        f'fieldName={quoteattr(shown)} isExpression="{expression}" fontSize="8" '
        'fontSizeUnit="Point" textColor="26,26,26,255"><text-buffer bufferDraw="1" '
        'bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,255"/></text-style>'
        f'<placement placement="{along}" dist="1" distUnits="MM"/>'
        f'<rendering scaleVisibility="1" scaleMin="{_LABELLED_FROM}" scaleMax="1" '
        'obstacle="1" drawLabels="1"/></settings></labeling>'
    )


def _words_of(field: str) -> str:
    """An expression that turns the codes of classes into words of the language."""
    cases = " ".join(
        f"WHEN \"{field}\" = '{kind}' THEN '{_quoted(kind_label(kind))}'" for kind in Kind
    )
    return f'CASE {cases} ELSE "{field}" END'


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _aliases(columns: Sequence[str]) -> str:
    # The feature number comes first and has no title of its own.
    lines = "".join(
        f'<alias field={quoteattr(column)} index="{number}" name={quoteattr(alias_of(column))}/>'
        for number, column in enumerate(columns, start=1)
    )
    return f"<aliases>{lines}</aliases>" if lines else ""


def _document(renderer: str, labels: str, aliases: str, tip: str) -> str:
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    kinds = "Symbology|Labeling|Fields|MapTips"
    tips = f"<mapTip>{escape(tip)}</mapTip>" if tip else ""
    return (
        f'{head}<qgis version="3.22.0" styleCategories="{kinds}" '
        f'labelsEnabled="{int(bool(labels))}">{renderer}{labels}{aliases}{tips}</qgis>'
    )
