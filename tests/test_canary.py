"""What must not be published is found wherever it hides, and told without being repeated."""

import base64
import gzip
import html
import io
import json
import quopri
import sqlite3
import struct
import zipfile
import zlib
from pathlib import Path
from urllib.parse import quote

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, PngImagePlugin

from vallum.evidence.canary import scan
from vallum.ground.errors import BadSetting

NEEDLES = {
    "name": "Kim Canary",
    "hangul": "김카나리",
    "hanzi": "金絲雀某",
    "position": "124.654321",
    "path": "/home/someone/IMG_2031.JPG",
    "serial": "SN-0099-8877",
    "hash": "9f86d081884c7d659a2feaa0c55ad015",
}


def spellings(text: str) -> dict[str, bytes]:
    """Ways in which programs write a text, with something around it."""
    around = f"before {text} after"
    found = {
        "utf-8": around.encode(),
        "upper case": around.upper().encode(),
        "utf-16": around.encode("utf-16"),
        "utf-16-be": around.encode("utf-16-be"),
        "hex": around.encode().hex().upper().encode(),
        "json": json.dumps({"x": around}).encode(),
        "all escaped": "".join(f"\\u{ord(c):04X}" for c in around).encode(),
        "percent": quote(around, safe="").encode(),
        "all percent": "".join(f"%{b:02x}" for b in around.encode()).encode(),
        "entities": "".join(f"&#{ord(c)};" for c in around).encode(),
        "named": html.escape(around).encode().replace(b"/", b"&#x2F;"),
        "mail": quopri.encodestring(around.encode()),
        "tagged": f"<p>{text[:3]}<b>{text[3:]}</b></p>".encode(),
    }
    for n in range(3):
        found[f"base64 {n}"] = base64.b64encode(b"." * n + around.encode())
    found["data url"] = b"<img src='data:text/plain;base64," + found["base64 1"] + b"'>"
    return found


@pytest.mark.parametrize("label", NEEDLES)
def test_a_needle_is_found_in_every_spelling(label, tmp_path) -> None:
    for n, content in enumerate(spellings(NEEDLES[label]).values()):
        (tmp_path / f"{n:02}.txt").write_bytes(content)
    done = scan(tmp_path, NEEDLES)
    assert {leak.needle for leak in done.leaks} == {label}
    found = {leak.file.split(" ")[0] for leak in done.leaks}
    names = dict(zip(sorted(p.name for p in tmp_path.iterdir()), spellings("abcd"), strict=True))
    assert [how for name, how in names.items() if name not in found] == []


