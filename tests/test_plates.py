"""Number plates are located to be covered; the plates here are SIMULATED."""

import matplotlib as mpl
import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageDraw, ImageFont

import called_here
from vallum.evidence import faces, plates
from vallum.evidence import scrub as room
from vallum.evidence.plates import locate
from vallum.evidence.scrub import Why, scrub
from vallum.ground.errors import BrokenInstall

INK_AND_PAPER = {
    "white": ((15, 15, 15), (235, 235, 230)),
    "blue": ((240, 240, 240), (20, 60, 160)),
    "yellow": ((15, 15, 15), (235, 190, 20)),
    "green": ((15, 15, 15), (120, 205, 150)),
}


def street(colour: str, width: int, at: tuple[int, int] = (90, 120)) -> np.ndarray:
    """A wall with a dark bumper and a plate on it, 256 pixels square."""
    image = Image.fromarray(np.dstack([skimage.data.brick()[:256, :256]] * 3))
    ink, paper = INK_AND_PAPER[colour]
    plate = Image.new("RGB", (220, 64), paper)
    draw = ImageDraw.Draw(plate)
    draw.rectangle((1, 1, 218, 62), outline=ink, width=2)
    font = ImageFont.truetype(f"{mpl.get_data_path()}/fonts/ttf/DejaVuSerif-Bold.ttf", 42)
    draw.text((12, 6), "F 47.K25", font=font, fill=ink)
    height = round(width * 64 / 220)
    x, y = at
    ImageDraw.Draw(image).rectangle(
        (x - 30, y - 12, x + width + 30, y + height + 12), fill=(50, 50, 55)
    )
    image.paste(plate.resize((width, height), Image.Resampling.LANCZOS), at)
    return np.asarray(image)


def covered(pixels: np.ndarray) -> np.ndarray:
    hidden = np.zeros(pixels.shape[:2], bool)
    for x, y, width, height in locate(pixels):
        hidden[y : y + height, x : x + width] = True
    return hidden


@pytest.mark.parametrize("colour", INK_AND_PAPER)
@pytest.mark.parametrize("width", [40, 80])
def test_a_simulated_plate_is_covered(colour, width) -> None:
    pixels = street(colour, width)
    for n_turns in (0, 1):
        hidden = np.rot90(covered(np.ascontiguousarray(np.rot90(pixels, n_turns))), -n_turns)
        assert hidden[120 : 120 + round(width * 64 / 220), 90 : 90 + width].mean() >= 0.9
        assert hidden.mean() < 0.35


def test_a_meadow_stays_open() -> None:
    assert covered(np.dstack([skimage.data.grass()[:256, :256]] * 3)).mean() < 0.05


def test_boxes_stay_inside_pictures_of_any_size() -> None:
    for shape in ((1, 1), (7, 300), (33, 31), (256, 256)):
        pixels = np.resize(street("blue", 80), (*shape, 3))
        for x, y, width, height in locate(pixels):
            assert 0 <= x < x + width <= shape[1]
            assert 0 <= y < y + height <= shape[0]


def test_a_plate_in_a_photograph_is_under_one_colour(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(room.foreign, "call", called_here.call)
    monkeypatch.setattr(room, "locate", lambda image, size: [])
    Image.fromarray(street("white", 80)).save(tmp_path / "photo.png")
    done = scrub(tmp_path / "photo.png", tmp_path / "out.png")
    assert {area.why for area in done.areas} == {Why.PLATE}
    with Image.open(tmp_path / "out.png") as image:
        assert np.asarray(image)[122:140, 92:168].max() == 0


def test_other_weights_are_refused(tmp_path, monkeypatch) -> None:
    (tmp_path / "w.onnx").write_bytes(plates.WEIGHTS.read_bytes() + b"x")
    monkeypatch.setattr(plates, "WEIGHTS", tmp_path / "w.onnx")
    plates._session.cache_clear()
    with pytest.raises(BrokenInstall, match="no picture was written"):
        locate(np.zeros((32, 32, 3), np.uint8))
    plates._session.cache_clear()
    assert faces.SHA256 != plates.SHA256
