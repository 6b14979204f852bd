"""Which licences everything has that vallum runs with, and whether they go together with its own.

    python tools/licences.py            one line for each part; fails on one that does not go
    python tools/licences.py --brief    only what must be named, and what does not go

Looked at: every Python package that `pyproject.toml` asks for and whatever those ask for (with the
extras that users may choose), the shared libraries that lie inside their packages, the JavaScript
in the bundle, and the packaged data. A licence nobody put on the list here is an error: somebody
must look. Taken at their word: what a package says of the sources compiled into its own modules.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import tomllib
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("clouds", "parquet", "postgres", "video")

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CNRI-Python",
    "FTL", "HPND", "IJG", "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-1.1", "MPL-2.0",
    "OpenSSL", "PSF-2.0",
    "Unlicense", "Zlib", "blessing", "curl", "libpng-2.0", "libtiff",
    "GPL-3.0-or-later WITH GCC-exception-3.1",  # the runtime of a compiler: any program may use it
}  # fmt: skip
# Allowed where it is a file of its own that anybody may exchange, and named in NOTICE.
EXCHANGEABLE = {"LGPL-2.1-or-later"}
# Data: whoever passes it on names its makers; see NOTICE.
DATA = {"Apache-2.0", "MIT", "OFL-1.1", "ODbL-1.0", "CC-BY-4.0", "public domain", "facts"}

# Read by a person, in the licence file of the package, where it does not say so in one word.
READ = {
    "cligj": "BSD-3-Clause",
    "contourpy": "BSD-3-Clause",
    "cycler": "BSD-3-Clause",
    "edtf": "MIT",
    "jinja2": "BSD-3-Clause",
    "justext": "BSD-2-Clause",
    "kiwisolver": "BSD-3-Clause",
    "matplotlib": "PSF-2.0",
    "omegaconf": "BSD-3-Clause",
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",
    "pyrage": "MIT",
    "rasterio": "BSD-3-Clause",
    "scikit-image": "BSD-3-Clause AND BSD-2-Clause AND MIT",
    "scipy": "BSD-3-Clause",
}
_WORDS = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 3-clause license": "BSD-3-Clause",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "new bsd": "BSD-3-Clause",
}

# Shared libraries inside packages, by the beginning of their file name: name, licence.
NATIVE = {
    "Lerc": ("LERC", "Apache-2.0"),
    "Xau": ("libXau", "MIT"),
    "aec": ("libaec", "BSD-2-Clause"),
    "aom": ("libaom", "BSD-2-Clause"),
    "arrow": ("Apache Arrow", "Apache-2.0"),
    "avcodec": ("FFmpeg", "LGPL-2.1-or-later"),
    "avformat": ("FFmpeg", "LGPL-2.1-or-later"),
    "avif": ("libavif", "BSD-2-Clause"),
    "avutil": ("FFmpeg", "LGPL-2.1-or-later"),
    "blosc": ("C-Blosc", "BSD-3-Clause"),
    "brotlicommon": ("Brotli", "MIT"),
    "brotlidec": ("Brotli", "MIT"),
    "crypto": ("OpenSSL", "Apache-2.0 OR OpenSSL"),
    "curl": ("curl", "curl"),
    "deflate": ("libdeflate", "MIT"),
    "drm": ("libdrm", "MIT"),
    "freetype": ("FreeType", "FTL"),
    "gdal": ("GDAL", "MIT"),
    "geos": ("GEOS", "LGPL-2.1-or-later"),
    "geos_c": ("GEOS", "LGPL-2.1-or-later"),
    "gfortran": ("libgfortran", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "gif": ("giflib", "MIT"),
    "gomp": ("libgomp", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "harfbuzz": ("HarfBuzz", "MIT"),
    "hdf5": ("HDF5", "BSD-3-Clause"),
    "hdf5_hl": ("HDF5", "BSD-3-Clause"),
    "jpeg": ("libjpeg-turbo", "IJG AND BSD-3-Clause AND Zlib"),
    "json-c": ("json-c", "MIT"),
    "lcms2": ("Little CMS", "MIT"),
    "lzma": ("XZ Utils", "0BSD"),
    "netcdf": ("netCDF", "BSD-3-Clause"),
    "nghttp2": ("nghttp2", "MIT"),
    "onnxruntime": ("ONNX Runtime", "MIT"),
    "onnxruntime_providers_shared": ("ONNX Runtime", "MIT"),
    "openblasp-r0": ("OpenBLAS", "BSD-3-Clause"),
    "openjp2": ("OpenJPEG", "BSD-2-Clause"),
    "parquet": ("Apache Parquet C++", "Apache-2.0"),
    "pcre2-8": ("PCRE2", "BSD-3-Clause"),
    "pdfium": ("PDFium", "BSD-3-Clause AND Apache-2.0"),
    "png16": ("libpng", "libpng-2.0"),
    "proj": ("PROJ", "MIT"),
    "quadmath": ("libquadmath", "LGPL-2.1-or-later"),
    "scipy_openblas": ("OpenBLAS", "BSD-3-Clause"),
    "scipy_openblas64_": ("OpenBLAS", "BSD-3-Clause"),
    "sharpyuv": ("libwebp", "BSD-3-Clause"),
    "sqlite3": ("SQLite", "blessing"),
    "ssl": ("OpenSSL", "Apache-2.0 OR OpenSSL"),
    "swresample": ("FFmpeg", "LGPL-2.1-or-later"),
    "swscale": ("FFmpeg", "LGPL-2.1-or-later"),
    "sz": ("libaec", "BSD-2-Clause"),
    "tiff": ("LibTIFF", "libtiff"),
    "vpx": ("libvpx", "BSD-3-Clause"),
    "webp": ("libwebp", "BSD-3-Clause"),
    "webpdemux": ("libwebp", "BSD-3-Clause"),
    "webpmux": ("libwebp", "BSD-3-Clause"),
    "xcb": ("libxcb", "MIT"),
    "zstd": ("Zstandard", "BSD-3-Clause"),
}
# Programs that are started, not linked: their licence ends where they do.
PROGRAMS = {"imageio-ffmpeg": ("ffmpeg", "GPL-3.0-or-later")}

# Packaged files by folder, then by name where one differs.
PACKAGED = {
    "base": "public domain",
    "context": "facts",
    "detection": "Apache-2.0",
    "evidence": "Apache-2.0",
    "evidence/centerface.onnx": "MIT",
    "fonts": "OFL-1.1",
    "frontiers": "ODbL-1.0",
    "places": "CC-BY-4.0",
    "published": "facts",
    "visibility": "Apache-2.0",
}
_OWN_WORDS = {"LICENCE", "MODEL-CARD.md"}


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something that vallum is passed on with, or that is fetched for it.

    Attributes:
        kind: "python", "library", "program", "javascript" or "data".
        name: as its makers call it; of data, the path under `src/vallum/data`.
        version: empty where it has none.
        licence: an SPDX expression, or a word of `DATA`; empty if it is not known.
        inside: the Python package in which it lies.
        file: its file name there.
        sha256: of its one file, where it is one file that is pinned.
        sha512: the same, as npm pins it.
        needs: names of the Python packages it asks for.
        is_optional: only with an extra that the user chose.
    """

    kind: str
    name: str
    version: str = ""
    licence: str = ""
    inside: str = ""
    file: str = ""
    sha256: str = ""
    sha512: str = ""
    needs: tuple[str, ...] = ()
    is_optional: bool = False


