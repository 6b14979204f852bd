"""Airbus: DIMAP 2 (Pléiades, Pléiades Neo, SPOT 6/7) and DIMAP 1 (SPOT 5), with their masks.

Field names after the user guides of Pléiades, Pléiades Neo and SPOT imagery.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from vallum.imagery.deliveries import sets
from vallum.imagery.deliveries.order import Image, Mask, Plain, Told
from vallum.imagery.deliveries.papers import Folder, every, local, moment, number, value

KIND = "Airbus"
_NAMES = {
    "PHR": "Pléiades", "PNEO": "Pléiades Neo", "SPOT": "SPOT", "S6": "SPOT 6", "S7": "SPOT 7",
}  # fmt: skip
# Bands of the four-band sensors by the vendor's numbers; Pléiades Neo has letters instead.
_BANDS = {
    "P": "pan", "PAN": "pan", "B0": "blue", "B1": "green", "B2": "red", "B3": "nir",
    "R": "red", "G": "green", "B": "blue", "NIR": "nir", "RE": "rededge", "DB": "coastal",
    "RED": "red", "GREEN": "green", "BLUE": "blue",
}  # fmt: skip
_RAW = ("SENSOR", "PRIMARY", "1A", "1B")


def images(folder: Folder) -> Iterator[tuple[str, Image]]:
    """Yield the dataset's name and the image, for every image that a DIMAP document describes."""
    documents = {p: root for p, root in folder.xml.items() if local(root) == "Dimap_Document"}
    folder.claimed.update(documents)
    for paper, root in documents.items():
        folder.at = paper
        groups = [g for g in every(root, "Data_Files", "Data_Access") if _hrefs(g)]
        if not groups:
            continue  # a volume, a camera model, a quality report
        inner = [g for g in groups if local(g) == "Data_Files"] or groups[:1]
        ranked = sorted(inner, key=lambda g: "red" not in _bands(g, root))
        name = value(root, "Dataset_Identification/DATASET_NAME") or value(
            root, "Dataset_Id/DATASET_NAME"
        )
        found = _image(folder, paper, root, ranked[0], documents)
        for other in ranked[1:]:
            files, _, _ = sets.files_of(folder, paper, _hrefs(other))
            folder.claimed.update(files)
        yield name or paper.parent.name, found


def _hrefs(group: Any) -> list[str]:
    paths = every(group, "DATA_FILE_PATH", "DATA_FILE_ORGANISATION_PATH")
    return [path.get("href") for path in paths if path.get("href")]


def _image(folder: Folder, paper: Path, root: Any, group: Any, documents: dict[Path, Any]) -> Image:
    size = (
        number(value(root, "Raster_Dimensions/NCOLS")),
        number(value(root, "Raster_Dimensions/NROWS")),
    )
    listed = _hrefs(group)
    whole = None if math.isnan(sum(size)) or len(listed) > 1 else (int(size[0]), int(size[1]))
    level = (
        value(root, "Product_Settings/PROCESSING_LEVEL")
        or value(root, "Data_Processing/PROCESSING_LEVEL")
    ).upper()
    told = _told(folder, paper, root, group, level)
    files, missing, notes = sets.files_of(folder, paper, listed, whole=whole, taken=told.taken)
    is_raw = level in _RAW
    n_more = sum(1 for g in every(root, "Data_Files") if _hrefs(g)) - 1
    if n_more > 0:
        notes.append("its red, green and blue are taken in, not its second file of bands")
    return Image(
        name=value(root, "Dataset_Identification/DATASET_NAME") or paper.stem,
        files=tuple(str(path) for path in files),
        how="tiles" if len(files) > 1 else "one",
        told=told,
        masks=_masks(folder, paper),
        rpc=_rpc(folder, paper, root, documents) if is_raw else None,
        is_raw=is_raw,
        missing=tuple(missing),
        papers=(paper.name,),
        nothing=0,
        notes=tuple(notes),
    )


