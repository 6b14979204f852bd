"""NAIP and other aerial surveys: metadata of the FGDC beside the image, or the survey's names.

Often nothing comes with a quarter quadrangle but its name, `m_4609929_nw_14_060_20200715.tif`:
place, zone, size of a pixel, day of the flight and, in some years, day of the processing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vallum.imagery.deliveries import sets
from vallum.imagery.deliveries.order import Image, Told
from vallum.imagery.deliveries.papers import Folder, local, value

KIND = "NAIP"
_NAME = re.compile(
    r"m_\d{7}_(?:ne|nw|se|sw)_\d{1,2}_(?P<size>\d{1,3}|h)_(?P<day>(?:19|20)\d{6})(?:_\d{8})?",
    re.IGNORECASE,
)
_SIZES = {"h": 0.5, "1": 1.0, "2": 2.0, "060": 0.6, "030": 0.3, "100": 1.0, "050": 0.5}


def images(folder: Folder) -> Iterator[tuple[str, Image]]:
    """Yield the folder's name and the image, for every image of an aerial survey."""
    by_stem = {_stem(path): path for path in folder.images}
    for paper, root in folder.xml.items():
        folder.at = paper
        if local(root) != "metadata" or not value(root, "idinfo/citation/citeinfo/title"):
            continue
        folder.claimed.add(paper)
        path = by_stem.get(_stem(paper))
        beside = folder.beside(paper)
        days = _days(root)
        taken = f"{days[0]}..{days[-1]}" if days else ""
        if path is None and len(beside) == 1 and not sets.says_otherwise(beside[0], taken):
            path = beside[0]
        if path is not None and path not in folder.claimed:
            folder.claimed.add(path)
            yield paper.parent.name, _image(path, paper, root)
    for path in folder.images:
        if path not in folder.claimed and _NAME.match(path.stem):
            folder.claimed.add(path)
            yield path.parent.name, _image(path, None, None)


def _stem(path: Path) -> str:
    return path.name.lower().split(".")[0]


def _image(path: Path, paper: Path | None, root: Any) -> Image:
    match = _NAME.match(path.stem)
    days = _days(root) or ([_iso(match["day"])] if match else [])
    taken = "" if not days else days[0] if days[0] == days[-1] else f"{days[0]}..{days[-1]}"
    title = value(root, "idinfo/citation/citeinfo/title") if root is not None else ""
    is_naip = bool(match) or "naip" in title.lower() or "National Agri" in title
    source = f"sidecar {paper.name}" if paper and _days(root) else "filename"
    return Image(
        name=path.name,
        files=(str(path),),
        told=Told(
            taken=taken,
            source=source,
            sensor="NAIP aerial camera" if is_naip else "aerial camera",
            gsd_m=_SIZES.get(match["size"].lower(), math.nan) if match else math.nan,
            licence=(value(root, "idinfo/useconst")[:160] if root is not None else "")
            or ("public domain (USDA)" if is_naip else ""),
            credit="USDA National Agriculture Imagery Program" if is_naip else "",
            bands=("red", "green", "blue", "nir") if is_naip else (),
            product="quarter quadrangle" if match else "",
        ),
        papers=(paper.name,) if paper else (),
    )


def _days(root: Any) -> list[str]:
    if root is None:
        return []
    found = [
        value(root, f"timeperd/timeinfo/{name}")
        for name in ("sngdate/caldate", "rngdates/begdate", "rngdates/enddate")
    ]
    return sorted(_iso(text) for text in found if re.fullmatch(r"\d{8}", text))


def _iso(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}"
