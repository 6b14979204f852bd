"""Photographs made fit to be shown: pixels only, faces under opaque rectangles, never cleared."""

import io
import itertools
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageCms, PngImagePlugin

import called_here
from vallum.evidence import faces
from vallum.evidence import scrub as room
from vallum.evidence.bare import extras_of
from vallum.evidence.faces import locate
from vallum.evidence.scrub import Why, scrub
from vallum.ground.errors import BadImage, BadSetting, BrokenInstall
from vallum.steps.scrubbing import scrub as step

CANARY = "KIM-CANARY-41.123456"
# Brow to chin, cheek to cheek, of scikit-image's astronaut: left, top, width, height.
FACE = (180, 70, 90, 115)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scrub in this process and look at the picture in two sizes only."""
    monkeypatch.setattr(room.foreign, "call", called_here.call)
    monkeypatch.setattr(
        room, "locate", lambda image, size: locate(image, size=size, scales=(0.5, 1.0))
    )
    monkeypatch.setattr(room.plates, "locate", lambda image, size: [])


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    """A photograph with one face, of 256 pixels."""
    return np.asarray(Image.fromarray(skimage.data.astronaut()).resize((256, 256)))


def exif_with(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = exif[0x013B] = exif[0x010F] = CANARY
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[29] = CANARY
    return exif


def shown_in(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{CANARY}</x:xmpmeta>".encode()


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + CANARY.encode()


def loaded(kind: str, folder: Path) -> Path:
    """A photograph with a canary in every place that its format has."""
    picture = Image.fromarray(np.random.default_rng(3).integers(0, 255, (60, 80, 3), np.uint8))
    path = folder / f"photo.{kind}"
    if kind == "png":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", CANARY)
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        picture.save(path, pnginfo=info, exif=exif_with(), icc_profile=profile(), dpi=(71, 71))
    elif kind == "jpg":
        picture.save(path, comment=CANARY, exif=exif_with(), xmp=XMP, icc_profile=profile())
        thumbnail = io.BytesIO()
        picture.save(thumbnail, "JPEG", comment=CANARY)
        path.write_bytes(path.read_bytes() + CANARY.encode() + thumbnail.getvalue())
    elif kind == "webp":
        picture.save(path, exif=exif_with(), xmp=XMP, icc_profile=profile(), lossless=True)
    else:
        picture.save(
            path, exif=exif_with(), description=CANARY, software=CANARY,
            save_all=True, append_images=[picture],
        )  # fmt: skip
    assert CANARY.encode() in path.read_bytes()
    return path


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("out", ["out.jpg", "out.png"])
def test_no_metadata_of_any_kind_comes_through(kind, out, tmp_path) -> None:
    path = loaded(kind, tmp_path)
    before = path.read_bytes()
    done = scrub(path, tmp_path / out)
    written = (tmp_path / out).read_bytes()
    assert extras_of(written) == ()
    assert b"CANARY" not in written
    with Image.open(tmp_path / out) as image:
        image.load()
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert (tmp_path / out).stat().st_mtime == 0
    assert path.read_bytes() == before
    assert done.n_left_out == (1 if kind == "tif" else 0)


def test_whatever_is_not_pixels_is_noticed() -> None:
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8))

    def saved(kind: str, **more) -> bytes:
        out = io.BytesIO()
        picture.save(out, kind, **more)
        return out.getvalue()

    jpeg, png = saved("JPEG"), saved("PNG")
    assert extras_of(jpeg) == extras_of(png) == ()
    text = b"tEXtComment\0x"
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    bad = [
        saved("JPEG", comment="x"), saved("JPEG", exif=exif_with()), saved("JPEG", xmp=XMP),
        saved("JPEG", icc_profile=profile()), saved("JPEG", progressive=True), jpeg + b"x",
        jpeg[:-2], jpeg[:-2] + jpeg[2:], jpeg + jpeg, jpeg[:300], b"\xff\xd8",
        saved("PNG", exif=exif_with()), saved("PNG", dpi=(71, 71)), saved("PNG", icc_profile=profile()),
        png + b"x", png[:-12], png[:33] + chunk + png[33:], png[:60] + b"!" + png[61:], png[:20],
        saved("WEBP"), saved("GIF"), b"", b"<svg/>",
    ]  # fmt: skip
    assert [n for n, content in enumerate(bad) if not extras_of(content)] == []


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("n_turns", range(4))
@pytest.mark.parametrize("out", ["out.jpg", "out.png"])
def test_a_face_is_covered_by_one_colour_however_it_is_turned(
    astronaut, n_turns, out, tmp_path
) -> None:
    Image.fromarray(np.rot90(astronaut, n_turns)).save(tmp_path / "photo.png")
    done = scrub(tmp_path / "photo.png", tmp_path / out)
    shown = shown_in(tmp_path / out)
    hidden = np.zeros((256, 256), bool)
    for area in done.areas:
        inside = shown[area.y : area.y + area.height, area.x : area.x + area.width]
        assert inside.var() == 0
        assert area.why is Why.FACE
        hidden[area.y : area.y + area.height, area.x : area.x + area.width] = True
    x, y, width, height = (v // 2 for v in FACE)
    assert np.rot90(hidden, -n_turns)[y : y + height, x : x + width].all()
    assert done.covered_share == pytest.approx(hidden.mean())
    assert 0.03 < hidden.mean() < 0.5


@pytest.mark.usefixtures("fast")
def test_nothing_of_a_covered_place_reaches_the_file(astronaut, tmp_path) -> None:
    """Two photographs that differ only under the cover become the same file."""
    written = []
    for value in (0, 255):
        changed = astronaut.copy()
        changed[200:232, 8:56] = np.random.default_rng(value).integers(0, 255, (32, 48, 3))
        Image.fromarray(changed).save(tmp_path / "photo.png")
        for out in ("out.jpg", "out.png"):
            done = scrub(tmp_path / "photo.png", tmp_path / out, cover=[(7, 198, 50, 35)])
            assert [(a.x, a.y, a.width, a.height) for a in done.areas if a.why is Why.NAMED] == [
                (0, 192, 64, 48)
            ]
        written.append([(tmp_path / out).read_bytes() for out in ("out.jpg", "out.png")])
    assert written[0] == written[1]


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_stands_upright_as_the_camera_said(orientation, tmp_path) -> None:
    upright = np.full((40, 64, 3), 90, np.uint8)
    upright[:8, :8] = (250, 0, 0)
    laid = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.transpose(1, 0, 2), 6: np.rot90(upright), 7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]  # fmt: skip
    Image.fromarray(laid).save(tmp_path / "photo.png", exif=exif_with(orientation))
    scrub(tmp_path / "photo.png", tmp_path / "out.png")
    assert np.array_equal(shown_in(tmp_path / "out.png"), upright)


@pytest.mark.usefixtures("fast")
def test_what_was_transparent_does_not_come_to_light(tmp_path) -> None:
    pixels = np.full((40, 40, 4), 200, np.uint8)
    pixels[..., 3] = 255
    pixels[10:20, 10:20] = (10, 20, 30, 0)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    scrub(tmp_path / "photo.png", tmp_path / "out.png")
    shown = shown_in(tmp_path / "out.png")
    assert (shown[10:20, 10:20] == 255).all()
    assert (shown[:10] == 200).all()


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_every_kind_of_colour_becomes_plain_colour(mode, tmp_path) -> None:
    grey = np.full((16, 24), 128, np.uint8)
    if mode == "I;16":
        Image.fromarray(grey.astype(np.uint16) << 8).save(tmp_path / "photo.tif")
    else:
        Image.fromarray(np.repeat(grey[..., None], 3, 2)).convert(mode).save(tmp_path / "photo.tif")
    scrub(tmp_path / "photo.tif", tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as image:
        assert (image.mode, image.size) == ("RGB", (24, 16))
        assert abs(float(np.asarray(image).mean()) - 128) < 12


@pytest.mark.usefixtures("fast")
def test_a_large_photograph_is_made_smaller(tmp_path) -> None:
    Image.new("RGB", (400, 100)).save(tmp_path / "photo.jpg")
    done = scrub(tmp_path / "photo.jpg", tmp_path / "out.jpg", longest_px=200)
    with Image.open(tmp_path / "out.jpg") as image:
        assert (done.width, done.height) == (200, 50) == image.size


def test_foreign_bytes_are_opened_in_the_limited_process_only(tmp_path, monkeypatch) -> None:
    opened = []
    monkeypatch.setattr(room, "decoded", lambda path: opened.append(path))
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8 no photograph")
    with pytest.raises(BadImage, match="no photograph"):
        scrub(tmp_path / "photo.jpg", tmp_path / "out.jpg")
    assert opened == []
    assert not (tmp_path / "out.jpg").exists()


def test_a_whole_run_in_the_limited_process(astronaut, tmp_path) -> None:
    Image.fromarray(astronaut).crop((40, 0, 200, 160)).save(tmp_path / "photo.png")
    done = step(tmp_path / "photo.png", tmp_path / "out.jpg", cover=[(0, 150, 9, 9)])
    told = done.to_json()
    assert told["status"] == "not cleared yet"
    assert told["is_cleared"] is False
    assert told["n_areas"] == len(told["areas"]) >= 2
    assert {area["why"] for area in told["areas"]} >= {"face", "named"}
    assert "number plates" in told["often_overlooked"]
    assert "tattoos" in told["not_looked_for"]
    assert "not cleared yet" in " ".join(done.lines)
    assert extras_of((tmp_path / "out.jpg").read_bytes()) == ()


@pytest.mark.usefixtures("fast")
def test_files_that_are_no_whole_photograph_are_refused(tmp_path) -> None:
    whole = loaded("jpg", tmp_path).read_bytes()
    bomb = b"\x89PNG\r\n\x1a\n"
    head = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb += struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    vrt = b"<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>"
    for content in (b"", b"text", whole[:900], vrt, bomb, b"GIF89a" + b"\0" * 50, b"%PDF-1.4"):
        (tmp_path / "photo.tif").write_bytes(content)
        with pytest.raises(BadImage, match="nothing was written"):
            scrub(tmp_path / "photo.tif", tmp_path / "out.jpg")
        assert not (tmp_path / "out.jpg").exists()


@pytest.mark.usefixtures("fast")
def test_the_original_is_never_overwritten(tmp_path) -> None:
    path = loaded("jpg", tmp_path)
    before = path.read_bytes()
    (tmp_path / "link.jpg").symlink_to(path)
    for out in (path, tmp_path / "link.jpg"):
        with pytest.raises(BadSetting, match="original"):
            scrub(path, out)
        with pytest.raises(BadSetting, match="--yes|original"):
            step(path, out)
    assert path.read_bytes() == before
    for out in ("out.gif", "out", "out.webp"):
        with pytest.raises(BadSetting, match=r"\.jpg and \.png"):
            scrub(path, tmp_path / out)
    for out in (tmp_path, tmp_path / "none" / "out.jpg"):
        with pytest.raises(BadSetting, match="folder"):
            step(path, out)
    (tmp_path / "out.jpg").write_bytes(b"old")
    with pytest.raises(BadSetting, match="--yes"):
        step(path, tmp_path / "out.jpg")
    step(path, tmp_path / "out.jpg", yes=True)
    assert extras_of((tmp_path / "out.jpg").read_bytes()) == ()


@pytest.mark.usefixtures("fast")
def test_a_rectangle_outside_the_picture_is_refused(tmp_path) -> None:
    path = loaded("jpg", tmp_path)
    for box in ((80, 0, 5, 5), (0, 0, 0, 5), (-9, 0, 9, 9)):
        with pytest.raises(BadImage, match="outside the new picture"):
            scrub(path, tmp_path / "out.jpg", cover=[box])


def test_small_faces_are_found_in_all_four_rotations() -> None:
    """F10 in little; the whole of it is `benchmarks/evidence/faces.py`."""
    for face_px in (9, 20):
        by = face_px / FACE[2]
        side = round(512 * by)
        small = np.asarray(
            Image.fromarray(skimage.data.astronaut()).resize((side, side), Image.Resampling.BOX)
        )
        for n_turns in range(4):
            hidden = np.zeros((side, side), bool)
            for x, y, width, height in locate(np.ascontiguousarray(np.rot90(small, n_turns))):
                hidden[y : y + height, x : x + width] = True
            x, y, width, height = (round(v * by) for v in FACE)
            assert np.rot90(hidden, -n_turns)[y : y + height, x : x + width].mean() >= 0.9


def test_a_face_in_the_dark_is_found() -> None:
    """At a third of its brightness, with noise."""
    small = np.asarray(Image.fromarray(skimage.data.astronaut()).resize((77, 77)))
    noise = np.random.default_rng(6).normal(0, 10, small.shape)
    dark = (small / 3.0 + noise).clip(0, 255).astype(np.uint8)
    assert faces.is_dark(dark)
    assert not faces.is_dark(small)
    hidden = np.zeros((77, 77), bool)
    for x, y, width, height in locate(dark):
        hidden[y : y + height, x : x + width] = True
    x, y, width, height = (round(v * 77 / 512) for v in FACE)
    assert hidden[y : y + height, x : x + width].mean() >= 0.9


def test_a_field_of_gravel_stays_open() -> None:
    found = locate(np.repeat(skimage.data.gravel()[:256, :256, None], 3, 2), scales=(1.0, 2.0))
    assert sum(width * height for _, _, width, height in found) < 0.05 * 256 * 256


@pytest.mark.parametrize("length", [1, 100, 1024, 1025, 1152, 1920, 1921, 4096])
def test_tiles_leave_no_gap_and_overlap_enough(length) -> None:
    cuts = faces._cuts(length)
    assert cuts[0][0] == 0
    assert sum(cuts[-1]) == length
    assert all(size <= 1024 for _, size in cuts)
    for (start, size), (following, _) in itertools.pairwise(cuts):
        assert start + size - following >= 127


def test_turned_boxes_come_back_to_where_they_were() -> None:
    picture = np.zeros((30, 50), np.uint8)
    picture[4:9, 12:31] = 1
    for n_turns in range(4):
        rows, columns = np.nonzero(np.rot90(picture, n_turns))
        box = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32)
        assert faces.turned_back(box, n_turns, picture.shape).tolist() == [[12, 4, 31, 9]]


def test_other_weights_are_refused(tmp_path, monkeypatch) -> None:
    (tmp_path / "w.onnx").write_bytes(faces.WEIGHTS.read_bytes() + b"x")
    for path in (tmp_path / "w.onnx", tmp_path / "missing.onnx"):
        monkeypatch.setattr(faces, "WEIGHTS", path)
        faces._session.cache_clear()
        with pytest.raises(BrokenInstall, match="no picture was written"):
            locate(np.zeros((32, 32, 3), np.uint8))
    faces._session.cache_clear()