def _masks(folder: Folder, paper: Path) -> tuple[Mask, ...]:
    """Return the cloud mask beside a document: `MASKS/CLD_*_MSK.GML`."""
    near = [
        path
        for path in folder.xml
        if path.name.upper().startswith("CLD_") and path.is_relative_to(paper.parent)
    ]
    folder.claimed.update(near)
    return tuple(Mask(path=str(path), kind="gml") for path in near[:1])


def _told(folder: Folder, paper: Path, root: Any, group: Any, level: str) -> Told:
    moments = sorted(
        found for strip in every(root, "Strip_Source", "Scene_Source") if (found := _moment(strip))
    )
    centre = next(
        (g for g in every(root, "Located_Geometric_Values")
         if value(g, "LOCATION_TYPE").lower() == "center"),
        next(every(root, "Located_Geometric_Values"), root),
    )  # fmt: skip
    moments = moments or [m for m in [moment(value(centre, "TIME"))] if m]
    days = sorted({at[:10] for at in moments})
    taken = "" if not days else days[0] if len(days) == 1 else f"{days[0]}..{days[-1]}"
    year = days[-1][:4] if days else ""
    mission = value(root, "MISSION")
    bands = _bands(group, root)
    angle = number(value(centre, "VIEWING_ANGLE"), -90, 90)
    if math.isnan(angle):
        angle = number(value(centre, "INCIDENCE_ANGLE"), -90, 90)
    cloud = number(value(root, "Dataset_Content/CLOUD_COVERAGE"), 0, 100)
    sun = number(value(centre, "SUN_ELEVATION"), -90, 90)
    maker = "CNES" if mission.upper().startswith(("PHR", "PLEIADES")) else "Airbus DS"
    return Told(
        taken=taken,
        taken_at=moments[0] if len(days) == 1 else "",
        source=f"sidecar {paper.name}",
        sensor=_sensor(root, mission),
        gsd_m=_gsd_m(root, centre),
        off_nadir_deg=abs(angle),
        # AZIMUTH_ANGLE is the orientation of the scene, not the direction of the satellite.
        sun_azimuth_deg=number(value(centre, "SUN_AZIMUTH"), 0, 360),
        sun_elevation_deg=sun,
        cloud_percent=cloud,
        licence=sets.licence(folder, paper),
        credit=f"© {maker} {year}, distribution Airbus DS" if year else "",
        bands=bands,
        reflectance=_reflectance(root, group, bands, days[0] if days else "", sun),
        product=" ".join(filter(None, (level, value(root, "SPECTRAL_PROCESSING")))),
    )


def _moment(strip: Any) -> str:
    day, clock = value(strip, "IMAGING_DATE"), value(strip, "IMAGING_TIME")
    if not day:
        return ""
    clock = clock.removesuffix("Z")
    return moment(f"{day}T{clock or '00:00:00'}+00:00") or (f"{day}T" if len(day) == 10 else "")


def _sensor(root: Any, mission: str) -> str:
    name = _NAMES.get(mission.upper(), mission)
    index = value(root, "MISSION_INDEX")
    return f"{name} {index}".strip() if index and index not in name else name


def _gsd_m(root: Any, centre: Any) -> float:
    for path in ("RESAMPLING_SPACING", "GSD_ACROSS_TRACK", "XDIM"):
        found = number(value(root if path != "GSD_ACROSS_TRACK" else centre, path), 0.05, 100)
        if math.isfinite(found):
            return found
    return math.nan


def _bands(group: Any, root: Any) -> tuple[str, ...]:
    """Return what each band of a group of files shows, in the order of the file."""
    indexes = {}
    for source in (group, root):
        for entry in every(source, "Raster_Index"):
            at = number(value(entry, "BAND_INDEX"), 1, 20)
            if math.isfinite(at):
                indexes[int(at)] = _BANDS.get(value(entry, "BAND_ID").upper(), "")
        if indexes:
            break
    found = tuple(indexes[n] for n in sorted(indexes))
    if not found and value(root, "Raster_Dimensions/NBANDS") == "1":
        found = ("pan",)
    return found if found and all(found) else ()


