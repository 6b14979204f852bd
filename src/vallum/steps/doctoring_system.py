"""What the system tells of itself: file systems, swap, encryption, versions. Reads only."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC, _SYS = Path("/proc"), Path("/sys")
_NETWORK = ("nfs", "cifs", "smb", "fuse.sshfs", "fuse.rclone", "9p", "afs", "ceph", "glusterfs",
            "davfs", "fuse.davfs2")  # fmt: skip
_BLOCK_DEPTH = 6

_KNOWN: tuple[tuple[str, tuple[int, ...], tuple[int, ...], str], ...] = (
    # (library, from, mended in, what)
    ("SQLite", (3,), (3, 39, 2), "writes beyond its memory on very long texts (CVE-2022-35737)"),
    ("SQLite", (3, 39, 2), (3, 50, 2), "memory errors on crafted questions (CVE-2025-6965)"),
    ("OpenSSL", (3, 0, 0), (3, 0, 7), "memory errors on crafted certificates (CVE-2022-3602)"),
    ("libwebp", (0,), (1, 3, 2), "memory errors on crafted pictures (CVE-2023-4863)"),
    ("torch", (0,), (2, 6), "weights can run programs (CVE-2025-32434)"),
)


@dataclass(frozen=True, kw_only=True)
class Mount:
    """The file system under a path: its kind, and the device; empty where nobody tells."""

    kind: str = ""
    device: str = ""

    @property
    def is_network(self) -> bool:
        """It lies on another machine."""
        return self.kind.startswith(_NETWORK)


def mount_of(path: Path, table: Path = _PROC / "self/mounts") -> Mount:
    """Return the file system that holds a path."""
    here, best, found = path.resolve(), "", Mount()
    try:
        lines = table.read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        device, point, kind, *_ = [*line.split(" "), "", "", ""]
        point = point.replace("\\040", " ")
        if point and here.is_relative_to(point) and len(point) >= len(best):
            best, found = point, Mount(kind=kind, device=device)
    return found


def open_swaps(
    table: Path = _PROC / "swaps", blocks: Path = _SYS / "class/block"
) -> list[str] | None:
    """Return the swap areas that are not known to be encrypted or in memory; None if not told."""
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return None
    names = [line.split()[0] for line in lines if line.strip()]
    return [
        name
        for name in names
        if not Path(name).name.startswith("zram") and not _is_locked(Path(name).name, blocks, 0)
    ]


def is_encrypted(path: Path, blocks: Path = _SYS / "class/block") -> bool | None:
    """Say whether the disk under a path is encrypted; None where the system does not tell."""
    device = mount_of(path).device
    if not device.startswith("/dev/"):
        return None
    name = Path(device).resolve().name
    return _is_locked(name, blocks, 0) if (blocks / name).exists() else None


def _is_locked(name: str, blocks: Path, depth: int) -> bool:
    """Say whether a block device, or one that it lies on, is opened by dm-crypt."""
    name = Path("/dev", name).resolve().name if not (blocks / name).exists() else name
    try:
        if (blocks / name / "dm/uuid").read_text().startswith("CRYPT-"):
            return True
    except OSError:
        pass
    try:
        below = [one.name for one in (blocks / name / "slaves").iterdir()]
    except OSError:
        return False
    return (
        depth < _BLOCK_DEPTH
        and bool(below)
        and all(_is_locked(one, blocks, depth + 1) for one in below)
    )


def known(library: str, version: str) -> str:
    """Return what is known to be wrong with a version of a library; nothing if nothing is."""
    digits = re.match(r"\D*(\d+(?:\.\d+)*)", version)
    if digits is None:
        return ""
    parts = tuple(int(one) for one in digits[1].split("."))
    said = [
        what for name, first, mended, what in _KNOWN if name == library and first <= parts < mended
    ]
    return "; ".join(said)


def versions() -> Iterator[tuple[str, str, str]]:
    """Yield each library that reads foreign bytes: name, version, and what is known to be wrong."""
    import ssl
    from importlib.metadata import PackageNotFoundError, version

    import pyproj
    import rasterio
    from PIL import features

    from vallum.ground.formats import geopackage

    found = {
        "GDAL": rasterio.__gdal_version__,
        "PROJ": str(pyproj.proj_version_str),
        "SQLite": geopackage.SQLITE_VERSION,
        "OpenSSL": ssl.OPENSSL_VERSION.removeprefix("OpenSSL ").split(" ")[0],
        "libwebp": str(features.version("webp") or ""),
    }
    with contextlib.suppress(PackageNotFoundError):
        found["torch"] = version("torch")
    for name, text in found.items():
        if text:
            yield name, text, known(name, text)


def detector() -> Iterator[tuple[str, Path, str]]:
    """Yield the network that looks for lines: name, file and its SHA-256."""
    from vallum.change import network

    yield "lines", network.WEIGHTS, network.SHA256


def without_home(text: str) -> str:
    """Return text in which the home is ~: its path tells a name."""
    return text.replace(str(Path.home()), "~")
