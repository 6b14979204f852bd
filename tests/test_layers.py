"""What must not leave is found in every kind of file that a publication holds."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from vallum.evidence.layers import layers
from vallum.evidence.sweep import sweep
from vallum.evidence.unpack import Unread

NEEDLE, NAME = "Ondrej Vzqvalik", "Vzqva"
SENTENCE = "the lorries came at night and left before the first ferry crossed"


def _pdf_text(text):
    """A PDF whose letters are numbers of its font, as typst writes them."""
    import typst

    return typst.compile(f"#set document(title: [A report])\n{text}".encode())


def _pdf(**more):
    import pikepdf

    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        with pdf.open_metadata() as about:
            about["dc:title"] = more.get("title", "")
        pdf.docinfo["/Author"] = more.get("author", "")
        if "attached" in more:
            held = pikepdf.AttachedFileSpec(pdf, more["attached"], filename="a.txt")
            pdf.attachments["a.txt"] = held
        if "note" in more:
            page = pdf.pages[0]
            note = pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9],
                Contents=more["note"],
            )  # fmt: skip
            page.Annots = pikepdf.Array([pdf.make_indirect(note)])
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()


def _parquet(text, where):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"what": [text if where == "cell" else "fence"]})
    if where == "metadata":
        table = table.replace_schema_metadata({"vallum": text})
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", use_dictionary=True)
    return out.getvalue()


def _png(text):
    about = PngImagePlugin.PngInfo()
    about.add_itxt("Description", text, zip=True)
    out = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(out, "PNG", pnginfo=about)
    return out.getvalue()


def _kmz(text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("tiles/doc.kml", f"<kml><name>{text}</name></kml>")
    return out.getvalue()


PLANTED = {
    "pdf page": ("report.pdf", _pdf_text),
    "pdf title": ("report.pdf", lambda text: _pdf(title=text)),
    "pdf author": ("report.pdf", lambda text: _pdf(author=text)),
    "pdf note": ("report.pdf", lambda text: _pdf(note=text)),
    "pdf attachment": ("report.pdf", lambda text: _pdf(attached=text.encode())),
    "pdf attachment packed": ("report.pdf", lambda text: _pdf(attached=_kmz(text))),
    "parquet cell": ("parquet/findings.parquet", lambda text: _parquet(text, "cell")),
    "parquet metadata": ("parquet/findings.parquet", lambda text: _parquet(text, "metadata")),
    "png chunk": ("figures/strip-chart.png", _png),
    "stac item": (
        "stac/items/1.json",
        lambda text: json.dumps({"properties": {"a": text}}).encode(),
    ),
    "overlay": ("overlays/2022-1.kmz", _kmz),
    "other language": ("ko/report.html", lambda text: f"<p>보고서 {text}</p>".encode()),
    "fragment": ("embed/strip.html", lambda text: f"<figure><b>{text}</b></figure>".encode()),
    "citation": ("CITATION.cff", lambda text: f"title: {json.dumps(text)}\n".encode()),
}


def _put(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.mark.parametrize("where", PLANTED)
def test_a_needle_is_found_in(where, tmp_path):
    name, made = PLANTED[where]
    _put(tmp_path, name, made(f"seen by {NEEDLE}."))
    found = sweep(tmp_path, {"witness": NEEDLE})
    assert {leak.needle for leak in found.leaks} == {"witness"}
    assert all(leak.file.startswith(name) for leak in found.leaks)
    assert found.unread == ()


@pytest.mark.parametrize("where", PLANTED)
def test_a_borrowed_sentence_and_a_short_name_are_found_in(where, tmp_path):
    name, made = PLANTED[where]
    _put(tmp_path, name, made(f"It is said that {SENTENCE}. {NAME} wrote it."))
    found = sweep(tmp_path, {}, names={"short name": NAME}, phrases=[SENTENCE])
    assert {leak.needle for leak in found.leaks} == {"sentence", "short name"}


@pytest.mark.parametrize("where", PLANTED)
def test_nothing_is_found_where_nothing_is_planted_in(where, tmp_path):
    name, made = PLANTED[where]
    _put(tmp_path, name, made("Nine posts and a fence."))
    found = sweep(tmp_path, {"witness": NEEDLE}, names={"short": NAME}, phrases=[SENTENCE])
    assert found.is_clean, (found.leaks, found.unread)


def test_a_word_broken_by_signs_that_nobody_sees_is_found(tmp_path):
    _put(tmp_path, "report.pdf", _pdf_text("made by Ondrej Vz\u200bqva\u00adlik here"))
    assert sweep(tmp_path, {"witness": NEEDLE}).leaks


def test_a_pdf_or_table_that_cannot_be_read_is_told_and_not_let_out(tmp_path):
    _put(tmp_path, "a.pdf", b"%PDF-1.7 nothing else")
    _put(tmp_path, "b.parquet", b"PAR1 nothing PAR1")
    unread = dict(sweep(tmp_path, {"witness": NEEDLE}).unread)
    assert set(unread) == {"a.pdf", "b.parquet"}


def test_a_file_of_another_kind_has_no_layers():
    assert list(layers("a.csv", b"km,what\n1,fence\n")) == []
    assert all(not isinstance(part, Unread) for part in layers("a.pdf", _pdf(title="x")))


def test_texts_among_pixels_are_found_and_pixels_are_no_words(tmp_path):
    noise = np.random.default_rng(2).integers(0, 255, 300_000, dtype=np.uint8).tobytes()
    _put(tmp_path, "a.bin", noise[:150_000] + f" {NEEDLE} ".encode() + noise[150_000:])
    found = sweep(tmp_path, {"witness": NEEDLE}, names={"first": "Ondrej"})
    assert {leak.needle for leak in found.leaks} == {"witness", "first"}


def test_the_same_picture_in_two_files_is_told_of_both(tmp_path):
    for name in ("a.png", "b/a.png"):
        _put(tmp_path, name, _png(f"by {NEEDLE}"))
    found = sweep(tmp_path, {"witness": NEEDLE})
    assert {leak.file.split(" ")[0] for leak in found.leaks} == {"a.png", "b/a.png"}
