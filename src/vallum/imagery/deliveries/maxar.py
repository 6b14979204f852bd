"""Maxar / Vantor (DigitalGlobe): `.TIL` and `.IMD`, or the same in one `.XML`, and `.RPB`.

One image may come as many tiles `R1C1 ... RnCm`; the `.TIL` lists them. Names of fields after the
vendor's *Imagery Support Data* documentation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vallum.imagery.deliveries import sets
from vallum.imagery.deliveries.order import Image, Plain, Told
from vallum.imagery.deliveries.papers import Folder, every, flat, groups, local, moment, number

KIND = "Maxar"
_SATELLITES = {
    "WV01": "WorldView-1",
    "WV02": "WorldView-2",
    "WV03": "WorldView-3",
    "WV04": "WorldView-4",
    "GE01": "GeoEye-1",
    "QB02": "QuickBird-2",
    "IK02": "IKONOS",
    "LG01": "WorldView Legion-1",
    "LG02": "WorldView Legion-2",
    "LG03": "WorldView Legion-3",
    "LG04": "WorldView Legion-4",
    "LG05": "WorldView Legion-5",
    "LG06": "WorldView Legion-6",
}
_BANDS = {
    "BAND_P": "pan",
    "BAND_C": "coastal",
    "BAND_B": "blue",
    "BAND_G": "green",
    "BAND_Y": "yellow",
    "BAND_R": "red",
    "BAND_RE": "rededge",
    "BAND_N": "nir",
    "BAND_N2": "nir2",
}
# Of products whose groups do not tell the order of the bands.
_BY_BAND_ID = {
    "P": ("pan",),
    "RGB": ("red", "green", "blue"),
    "BGRN": ("blue", "green", "red", "nir"),
    "MS1": ("nir", "red", "green", "blue"),
    "MULTI": (),
}
_LICENCES = ("license", "licence", "eula")
_RAW = ("LV1B", "LV1A", "1B", "BASIC", "STEREO1B")
_RPC_KEYS = (
    ("height_off", "heightOffset"),
    ("height_scale", "heightScale"),
    ("lat_off", "latOffset"),
    ("lat_scale", "latScale"),
    ("line_off", "lineOffset"),
    ("line_scale", "lineScale"),
    ("long_off", "longOffset"),
    ("long_scale", "longScale"),
    ("samp_off", "sampOffset"),
    ("samp_scale", "sampScale"),
)
_RPC_LISTS = (
    ("line_den_coeff", "lineDenCoef"),
    ("line_num_coeff", "lineNumCoef"),
    ("samp_den_coeff", "sampDenCoef"),
    ("samp_num_coeff", "sampNumCoef"),
)


def images(folder: Folder) -> Iterator[tuple[str, Image]]:
    """Yield the number of the order and the image, for every image that Maxar's papers describe."""
    parts = _parts(folder)
    done: set[tuple[Path, str]] = set()
    for paper, tree in parts:
        folder.at = paper
        leaves = flat(tree)
        if not _is_ours(tree, leaves):
            continue
        stem = paper.stem.upper()
        if (paper.parent, stem) in done:
            continue
        done.add((paper.parent, stem))
        same = [(other, found) for other, found in parts if _goes_with(paper, other)]
        yield _image(folder, paper, same)


def _is_ours(tree: Mapping[str, Any], leaves: Mapping[str, str]) -> bool:
    return bool("satId" in leaves or "numTiles" in leaves) and not _is_rpb(tree)


def _is_rpb(tree: Mapping[str, Any]) -> bool:
    return "lineNumCoef" in flat(tree)


def _goes_with(paper: Path, other: Path) -> bool:
    """Say whether two papers are of one image: beside each other and of the same name."""
    return other.parent == paper.parent and other.stem.upper() == paper.stem.upper()


