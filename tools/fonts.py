"""Make src/vallum/data/fonts: the letters of figures and PDFs, the same on every machine.

python tools/fonts.py NOTO CJK   (unpacked Debian packages fonts-noto-core and fonts-noto-cjk)

Latin letters come from Noto Sans with signs from Noto Sans Symbols 2. Hangul, hanja and hanzi come
from Noto Sans CJK: all of KS X 1001 and GB 2312, so that any report in Korean or Simplified Chinese
can be set; hanzi in the forms of the mainland, what only KS X 1001 holds in those of Korea. The
families are renamed, so that a font of the same name on a machine never takes their place.
"""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

from fontTools import subset
from fontTools.merge import Merger
from fontTools.ttLib import TTCollection, TTFont

OUT = Path(__file__).parents[1] / "src/vallum/data/fonts"
LATIN = [
    *range(0x20, 0x7F), *range(0xA0, 0x250), *range(0x2B0, 0x300), *range(0x300, 0x370),
    *range(0x370, 0x400), *range(0x400, 0x460), *range(0x1E00, 0x1F00), *range(0x2000, 0x2070),
    *range(0x2070, 0x20A0), *range(0x20A0, 0x20C0), *range(0x2100, 0x2190),
]  # fmt: skip
SIGNS = [0x2190, 0x2191, 0x2192, 0x2193, 0x2194, 0x2197, 0x2198, 0x2713, 0x2717, 0x25A0, 0x25A1,
         0x25B2, 0x25B3, 0x25BC, 0x25C6, 0x25C7, 0x25CB, 0x25CF, 0x2605]  # fmt: skip
MATHS = [0x2205, 0x2212, 0x2211, 0x221A, 0x221E, 0x2248, 0x2260, 0x2264, 0x2265, 0x00B1]
HANGUL = range(0xAC00, 0xD7A4)
EARLIEST = 0  # no clock in the files
UNITS = 1000


def main(noto: Path, cjk: Path) -> None:
    """Write the fonts and say how large they are."""
    OUT.mkdir(parents=True, exist_ok=True)
    for style in ("Regular", "Bold"):
        _latin(noto, style)
        _east(cjk, style)
    for path in sorted(OUT.glob("*.?tf")):
        sys.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes\n")


def _latin(noto: Path, style: str) -> None:
    folder = noto / "usr/share/fonts/truetype/noto"
    parts = [(f"NotoSans-{style}.ttf", LATIN), ("NotoSansSymbols2-Regular.ttf", SIGNS),
             ("NotoSansMath-Regular.ttf", MATHS)]  # fmt: skip
    files, known = [], set()
    for name, codes in parts:
        font = TTFont(folder / name)
        wanted = sorted((set(codes) & font.getBestCmap().keys()) - known)
        known |= set(wanted)
        part = OUT / f".{name}"
        _cut(font, wanted).save(part)
        files.append(part)
    font = Merger().merge([str(one) for one in files])
    _named(font, "Vallum Sans", style)
    font.save(OUT / f"VallumSans-{style}.ttf")
    for part in files:
        part.unlink()


def _east(cjk: Path, style: str) -> None:
    fonts = {
        font["name"].getDebugName(4): font
        for font in TTCollection(
            cjk / f"usr/share/fonts/opentype/noto/NotoSansCJK-{style}.ttc"
        ).fonts
    }
    bold = "" if style == "Regular" else f" {style}"
    korea, mainland = fonts[f"Noto Sans CJK KR{bold}"], fonts[f"Noto Sans CJK SC{bold}"]
    korean, chinese = _of("euc_kr"), _of("gb2312")
    forms = mainland.getBestCmap()
    for table in korea["cmap"].tables:
        if table.isUnicode() and table.format in {4, 12}:
            for code in chinese & forms.keys():
                if code in table.cmap or code <= 0xFFFF:
                    table.cmap[code] = forms[code]
    wanted = sorted((korean | chinese | set(HANGUL[:0])) & korea.getBestCmap().keys())
    font = _cut(korea, wanted)
    _named(font, "Vallum Sans CJK", style)
    font.save(OUT / f"VallumSansCJK-{style}.otf")


def _of(charset: str) -> set[int]:
    """Code points of a character set of the east, without Latin, Greek and Cyrillic."""
    found = set()
    for lead in range(0xA1, 0xFF):
        for trail in range(0xA1, 0xFF):
            try:
                text = codecs.decode(bytes([lead, trail]), charset)
            except UnicodeDecodeError:
                continue
            found.add(ord(text))
    return {code for code in found if code >= 0x2E80}


def _cut(font: TTFont, codes: list[int]) -> TTFont:
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 13, 14]
    options.drop_tables += ["DSIG", "vhea", "vmtx", "VORG", "BASE"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    return font


def _named(font: TTFont, family: str, style: str) -> None:
    names = font["name"]
    kept = {n: names.getDebugName(n) for n in (0, 13, 14)}
    names.names = []
    for number, text in {
        **kept, 1: family, 2: style, 3: f"{family} {style}", 4: f"{family} {style}",
        6: f"{family.replace(' ', '')}-{style}",
    }.items():  # fmt: skip
        if text:
            names.setName(text, number, 3, 1, 0x409)
    if "CFF " in font:
        top = font["CFF "].cff[0]
        font["CFF "].cff.fontNames = [f"{family.replace(' ', '')}-{style}"]
        top.FamilyName, top.FullName = family, f"{family} {style}"
    font["head"].created = font["head"].modified = EARLIEST
    font.recalcTimestamp = False


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