def zipped(content: bytes, *, member: str = "doc.kml", comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(member)
        info.comment = comment
        archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def database(text: str, blob: bytes = b"") -> bytes:
    """A GeoPackage-like file in which the text is cut over several pages."""
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA page_size=512")
    connection.execute('CREATE TABLE "the things" (id INTEGER PRIMARY KEY, note TEXT, data BLOB)')
    for n in range(40):
        connection.execute(
            'INSERT INTO "the things" VALUES (?, ?, ?)', (n, "x" * (480 + n) + text, blob)
        )
    content = connection.serialize()
    connection.close()
    return content


def pdf(stream: bytes, extra: bytes = b"") -> bytes:
    packed = zlib.compress(stream)
    return (
        b"%PDF-1.4\n1 0 obj\n<< " + extra + b" /Length " + str(len(packed)).encode()
        + b" /Filter /FlateDecode >>\nstream\n" + packed + b"\nendstream\nendobj\n%%EOF"
    )  # fmt: skip


def png(text: str, how: str) -> bytes:
    info, out = PngImagePlugin.PngInfo(), io.BytesIO()
    if how == "iTXt":
        info.add_itxt("Comment", text, zip=True)
    else:
        info.add_text("Comment", text, zip=how == "zTXt")
    Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def jpeg(text: str) -> bytes:
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x9C9B] = text.encode("utf-16-le")  # what Windows calls the title
    Image.new("RGB", (4, 4)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def font(text: str, flavor: str | None) -> bytes:
    path = Path(mpl.get_data_path()) / "fonts" / "ttf" / "cmtt10.ttf"
    out = io.BytesIO()
    with TTFont(path) as one:
        one["name"].setName(text, 3, 3, 1, 0x409)
        one.flavor = flavor
        one.save(out)
    return out.getvalue()


def containers(text: str) -> dict[str, bytes]:
    """Files that hold the text so that a search of their bytes alone would not find it."""
    return {
        "plain.zip": zipped(text.encode()),
        "nested.kmz": zipped(zipped(zipped(text.encode()), member="inner.zip")),
        "comment.zip": zipped(b"x", comment=text.encode()),
        "image.kmz": zipped(png(text, "zTXt"), member="a.png"),
        "data.gpkg": database(text),
        "blob.gpkg": database("", gzip.compress(text.encode())),
        "text.pdf": pdf(b"BT (" + text.encode("utf-8").replace(b"(", b"\\(") + b") Tj ET"),
        "kerned.pdf": pdf(b"BT [" + b" -20 ".join(b"(%c)" % b for b in text.encode()) + b"] TJ ET"),
        "hex.pdf": pdf(b"BT <" + text.encode("utf-16-be").hex().encode() + b"> Tj ET"),
        "title.pdf": b"%PDF-1.4\n<< /Title <FEFF"
        + text.encode("utf-16-be").hex().encode()
        + b"> >>",
        "a.png": png(text, "zTXt"),
        "b.png": png(text, "iTXt"),
        "c.jpg": jpeg(text),
        "d.gz": gzip.compress(text.encode()),
        "e.ttf": font(text, None),
        "f.woff": font(text, "woff"),
        "g.html": b"<style>src:url(data:font/woff;base64,"
        + base64.b64encode(font(text, "woff"))
        + b")",
        "h.json": json.dumps({"zip": base64.b64encode(zipped(text.encode())).decode()}).encode(),
    }


@pytest.mark.parametrize("label", ["name", "hangul", "serial"])
def test_a_needle_is_found_in_every_container(label, tmp_path) -> None:
    held = containers(NEEDLES[label])
    for name, content in held.items():
        (tmp_path / name).write_bytes(content)
    done = scan(tmp_path, NEEDLES)
    assert {leak.needle for leak in done.leaks} == {label}
    found = {leak.file.split(" > ")[0] for leak in done.leaks}
    assert [name for name in held if name not in found] == []
    assert done.unread == ()


def test_nothing_is_found_where_nothing_is(tmp_path) -> None:
    held = containers("an ordinary sentence") | {
        f"{n}.txt": c for n, c in spellings("nothing at all").items()
    }
    for name, content in held.items():
        (tmp_path / name).write_bytes(content)
    done = scan(tmp_path, NEEDLES)
    assert done.leaks == ()
    assert done.is_clean
    assert done.n_files == len(held)
    assert done.n_parts > 100


def test_names_of_files_folders_and_members_are_searched(tmp_path) -> None:
    (tmp_path / "kim canary").mkdir()
    (tmp_path / "kim canary" / "a.txt").write_bytes(b"x")
    (tmp_path / "b.zip").write_bytes(zipped(b"x", member="photos/SN-0099-8877.jpg"))
    done = scan(tmp_path, NEEDLES)
    assert {(leak.file.split(" > ")[0].split(" (")[0], leak.needle) for leak in done.leaks} == {
        ("kim canary", "name"), ("kim canary/a.txt", "name"), ("b.zip", "serial"),
    }  # fmt: skip


def test_a_position_is_found_as_a_number_too(tmp_path) -> None:
    point = b"\1" + struct.pack("<Idd", 1, 124.654321, 41.5)
    (tmp_path / "a.gpkg").write_bytes(database("", point))
    (tmp_path / "b.bin").write_bytes(struct.pack(">d", 124.654321))
    (tmp_path / "c.bin").write_bytes(struct.pack(">d", 124.654322))
    done = scan(tmp_path, {"position": NEEDLES["position"]})
    assert {leak.file.split(" > ")[0] for leak in done.leaks} == {"a.gpkg", "b.bin"}


def test_a_leak_is_told_by_its_label_and_place_only(tmp_path) -> None:
    (tmp_path / "a.kmz").write_bytes(zipped(b"by Kim Canary"))
    done = scan(tmp_path, NEEDLES)
    assert [(leak.file, leak.needle, leak.spelling) for leak in done.leaks] == [
        ("a.kmz > doc.kml", "name", "utf-8")
    ]
    assert "Canary" not in repr(done)
    assert not done.is_clean


def test_what_cannot_be_looked_into_is_told(tmp_path) -> None:
    locked = bytearray(zipped(b"x" * 50))
    for at in (6, locked.rindex(b"PK\1\2") + 8):
        locked[at] |= 1
    deep = b"end"
    for _ in range(8):
        deep = zipped(deep, member="in.zip")
    held = {
        "locked.zip": bytes(locked),
        "deep.zip": deep,
        "broken.zip": zipped(b"x" * 500)[:-30],
        "broken.gpkg": database("x")[:3000],
        "font.woff2": b"wOF2" + b"\0" * 60,
        "odd.pdf": b"%PDF-1.4\n1 0 obj << /Filter /LZWDecode >>\nstream\nabc\nendstream",
    }
    for name, content in held.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "link").symlink_to(tmp_path / "deep.zip")
    done = scan(tmp_path, NEEDLES)
    assert sorted({name.split(" > ")[0] for name, _ in done.unread}) == sorted([*held, "link"])
    assert not done.is_clean


def test_a_needle_that_chance_would_find_is_refused(tmp_path) -> None:
    with pytest.raises(BadSetting, match="by chance"):
        scan(tmp_path, {"initials": "K.C"})