def _reflectance(
    root: Any, group: Any, bands: tuple[str, ...], day: str, sun_deg: float
) -> tuple[float, ...]:
    """Return gain and offset to reflectance at the top of the atmosphere, band by band.

    Radiance L = DN / GAIN + BIAS; reflectance = pi L d^2 / (E cos z), with the solar irradiance E
    of the document and the distance d of the sun from the day of the year.
    """
    ids = [value(entry, "BAND_ID") for entry in every(group, "Raster_Index")] or [
        value(entry, "BAND_ID") for entry in every(root, "Raster_Index")
    ]
    measured = {value(b, "BAND_ID"): b for b in every(root, "Band_Radiance")}
    light = {value(b, "BAND_ID"): b for b in every(root, "Band_Solar_Irradiance")}
    if not (ids and len(ids) == len(bands) and len(day) == 10 and sun_deg > 5):
        return ()
    if value(root, "RADIOMETRIC_PROCESSING").upper() not in {"", "BASIC"}:
        return ()  # stretched for display or reflectance of another definition
    day_of_year = date.fromisoformat(day).timetuple().tm_yday
    distance = 1 - 0.01672 * math.cos(math.radians(0.9856 * (day_of_year - 4)))
    found: list[float] = []
    for band in ids:
        gain = number(value(measured[band], "GAIN"), 1e-6) if band in measured else math.nan
        bias = number(value(measured[band], "BIAS")) if band in measured else math.nan
        sun = number(value(light[band], "VALUE"), 1) if band in light else math.nan
        if math.isnan(gain + bias + sun):
            return ()
        scale = math.pi * distance**2 / (sun * math.sin(math.radians(sun_deg)))
        found += [scale / gain, scale * bias]
    return tuple(found)


_RPC = (
    ("height_off", "HEIGHT_OFF"), ("height_scale", "HEIGHT_SCALE"), ("lat_off", "LAT_OFF"),
    ("lat_scale", "LAT_SCALE"), ("line_off", "LINE_OFF"), ("line_scale", "LINE_SCALE"),
    ("long_off", "LONG_OFF"), ("long_scale", "LONG_SCALE"), ("samp_off", "SAMP_OFF"),
    ("samp_scale", "SAMP_SCALE"),
)  # fmt: skip
_RPC_LISTS = (
    ("line_den_coeff", "LINE_DEN_COEFF"), ("line_num_coeff", "LINE_NUM_COEFF"),
    ("samp_den_coeff", "SAMP_DEN_COEFF"), ("samp_num_coeff", "SAMP_NUM_COEFF"),
)  # fmt: skip


def _rpc(folder: Folder, paper: Path, root: Any, documents: dict[Path, Any]) -> Plain | None:
    """Return the camera model (ground to image) that belongs to a document, or None."""
    named = [
        folder.find(paper, path.get("href"))
        for path in every(root, "COMPONENT_PATH")
        if "RPC" in str(path.get("href")).upper()
    ]
    beside = [
        path
        for path, document in documents.items()
        if path.parent == paper.parent and next(every(document, "Global_RFM"), None) is not None
    ]
    for path in [*filter(None, named), *beside]:
        if path in documents:
            return _model(documents[path])
    return None


def _model(document: Any) -> Plain | None:
    inverse = next(every(document, "Inverse_Model"), None)
    validity = next(every(document, "RFM_Validity"), document)
    if inverse is None:
        return None
    found: Plain = {"err_bias": None, "err_rand": None}
    for name, key in _RPC:
        found[name] = number(value(validity, key))
        if math.isnan(found[name]):
            return None
    # The first pixel of this vendor is (1, 1), of the usual form of the model (0, 0).
    found["line_off"] -= 1
    found["samp_off"] -= 1
    for name, key in _RPC_LISTS:
        found[name] = [number(value(inverse, f"{key}_{n}")) for n in range(1, 21)]
        if any(map(math.isnan, found[name])):
            return None
    return found