def python_parts(root: Path = ROOT) -> list[Part]:
    """Return the packages that vallum runs with, as they are installed here.

    Raises:
        PackageNotFoundError: one is not installed, so that nobody can say what it is.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    chosen = [word for extra in EXTRAS for word in project["optional-dependencies"][extra]]
    always = _closure([Requirement(word) for word in project["dependencies"]])
    everything = _closure([Requirement(word) for word in [*project["dependencies"], *chosen]])
    return [
        Part(
            kind="python",
            name=name,
            version=found.version,
            licence=_declared(name, found),
            needs=tuple(sorted({n for n, _ in _asked(found, extras)})),
            is_optional=name not in always,
        )
        for name, (found, extras) in sorted(everything.items())
    ]


def direct(root: Path = ROOT) -> list[str]:
    """Return the names of the packages that vallum itself asks for, with and without extras."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"]]
    lines += [line for extra in EXTRAS for line in project["optional-dependencies"][extra]]
    return sorted({str(canonicalize_name(Requirement(line).name)) for line in lines})


def _closure(wanted: list[Requirement]) -> dict[str, tuple[Distribution, frozenset[str]]]:
    """Return what these need, and what that needs, by name, with the extras that are asked for."""
    found: dict[str, tuple[Distribution, frozenset[str]]] = {}
    ahead = [(canonicalize_name(one.name), frozenset(one.extras)) for one in wanted]
    while ahead:
        name, extras = ahead.pop()
        if name in found and extras <= found[name][1]:
            continue
        extras |= found[name][1] if name in found else frozenset()
        found[name] = distribution(name), extras
        ahead += _asked(*found[name])
    return found


