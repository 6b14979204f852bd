"""Look up known weaknesses of everything pinned, in a copy of the advisories on this machine.

    VALLUM_ADVISORIES=FOLDER python tools/audit.py

FOLDER (or a .zip) holds advisories in the form of OSV, one JSON file each, as osv.dev offers them
for the ecosystems PyPI and npm; folders and archives inside are read too. Nothing is fetched and
nothing is asked elsewhere: which packages somebody looks up is nobody's business. Without a copy
this says that nothing was looked up.

Looked up: all of requirements/*.txt, and the packages in the bundle of the page. Not looked up:
the libraries inside Python packages (GDAL, OpenSSL ...), for which OSV has no versions.
"""

from __future__ import annotations

import json
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from licences import ROOT, javascript_parts

# Advisories that were read and do not concern vallum: id, and why.
ACCEPTED: dict[str, str] = {}
_MOST_BYTES = 8 << 20


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A package in one version; `ecosystem` as OSV writes it, `where` it is pinned."""

    ecosystem: str
    name: str
    version: str
    where: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """An advisory that holds for a pin."""

    pin: Pin
    id: str
    words: str


def pins(root: Path = ROOT) -> list[Pin]:
    """Return everything that is pinned."""
    found = {}
    for path in sorted((root / "requirements").glob("*.txt")):
        for name, version in re.findall(
            r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", path.read_text("utf-8"), re.MULTILINE
        ):
            key = (canonicalize_name(name), version)
            found.setdefault(
                key, Pin(ecosystem="PyPI", name=key[0], version=version, where=path.name)
            )
    page = [
        Pin(ecosystem="npm", name=part.name, version=part.version, where="the page")
        for part in javascript_parts(root)
    ]
    return [*found.values(), *page]


def advisories(place: Path) -> Iterator[dict[str, Any]]:
    """Yield the advisories in a folder or an archive."""
    if place.is_file() and place.suffix == ".zip":
        with zipfile.ZipFile(place) as archive:
            for one in archive.infolist():
                if one.filename.endswith(".json") and one.file_size <= _MOST_BYTES:
                    yield json.loads(archive.read(one))
        return
    for path in sorted(place.rglob("*")):
        if path.suffix == ".zip" and path.is_file():
            yield from advisories(path)
        elif path.suffix == ".json" and path.stat().st_size <= _MOST_BYTES:
            yield json.loads(path.read_bytes())


def audit(wanted: list[Pin], told: Iterator[dict[str, Any]]) -> tuple[list[Found], int]:
    """Return the advisories that hold for a pin, and how many were read."""
    by_name: dict[tuple[str, str], list[Pin]] = {}
    for pin in wanted:
        by_name.setdefault((pin.ecosystem, pin.name), []).append(pin)
    found: dict[tuple[str, str, str], Found] = {}
    n_read = 0
    for advisory in told:
        n_read += 1
        if advisory.get("withdrawn"):
            continue
        for affected in advisory.get("affected", ()):
            package = affected.get("package", {})
            ecosystem, name = str(package.get("ecosystem", "")), str(package.get("name", ""))
            name = canonicalize_name(name) if ecosystem == "PyPI" else name
            for pin in by_name.get((ecosystem, name), ()):
                if is_affected(pin.version, affected):
                    one = str(advisory.get("id", "without a number"))
                    words = str(advisory.get("summary") or advisory.get("details") or "")
                    plain = " ".join(words.split())[:120]
                    found[one, name, pin.version] = Found(pin=pin, id=one, words=plain)
    return list(found.values()), n_read


def is_affected(version: str, affected: dict[str, Any]) -> bool:
    """Return whether a version is in the list or in a range of one `affected` of OSV.

    What cannot be compared counts as affected: somebody must look.
    """
    if version in affected.get("versions", ()):
        return True
    for span in affected.get("ranges", ()):
        if span.get("type") not in {"ECOSYSTEM", "SEMVER"}:
            continue
        inside = False
        for event in sorted(span.get("events", ()), key=_order):
            if "introduced" in event and _before(event["introduced"], version, or_same=True):
                inside = True
            if "fixed" in event and _before(event["fixed"], version, or_same=True):
                inside = False
            if "last_affected" in event and _before(event["last_affected"], version):
                inside = False
        if inside:
            return True
    return False


def _order(event: dict[str, str]) -> tuple[Any, int]:
    """Sort events by version; where one ends and another begins, the beginning comes last."""
    begins = "introduced" in event
    return _number(next(iter(event.values()))), int(begins)


def _before(one: str, other: str, *, or_same: bool = False) -> bool:
    first, second = _number(one), _number(other)
    return bool(first < second or (or_same and first == second))


@cache
def _number(version: str) -> Version:
    """Return it in a form that can be compared; of npm, `1.2.3-beta.1` becomes `1.2.3b1`."""
    try:
        return Version(version)
    except InvalidVersion:
        whole = re.match(r"v?(\d+(?:\.\d+)*)", version)
        return Version(
            f"{whole[1]}.dev0" if whole and "-" in version else whole[1] if whole else "0"
        )


def main() -> int:
    """Look everything up and say what was found."""
    wanted = pins()
    named = os.environ.get("VALLUM_ADVISORIES", "")
    if not named:
        print(
            f"vallum: NOT DONE: weaknesses known of {len(wanted)} pinned packages: not looked up\n"
            "vallum: next: get PyPI/all.zip and npm/all.zip of osv.dev, put them in a folder, and\n"
            "vallum: VALLUM_ADVISORIES=FOLDER make audit"
        )
        return 0
    place = Path(named).expanduser()
    if not place.exists():
        print(f"vallum: {place}: there is nothing here; nothing was looked up", file=sys.stderr)
        return 1
    found, n_read = audit(wanted, advisories(place))
    if not n_read:
        print(f"vallum: {place}: holds no advisories; nothing was looked up", file=sys.stderr)
        return 1
    known = {(pin.ecosystem) for pin in wanted}
    open_ones = [one for one in found if one.id not in ACCEPTED]
    for one in sorted(found, key=lambda one: (one.pin.name, one.id)):
        why = f" (accepted: {ACCEPTED[one.id]})" if one.id in ACCEPTED else ""
        print(f"{one.pin.name} {one.pin.version} ({one.pin.where}): {one.id} {one.words}{why}")
    print(
        f"{len(wanted)} packages of {' and '.join(sorted(known))}, {n_read} advisories read: "
        f"{len(open_ones)} hold"
    )
    return 1 if open_ones else 0


if __name__ == "__main__":
    sys.exit(main())
