"""Tracing what is printed: a text, a figure, a file or a claim of a publication back to rows."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vallum.ground.errors import BadInput, StoreError
from vallum.ground.records import Disclosure, Edition, Estimate, Json, Release
from vallum.project import Project
from vallum.steps import histories
from vallum.steps.done import Done
from vallum.steps.folders import MANIFEST, manifest_of, sha256_of, sheet_lists

if TYPE_CHECKING:
    from vallum.report.plates import Plate

_SPACES = re.compile(r"[\s\u00a0\u2009\u202f\u200b]+")
_HEX = re.compile(r"[0-9a-f]{12,64}\Z")
_NUMBER = re.compile(r"\d")
_AMOUNT = re.compile(r"(?:^|[a-z] )(\d[\d,' ]*(?:\.\d+)?) ?([a-z%²]*)$")
_BETWEEN = re.compile(r"[,' ]")
_METRES = {"m": 1.0, "km": 1000.0}
_COMMAND = "vallum trace "
_MOST_SHOWN = 12


def trace_printed(project: Project, name: str) -> Done | str | None:
    """Return what something printed goes back to: a Done, the name of a number to trace, or None.

    Args:
        project: whose publications are asked.
        name: a file of a publication or the beginning of its hash, a figure's name, a claim's key,
            or a text as it is printed, such as `9.1 km`.

    Raises:
        StoreError: a file is of no publication that lies here, or a figure is not shown.
    """
    found = _file(project, name) or _figure(project, name) or _claim(project, name)
    if found is not None:
        return found
    names = list(dict.fromkeys(_printed(project, name))) or list(_meant(project, name))
    if len(names) == 1:
        return names[0]
    return _several(project, name, names) if names else None


# -- folders ------------------------------------------------------------------------------------


def _folders(project: Project) -> Iterator[tuple[str, Path]]:
    """Yield the publications that lie here with what they are called, the newest first."""
    out = project.out_folder
    yield "out/report", out / "report"
    for row in reversed(histories.editions(project)):
        yield f"edition {row.number}", out / histories.FOLDER / str(row.number)
    earlier = out / "earlier"
    for path in sorted(earlier.iterdir()) if earlier.is_dir() else ():
        yield f"out/earlier/{path.name}", path


def _file(project: Project, name: str) -> Done | None:
    """Return where a file was published, by its path or its hash."""
    path = _named_file(project, name)
    if path.is_file():
        sha256 = sha256_of(path)
    elif _HEX.match(name.lower()):
        sha256 = name.lower()
    else:
        return None
    lines = [line for said, folder in _folders(project) for line in _held(said, folder, sha256)]
    lines += _sheets(project, sha256)
    rows: dict[str, Release | Edition] = {}
    rows |= {row.manifest_sha256: row for row in project.rows(Release)}
    rows |= {row.manifest_sha256: row for row in project.rows(Edition)}
    lines += [_row_text(row) for key, row in rows.items() if key.startswith(sha256)]
    if not lines:
        if not path.is_file():
            return None
        raise StoreError(
            f"{name}: sha256 {sha256}; no publication that lies here holds this file, and it is no "
            "list of a release: it was changed, or is of another project"
        )
    return Done(
        step="trace",
        lines=(f"sha256 {sha256}", *dict.fromkeys(lines)),
        facts={"sha256": sha256},
        next="vallum verify",
    )


def _named_file(project: Project, name: str) -> Path:
    """Return a file as it was named: on this computer, or in the newest publication with one."""
    path = Path(name)
    is_inside = "\0" not in name and not path.is_absolute() and ".." not in path.parts
    if not is_inside or not name or path.is_file():
        return path
    inside = (folder / path for _, folder in _folders(project))
    return next((found for found in inside if found.is_file()), path)


def _held(said: str, folder: Path, sha256: str) -> Iterator[str]:
    """Yield the files of a publication with a hash, and of which release it is."""
    path = folder / MANIFEST
    if not path.is_file():
        return
    own = sha256_of(path)
    if own.startswith(sha256):
        yield f"{said}: {MANIFEST}, the list of all its files"
        return
    try:
        hashes: dict[str, str] = manifest_of(folder)["hashes"]
    except BadInput:
        return
    for name, told in hashes.items():
        if told.startswith(sha256):
            yield f"{said}: {name}, listed in manifest {own[:16]}"


def _sheets(project: Project, sha256: str) -> Iterator[str]:
    """Yield the sheets with a hash, and the finding that each is of."""
    for path, files in sheet_lists(project.out_folder):
        for name, told in files.items():
            if told.startswith(sha256):
                of = Path(name).stem
                yield f"out/{path.parent.name}: {name}, a sheet of {of}: {_COMMAND}{of}"


def _row_text(row: Release | Edition) -> str:
    what = f"edition {row.number} of {row.day}" if isinstance(row, Edition) else "a release"
    return (
        f"{what}, level {row.level}, {len(row.estimate_ids)} numbers, ledger head "
        f"{row.ledger_head[:16]}: {row.id}"
    )


# -- figures ------------------------------------------------------------------------------------


def _plate(name: str) -> Plate | None:
    from vallum.report import plates

    stem = Path(name).stem if name.endswith((".svg", ".png")) else name
    return next((one for one in plates.PLATES if stem in {one.name, one.stem}), None)


def _figure(project: Project, name: str) -> Done | None:
    """Return what a figure of the newest publication shows, with its numbers and its files."""
    plate = _plate(name)
    if plate is None:
        return None
    told, folder = _report(project)
    figure = told.get("figures", {}).get(plate.name)
    if figure is None:
        raise StoreError(
            f"the newest publication has no figure '{plate.name}' ({plate.what}): there was "
            "nothing to show, or nothing was published yet"
        )
    lines = [f"{plate.name}: {plate.what}", figure["alt"], *figure["notes"]]
    table = figure.get("table")
    if table:
        lines.append(" | ".join(table["head"]))
        lines += [f"  {' | '.join(row)}" for row in table["rows"][:_MOST_SHOWN]]
        more = len(table["rows"]) - _MOST_SHOWN
        lines += [f"  ... and {more:,} more rows, all in report.json"] if more > 0 else []
    names = dict.fromkeys(n for row in (table or {"rows": []})["rows"] for text in row
                          for n in _named_in(told, _flat(text)))  # fmt: skip
    lines += [f"from {one}: {_COMMAND}{one}" for one in list(names)[:_MOST_SHOWN]]
    for suffix in ("svg", "png"):
        path = folder / "figures" / f"{plate.stem}.{suffix}"
        if path.is_file():
            lines.append(f"{sha256_of(path)}  figures/{path.name}")
    facts: dict[str, Json] = {"figure": plate.name, "numbers": list(names)}
    return Done(step="trace", lines=tuple(lines), facts=facts, next="vallum verify")


# -- claims -------------------------------------------------------------------------------------


def _claim(project: Project, name: str) -> Done | None:
    """Return what stands behind a claim of the newest publication, for the desk."""
    told, _ = _report(project)
    row = next((one for one in _walk(told.get("claims")) if one.get("key") == name), None)
    if row is None:
        return None
    sha256 = sha256_of(project.out_folder / "report" / MANIFEST)
    rows = [one for one in project.rows(Disclosure) if one.release == sha256]
    lines = [f"{name}: {row.get('says', '')}", "told with "
             f"{len(rows)} claims in release {sha256[:16]}; keys are made anew for every release "
             "and lead to no row, so that nobody can follow a claim from one to the next",
             "`vallum claims` lists the claims themselves, for whoever may see them"]  # fmt: skip
    return Done(step="trace", lines=tuple(lines), facts={"key": name}, next="vallum claims")


# -- printed texts ------------------------------------------------------------------------------


def _report(project: Project) -> tuple[dict[str, Any], Path]:
    folder = project.out_folder / "report"
    path = folder / "report.json"
    if not path.is_file():
        return {}, folder
    told: dict[str, Any] = json.loads(path.read_bytes())
    return told, folder


def _flat(text: str) -> str:
    """Return a text as it is compared: any space is a space, letters small."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