def _parts(folder: Folder) -> list[tuple[Path, dict[str, Any]]]:
    """Return every paper of this vendor as nested groups, `.IMD` before `.TIL` before others."""
    found: list[tuple[Path, dict[str, Any]]] = []
    for path, text in folder.text.items():
        folder.at = path
        if "satId" in text or "numTiles" in text or "lineNumCoef" in text:
            found.append((path, groups(text)))
    for path, root in folder.xml.items():
        folder.at = path
        if local(root) == "isd":
            found.append((path, _of_xml(root)))
    return sorted(found, key=lambda part: ("satId" not in flat(part[1]), str(part[0])))


def _of_xml(root: Any) -> dict[str, Any]:
    """Return the parts of an `isd` document under the names that the text files use."""
    names = {
        "SATID": "satId", "CATID": "catId", "CLOUDCOVER": "cloudCover", "MEANSUNAZ": "meanSunAz",
        "MEANSUNEL": "meanSunEl", "MEANSATAZ": "meanSatAz", "MEANSATEL": "meanSatEl",
        "MEANOFFNADIRVIEWANGLE": "meanOffNadirViewAngle", "FIRSTLINETIME": "firstLineTime",
        "TLCTIME": "TLCTime", "EARLIESTACQTIME": "earliestAcqTime",
        "LATESTACQTIME": "latestAcqTime", "PRODUCTLEVEL": "productLevel",
        "PRODUCTGSD": "productGSD", "MEANPRODUCTGSD": "meanProductGSD", "BANDID": "bandId",
        "IMAGEDESCRIPTOR": "imageDescriptor", "NUMROWS": "numRows", "NUMCOLUMNS": "numColumns",
        "NUMTILES": "numTiles", "PRODUCTORDERID": "productOrderId",
        "MEANCOLLECTEDGSD": "meanCollectedGSD",
    }  # fmt: skip
    tree: dict[str, Any] = {}
    for element in every(root, "IMD", "TIL"):
        for leaf in element.iter():
            name = names.get(local(leaf))
            if name and leaf.text and leaf.text.strip():
                tree.setdefault(name, leaf.text.strip())
            if local(leaf).startswith("BAND_"):
                tree.setdefault(local(leaf), {})
    for n, tile in enumerate(every(root, "TILE"), start=1):
        name = next((leaf.text for leaf in tile.iter() if local(leaf) == "FILENAME"), "")
        tree[f"TILE_{n}"] = {"filename": name or ""}
    for rpb in every(root, "RPB"):
        tree["RPB"] = _rpb_of_xml(rpb)
    return tree


def _rpb_of_xml(rpb: Any) -> dict[str, str]:
    wanted = {name.upper(): name for _, name in _RPC_KEYS + _RPC_LISTS}
    found: dict[str, str] = {}
    for leaf in rpb.iter():
        name = local(leaf).upper()
        if name in wanted and leaf.text and leaf.text.strip():
            found[wanted[name]] = leaf.text.strip()
        elif name.endswith("COEFLIST"):
            # LINENUMCOEFList / LINENUMCOEF holds twenty numbers with blanks between.
            inner = " ".join(part.text or "" for part in leaf.iter())
            found[wanted.get(name.removesuffix("LIST"), name)] = inner.strip()
    return found


def _image(
    folder: Folder, paper: Path, parts: list[tuple[Path, dict[str, Any]]]
) -> tuple[str, Image]:
    merged: dict[str, Any] = {}
    for _, tree in parts:
        for key, said in tree.items():
            merged.setdefault(key, said)
    leaves = flat({key: said for key, said in merged.items() if key != "RPB"})
    listed = [
        str(part["filename"])
        for key, part in merged.items()
        if key.startswith("TILE_") and isinstance(part, dict) and part.get("filename")
    ]
    size = number(leaves.get("numColumns")), number(leaves.get("numRows"))
    told = _told(folder, paper, merged, leaves)
    files, missing, notes = sets.files_of(
        folder,
        paper,
        listed,
        whole=None if math.isnan(size[0]) else (int(size[0]), int(size[1])),
        taken=told.taken,
    )
    papers = {path.name for path, _ in parts}
    folder.claimed.update(path for path, _ in parts)
    is_raw = _is_raw(leaves)
    rpc = _rpc(merged) if is_raw else None
    order = str(leaves.get("productOrderId") or paper.parent.name)
    return order.split("_")[0], Image(
        name=paper.stem,
        files=tuple(map(str, files)),
        how="tiles" if len(files) > 1 else "one",
        told=told,
        rpc=rpc,
        is_raw=is_raw,
        missing=tuple(missing),
        papers=tuple(sorted(papers)),
        nothing=0,
        notes=tuple(notes),
    )