def _asked(found: Distribution, extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    """Return the packages that one asks for on this machine."""
    asked = []
    for line in found.requires or ():
        one = Requirement(line)
        if one.marker is None or any(one.marker.evaluate({"extra": e}) for e in ("", *extras)):
            asked.append((str(canonicalize_name(one.name)), frozenset(one.extras)))
    return asked


def _declared(name: str, found: Distribution) -> str:
    """Return the licence of a package as an SPDX expression; empty if nobody knows."""
    if name in READ:
        return READ[name]
    said = found.metadata
    if said.get("License-Expression"):
        return str(said["License-Expression"])
    classes = [
        line.rpartition(" :: ")[2]
        for line in said.get_all("Classifier") or []
        if line.startswith("License :: ")
    ]
    for words in ((said.get("License") or "").strip(), *classes):
        spdx = _WORDS.get(words.lower(), words)
        if spdx and not _unknown(spdx, ALLOWED | EXCHANGEABLE):
            return spdx
    return ""


def inner_parts(root: Path = ROOT) -> Iterator[Part]:
    """Yield the shared libraries and programs that lie inside the packages installed here."""
    for part in python_parts(root):
        for file in distribution(part.name).files or ():
            known = re.fullmatch(r"lib([\w-]+?)(-[0-9a-f]{8})*\.(so|dylib)(.*)", file.name)
            if known is None:  # on macOS the version stands before the ending
                known = re.fullmatch(r"lib([\w-]+?)()\.([\d.]+)\.dylib()", file.name)
            if known is None or file.hash is None:
                continue
            stem = "arrow" if known[1].startswith("arrow_") else known[1]
            name, licence = NATIVE.get(stem, (known[1], ""))
            version = re.search(r"\d[\w.]*", known[4] or known[3])
            yield Part(
                kind="library",
                name=name,
                version=version[0] if version else "",
                licence=licence,
                inside=part.name,
                file=file.name,
                sha256=urlsafe_b64decode(file.hash.value + "==").hex(),
                is_optional=part.is_optional,
            )
        if part.name in PROGRAMS:
            name, licence = PROGRAMS[part.name]
            yield Part(
                kind="program", name=name, licence=licence, inside=part.name, is_optional=True
            )


def javascript_parts(root: Path = ROOT) -> list[Part]:
    """Return the packages inside the bundle of the page, as the bundle itself lists them."""
    listed = (root / "src/vallum/web/static/LICENCES.txt").read_text("utf-8")
    locked = json.loads((root / "frontend/package-lock.json").read_text("utf-8"))["packages"]
    parts = []
    for name, version, licence in re.findall(
        r"^={78}\n(\S+) (\S+) \(([^)\n]+)\)$", listed, re.MULTILINE
    ):
        pinned = str(locked.get(f"node_modules/{name}", {}).get("integrity", ""))
        digest = urlsafe_b64decode(
            pinned.removeprefix("sha512-").replace("+", "-").replace("/", "_")
        ).hex()
        parts.append(
            Part(kind="javascript", name=name, version=version, licence=licence, sha512=digest)
        )
    return sorted(parts, key=lambda part: part.name)


def data_parts(root: Path = ROOT) -> list[Part]:
    """Return the packaged files: networks, fonts, lines, tables."""
    folder, parts = root / "src/vallum/data", []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name in _OWN_WORDS or path.suffix == ".pyc":
            continue
        name = path.relative_to(folder).as_posix()
        licence = PACKAGED.get(name, PACKAGED.get(name.partition("/")[0], ""))
        digest = sha256(path.read_bytes()).hexdigest()
        parts.append(Part(kind="data", name=name, licence=licence, sha256=digest))
    return parts


def all_parts(root: Path = ROOT) -> list[Part]:
    """Return everything, in one order."""
    return [
        *python_parts(root),
        *inner_parts(root),
        *javascript_parts(root),
        *data_parts(root),
    ]


def _unknown(expression: str, allowed: set[str]) -> list[str]:
    """Return what is not allowed in an SPDX expression: one way through each `OR` is enough."""
    if expression in allowed:
        return []
    words = re.findall(r"\(|\)|[^\s()]+", expression)
    depth = 0
    cuts: dict[str, list[int]] = {"AND": [], "OR": []}
    for n, word in enumerate(words):
        depth += {"(": 1, ")": -1}.get(word, 0)
        if depth == 0 and word in cuts:
            cuts[word].append(n)
    for joint in ("OR", "AND"):
        if cuts[joint]:
            ends = [-1, *cuts[joint], len(words)]
            sides = [
                _unknown(" ".join(words[a + 1 : b]), allowed) for a, b in itertools.pairwise(ends)
            ]
            return min(sides, key=len) if joint == "OR" else [one for s in sides for one in s]
    if words[:1] == ["("] and words[-1:] == [")"]:
        return _unknown(" ".join(words[1:-1]), allowed)
    return [expression]


def complaints(parts: list[Part], notice: str) -> list[str]:
    """Return one line for each part whose licence is unknown or does not go."""
    wrong = []
    for part in parts:
        where = f"{part.name} {part.version}".strip() + (f" in {part.inside}" * bool(part.inside))
        if not part.licence:
            file = f" ({part.file})" if part.file else ""
            wrong.append(f"{where}{file}: its licence is not known; read it, then add it here")
        elif part.kind == "data":
            if part.licence not in DATA:
                wrong.append(f"{where}: {part.licence} is not allowed for data")
        elif part.kind == "program":
            if part.name.casefold() not in notice.casefold():
                wrong.append(f"{where}: {part.licence}; NOTICE must name it")
        elif part.kind == "library":
            if _unknown(part.licence, ALLOWED | EXCHANGEABLE):
                wrong.append(f"{where}: {part.licence} is not allowed")
            elif _unknown(part.licence, ALLOWED) and part.name not in notice:
                wrong.append(f"{where}: {part.licence}; NOTICE must name it")
        elif _unknown(part.licence, ALLOWED):
            wrong.append(f"{where}: {part.licence} is not allowed")
    return sorted(set(wrong))


def main() -> int:
    """Print it, and fail if something does not go."""
    parts = all_parts()
    brief = "--brief" in sys.argv[1:]
    for part in parts:
        plain = part.kind in {"python", "javascript"} or not _unknown(part.licence, ALLOWED)
        if not (brief and plain):
            inside = f" (in {part.inside})" if part.inside else ""
            print(f"{part.kind:10} {part.name} {part.version}{inside}: {part.licence or '?'}")
    wrong = complaints(parts, (ROOT / "NOTICE").read_text("utf-8"))
    for line in wrong:
        print(f"vallum: {line}", file=sys.stderr)
    print(f"{len(parts)} parts, {len(wrong)} whose licence does not go or is not known")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