def _printed(project: Project, name: str) -> Iterator[str]:
    """Yield the names of the numbers that print a text, or print it in a sentence of theirs."""
    wanted = _flat(name)
    if not wanted:
        return
    reports = [folder / "report.json" for _, folder in _folders(project)]
    texts = [json.loads(path.read_bytes()) for path in reports[:1] if path.is_file()]
    for told in texts:
        yield from _named_in(told, wanted)
    yield from _standing(project, wanted)


def _named_in(told: dict[str, Any], wanted: str) -> Iterator[str]:
    """Yield the names that stand beside a printed text in a report."""
    if not _NUMBER.search(wanted):
        return
    within = re.compile(rf"(?<![\d.,]){re.escape(wanted)}(?![\d]|[.,]\d)(?!\w)")
    loose = []
    known = {one["name"] for one in told.get("numbers", ())}
    for row in _walk(told):
        name = str(row.get("trace") or row.get("name") or "").removeprefix(_COMMAND)
        texts = [_flat(value) for value in row.values() if isinstance(value, str)]
        if name not in known:
            continue
        if wanted in texts:
            yield name
        elif any(within.search(text) for text in texts):
            loose.append(name)
    yield from loose


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every table of names in a tree of JSON."""
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _walk(part)
    elif isinstance(value, list):
        for part in value:
            yield from _walk(part)


def _standing(project: Project, wanted: str) -> Iterator[str]:
    """Yield the names of the numbers that stand and would print a text, in any language."""
    from vallum.report.printing import value_text
    from vallum.report.tongue import LANGUAGES, speaking
    from vallum.steps.telling import current_estimates

    estimates = current_estimates(project)
    for language in LANGUAGES:
        with speaking(language):
            for one in estimates:
                if wanted == _flat(value_text(one)):
                    yield one.name


def _meant(project: Project, name: str) -> Iterator[str]:
    """Yield the numbers that, cut to the digits of a text, say what it says: `6372 m`, `6.37 km`.

    For texts that were typed or rounded by a hand; what is printed is looked for before.
    """
    found = _AMOUNT.search(_flat(name))
    if found is None:
        return
    digits = _BETWEEN.sub("", found[1])
    value, unit = float(digits), found[2]
    step = 10.0 ** -len(digits.partition(".")[2])
    from vallum.steps.telling import current_estimates

    for one in current_estimates(project):
        scale = _METRES.get(one.unit, math.nan) / _METRES[unit] if unit in _METRES else 1.0
        if unit not in {"", *_METRES} and not one.unit.startswith(unit):
            continue
        here = one.value * scale
        # Rounded as newspapers do, or cut off, as a floor is.
        if math.isfinite(here) and (abs(here - value) <= step / 2 or 0 <= here - value < step):
            yield one.name


def _several(project: Project, text: str, names: list[str]) -> Done:
    from vallum.report.changes import printed
    from vallum.report.printing import label_of

    known = {one.name: one for one in project.rows(Estimate)}
    lines = [f"'{text}' is said of {len(names)} numbers; trace one by its name:"]
    lines += [
        f"  {_COMMAND}{one}: {label_of(one)}, {printed(known.get(one))}"
        for one in names[:_MOST_SHOWN]
    ]
    if len(names) > _MOST_SHOWN:
        lines.append(f"  ... and {len(names) - _MOST_SHOWN} more; give more of the text")
    return Done(
        step="trace", lines=tuple(lines), facts={"numbers": list(names)}, next="vallum trace NAME"
    )