def _is_raw(leaves: Mapping[str, str]) -> bool:
    """Say whether the product is not map-projected: level 1, called Basic."""
    level = leaves.get("productLevel", "").upper()
    words = leaves.get("imageDescriptor", "").upper()
    return level.startswith(_RAW) or words.startswith("BASIC")


def _told(
    folder: Folder, paper: Path, merged: Mapping[str, Any], leaves: Mapping[str, str]
) -> Told:
    at = next(
        (
            found
            for key in ("firstLineTime", "TLCTime", "earliestAcqTime")
            if (found := moment(leaves.get(key)))
        ),
        "",
    )
    last = moment(leaves.get("latestAcqTime"))
    day = at[:10]
    taken = f"{day}..{last[:10]}" if last and day and last[:10] > day else day
    cloud = number(leaves.get("cloudCover"), 0, 1)
    bands = tuple(_BANDS[key] for key in merged if key in _BANDS)
    band_id = leaves.get("bandId", "").upper()
    n_bands = len(bands)
    satellite = leaves.get("satId", "")
    year = at[:4]
    return Told(
        taken=taken,
        taken_at="" if ".." in taken else at,
        source=f"sidecar {paper.name}",
        sensor=_SATELLITES.get(satellite, satellite[:20]),
        gsd_m=_first(leaves, "productGSD", "meanProductGSD", "meanCollectedGSD", high=100),
        off_nadir_deg=_first(leaves, "meanOffNadirViewAngle", "offNadirViewAngle", high=90),
        view_azimuth_deg=_first(leaves, "meanSatAz", "satAz", high=360),
        sun_azimuth_deg=_first(leaves, "meanSunAz", "sunAz", high=360),
        sun_elevation_deg=_first(leaves, "meanSunEl", "sunEl", low=-90, high=90),
        cloud_percent=cloud * 100,
        licence=sets.licence(folder, paper),
        # Since late 2025 the vendor signs as Vantor; what the licence says comes first.
        credit=f"Satellite image ©{year} {'Vantor' if year >= '2026' else 'Maxar Technologies'}"
        if year
        else "",
        bands=bands if n_bands else _BY_BAND_ID.get(band_id, ()),
        product=" ".join(filter(None, (leaves.get("productLevel", ""), band_id))),
    )


def _first(leaves: Mapping[str, str], *keys: str, low: float = 0, high: float) -> float:
    numbers = (number(leaves.get(key), low, high) for key in keys)
    return next((found for found in numbers if math.isfinite(found)), math.nan)


def _rpc(merged: Mapping[str, Any]) -> Plain | None:
    """Return the camera model of a product that is not map-projected, or None."""
    leaves = flat(merged["RPB"]) if isinstance(merged.get("RPB"), dict) else flat(merged)
    found: Plain = {"err_bias": None, "err_rand": None}
    for name, key in _RPC_KEYS:
        found[name] = number(leaves.get(key))
        if math.isnan(found[name]):
            return None
    for name, key in _RPC_LISTS:
        text = leaves.get(key, "").strip("() ").replace(",", " ")
        found[name] = [number(part) for part in text.split()]
        if len(found[name]) != 20 or any(map(math.isnan, found[name])):
            return None
    return found
