"""F9: of what must not leave, nothing is in what is published; and what is planted is found."""

from __future__ import annotations

import base64
import io
import random
import sqlite3
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from planted import ON, planted_project
from torture import SEED, Figure, Size
from vallum.evidence.canary import scan
from vallum.evidence.sweep import sweep
from vallum.steps import telling

NAME = "F9"
WHAT = "leaks: canaries in every field that stays, searched for in all that is published"
PROMISED = {
    Size.CI: ">= 50 canaries, 0 found; every planted one found; no photograph or film let out",
    Size.RELEASE: ">= 50 canaries in three languages, 0 found by two searches; every planted one "
    "found; no photograph or film let out",
}
_MEDIA = {".jpg", ".jpeg", ".webp", ".gif", ".mp4", ".mov", ".wav", ".tif", ".tiff"}


def measure(size: Size, folder: Path) -> Figure:
    """Publish a project full of canaries and search every file; then plant some and search."""
    is_whole = size is Size.RELEASE
    with planted_project(folder / "secretfolderzqv" / "border") as (project, canaries):
        out = folder / "out" / "report"
        languages = ("en", "ko", "zh-Hans") if is_whole else ()
        telling.publish(project, folder=out, on=ON, languages=languages, parquet=is_whole)
    found = sweep(out, canaries)
    misses = [f"{leak.needle} in {leak.file} ({leak.spelling})" for leak in found.leaks]
    misses += [f"{name} could not be searched: {why}" for name, why in found.unread]
    if is_whole:
        # A second search that shares no code with the first one.
        again = scan(out, canaries)
        misses += [f"second search: {leak.needle} in {leak.file}" for leak in again.leaks]
    media = [p for p in out.rglob("*") if p.suffix.lower() in _MEDIA]
    misses += [f"{path.relative_to(out)} is a photograph, film or sound" for path in media]
    n_planted = len(canaries) if is_whole else 50
    chosen = random.Random(SEED).sample(sorted(canaries), n_planted)
    overlooked = _overlooked({name: canaries[name] for name in chosen}, folder / "planted")
    misses += [f"planted and not found: {name}" for name in overlooked]
    n_different = len(set(canaries.values()))
    if n_different < 50:
        misses.append(f"only {n_different} canaries were planted")
    return Figure(
        measured=f"{n_different} canaries, {len(found.leaks)} found in {found.n_files} files "
        f"({found.n_parts} parts); {n_planted - len(overlooked)} of {n_planted} planted ones "
        f"found; {len(media)} photographs or films",
        holds=not misses,
        misses=tuple(misses),
        notes=("letters drawn as pixels or outlines are not read by any search",),
    )


def _overlooked(needles: Mapping[str, str], folder: Path) -> list[str]:
    """Hide each needle in a file of its own, in turn of every kind, and return those not found."""
    folder.mkdir(parents=True)
    hide = (_text, _json, _page, _archive, _nested, _geopackage, _wide, _in_base64)
    files = {}
    for number, (name, text) in enumerate(needles.items()):
        files[name] = hide[number % len(hide)](folder / f"{number:03d}", text)
    leaks = {(leak.needle, leak.file.split()[0]) for leak in sweep(folder, needles).leaks}
    return [name for name, file in files.items() if (name, file) not in leaks]


def _text(stem: Path, text: str) -> str:
    return _kept(stem, ".csv", f"km,what\n1,{text}\n".encode())


def _json(stem: Path, text: str) -> str:
    escaped = "".join(f"\\u{ord(sign):04x}" for sign in text)
    return _kept(stem, ".json", f'{{"a": "{escaped}"}}'.encode())


def _page(stem: Path, text: str) -> str:
    letters = "".join(f"&#{ord(sign)};" for sign in text)
    return _kept(stem, ".html", f"<!doctype html><p>{letters}</p>".encode())


def _archive(stem: Path, text: str) -> str:
    return _kept(stem, ".kmz", _zipped("doc.kml", f"<kml>{text}</kml>".encode()))


def _nested(stem: Path, text: str) -> str:
    inner = _zipped("a/notes.txt", f"see {text}".encode())
    return _kept(stem, ".zip", _zipped("inner.zip", inner))


def _geopackage(stem: Path, text: str) -> str:
    path = stem.with_suffix(".gpkg")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE a (b TEXT)")
        database.execute("INSERT INTO a VALUES (?)", (text,))
    return path.name


def _wide(stem: Path, text: str) -> str:
    return _kept(stem, ".txt", f"said: {text}".encode("utf-16-le"))


def _in_base64(stem: Path, text: str) -> str:
    return _kept(stem, ".xml", b"<a>" + base64.b64encode(f"x{text}y".encode()) + b"</a>")


def _zipped(name: str, content: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return kept.getvalue()


def _kept(stem: Path, suffix: str, content: bytes) -> str:
    path = stem.with_suffix(suffix)
    path.write_bytes(content)
    return path.name
