"""Within `add`: images that stay in object storage and are read there (`--in-place s3://...`).

Each is fetched once, hashed, looked at in the limited process like every foreign file, and thrown
away again; what stays is its row, with the size and the ETag that all later reading insists on.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vallum.ground.errors import BadImage, BadInput, BadSetting
from vallum.ground.records import Scene
from vallum.imagery import objects, stated
from vallum.project import Project
from vallum.steps.delivering import Intake, keep, refuse, told
from vallum.steps.done import Done, Progress, silent

if TYPE_CHECKING:
    from vallum.imagery.catalog import Received, Wish

_SIDECAR_BYTES = 1 << 20
_SPARE_BYTES = 64 << 20
_CONVERT = "convert it with gdal_translate -of COG and put it there again"


def deliver(
    project: Project,
    paths: Sequence[Path],
    wish: Wish,
    *,
    dem: Path | None = None,
    show: Progress = silent,
) -> Done:
    """Take in cloud-optimised GeoTIFFs that stay where they are; `making.add` says how.

    Raises:
        BadInput: the bucket is not trusted, cannot be listed, or holds no such image.
        BadSetting: something else was wanted than to use them where they are.
    """
    if not all(objects.is_object(path) for path in paths) or dem is not None:
        raise BadSetting(
            "files and objects in storage are added apart, objects without --dem; nothing was "
            "added, name the objects alone"
        )
    if not wish.in_place:
        raise BadSetting(
            "objects in storage are used where they are, and only those that you trust; nothing "
            "was added, say --in-place, or fetch the files and add those"
        )
    wanted, n_odd = _wanted(paths)
    with project.run("add") as work:
        run = Intake(
            project=project,
            wish=wish,
            work=work,
            dem=None,
            show=show,
            known=project.rows(Scene),
        )
        for n_done, (bucket, key) in enumerate(wanted):
            show("add", n_done, len(wanted), "images")
            _take(run, bucket, key)
        show("add", len(wanted), len(wanted), "images")
        if n_odd:
            refuse(run, "names", f"names: {n_odd:,} keys cannot be written into a row (# ? \\ //)")
    return told(run)


def _wanted(paths: Sequence[Path]) -> tuple[list[tuple[str, str]], int]:
    """Return buckets and keys of all images that were named, and how many keys no row can name."""
    from vallum.imagery import buckets

    found: dict[tuple[str, str], None] = {}
    n_odd = 0
    for path in paths:
        bucket, key = objects.parse(str(path))
        storage = objects.storage(bucket)
        if key.lower().endswith(objects.SUFFIXES):
            found[bucket, key] = None
            continue
        names, odd = buckets.keys(storage, bucket, key)
        n_odd += odd
        found |= {(bucket, name): None for name in names if _is_image(name)}
    if not found:
        raise BadInput(
            f"no GeoTIFF (.tif) in {', '.join(f's3://{_plain(path)}' for path in paths)}; nothing "
            "was added, check the names"
        )
    return list(found), n_odd


def _plain(path: Path) -> str:
    return "/".join(part for part in objects.parse(str(path)) if part)


def _is_image(key: str) -> bool:
    is_hidden = any(part.startswith(".") for part in key.split("/"))
    return key.lower().endswith(objects.SUFFIXES) and not is_hidden


def _take(run: Intake, bucket: str, key: str) -> None:
    from vallum.imagery import buckets

    name = stated.words(key.rpartition("/")[2], 200)
    try:
        storage = objects.storage(bucket)
        found = buckets.look(storage, bucket, key)
        one = objects.Named(bucket=bucket, key=key, size=found.size, etag=found.etag)
        got = _known(run, one) or _received(run, storage, one)
    except BadImage as error:
        refuse(run, name, str(error))
        return
    if got.scene is None:
        # A picture without a place, too: what it needs is done to files.
        refuse(run, name, got.problem.replace("add it without --in-place", _CONVERT))
        return
    keep(run, replace(got, scene=replace(got.scene, href=one.href)), name)


def _known(run: Intake, one: objects.Named) -> Received | None:
    """Return what is known of the same content at the same place: it is not fetched again."""
    from vallum.imagery.catalog import Received

    if run.wish.taken is not None:
        return None  # whether the file agrees is seen in the file
    scene = next((scene for scene in run.known if scene.href == one.href), None)
    if scene is None:
        return None
    wish = run.wish
    said = replace(scene, licence=wish.licence, credit=wish.credit, may_publish=wish.may_publish)
    return Received(path=one.path, scene=said, note="already in the project")


def _received(run: Intake, storage: objects.Storage, one: objects.Named) -> Received:
    """Fetch an object whole, and have it looked at as a file that is used in place.

    Raises:
        BadImage: there is no room, or it cannot be fetched.
    """
    from vallum.imagery import buckets, catalog

    folder = run.project.imagery_folder
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < one.size + _SPARE_BYTES:
        raise BadImage(
            f"{one.name}: no room to look at it once ({one.size / 2**30:,.1f} GiB for a moment); "
            "nothing was added, free some space and add it again"
        )
    with catalog.incoming(folder) as work:
        # Of a hidden folder nothing is read, so that the file lies one deeper.
        inside = work / "object"
        inside.mkdir()
        file = inside / one.name
        with file.open("wb") as stream:
            for piece in buckets.pieces(storage, one):
                stream.write(piece)
        for path, body in _papers(storage, one, file):
            path.write_bytes(body)
        (got,) = catalog.receive([file], folder, run.wish)
        return got


def _papers(
    storage: objects.Storage, one: objects.Named, file: Path
) -> Iterator[tuple[Path, bytes]]:
    """Yield the STAC item beside the object, as a file beside its copy; at most one."""
    from vallum.imagery import buckets, catalog

    folder = one.key.rpartition("/")[0]
    for path in catalog.beside(file):
        key = f"{folder}/{path.name}" if folder else path.name
        body = buckets.small(storage, one.bucket, key, _SIDECAR_BYTES)
        if body is not None:
            yield path, body
            return
