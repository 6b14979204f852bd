"""From one item of a catalogue to one GeoTIFF of the corridor and the provider's mask of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from vallum.ground import foreign
from vallum.ground.errors import BadImage, NotReached
from vallum.ground.whole import replace_whole
from vallum.imagery.stac import download, ranges
from vallum.imagery.stac.download import Show
from vallum.imagery.stac.items import Asset, Item
from vallum.imagery.stac.presets import Signer
from vallum.imagery.stac.ranges import Parts

_MASK_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class Got:
    """What was fetched.

    Attributes:
        image: the GeoTIFF.
        mask: the provider's mask on its grid; None where there is none.
        n_bytes: bytes that came over the network.
        note: what a person should know.
    """

    image: Path
    mask: Path | None
    n_bytes: int
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to fetch of one item, and where to.

    Attributes:
        item: the image.
        assets: its files, as `items.chosen` gave them.
        area: what is needed, EPSG:4326; None for all of it.
        folder: where it is put; what an earlier run left there is gone on with.
        signer: signs addresses.
        show: told how far it is.
    """

    item: Item
    assets: tuple[Asset, ...]
    area: BaseGeometry | None
    folder: Path
    signer: Signer
    show: Show = field(repr=False)


def fetch(order: Order) -> Got:
    """Fetch one item: the blocks that lie in its area, or all of it.

    A single file that is fetched whole is kept byte by byte.

    Raises:
        AddressRefused: one of its files lies where vallum does not ask.
        BadImage: its files cannot be used.
        DiskFull: there is no room.
        NotReached: a server did not give them.
        WorkerFailed: the limited process that decodes them died.
    """
    order.folder.mkdir(parents=True, exist_ok=True)
    files = [_file(order, n, asset) for n, asset in enumerate(order.assets)]
    mask, note = _mask_file(order, len(files))
    if order.area is None and len(files) == 1:
        return _whole(order, files[0], mask, note)
    out, mask_out = order.folder / "image.tif", order.folder / "mask.tif"
    every: list[Parts] = [*files, *([mask] if mask else [])]
    told = ranges.cut(
        every,
        {
            "name": order.item.name,
            "area": shapely.to_wkb(order.area, hex=True) if order.area is not None else "",
            "out": str(out.resolve()),
            "nothing": [a.nothing if a.nothing == a.nothing else None for a in order.assets],
            "mask_file": len(files) if mask else -1,
            "mask_kind": order.item.mask_kind,
            "mask_out": str(mask_out.resolve()),
        },
        show=order.show,
        what=f"fetch {order.item.name}",
    )
    if mask and not told["mask"]:
        note = "the provider's cloud mask lies on another grid and was left out"
    return Got(
        image=out,
        mask=mask_out if told["mask"] else None,
        n_bytes=sum(file.n_fetched for file in every),
        note=note,
    )


def _file(order: Order, number: int, asset: Asset) -> Parts:
    href = partial(order.signer.sign, asset.href)
    path = order.folder / f"file{number}.tif"
    if order.area is not None:
        remote = ranges.Remote(wire=order.signer.wire, href=href, path=path)
        remote.open()
        return remote
    got = download.fetch(order.signer.wire, href, path, sha256=asset.sha256, show=order.show)
    return ranges.Here(path=path, size=got.n_bytes, n_fetched=got.n_bytes)


def _mask_file(order: Order, number: int) -> tuple[Parts | None, str]:
    """Return the file of the provider's mask; without it vallum looks for clouds itself."""
    if order.item.mask is None:
        return None, ""
    try:
        return _file(order, number, order.item.mask), ""
    except NotReached:
        return None, "the provider's cloud mask could not be fetched"


def _whole(order: Order, file: Parts, mask: Parts | None, note: str) -> Got:
    out = order.folder / "image.tif"
    replace_whole(file.path, out)
    laid = order.folder / "mask.tif" if mask else None
    if mask is not None:
        try:
            foreign.call(
                "vallum.imagery.stac.cutting:lay_mask",
                {
                    "path": str(mask.path.resolve()),
                    "like": str(out.resolve()),
                    "out": str((order.folder / "mask.tif").resolve()),
                    "kind": order.item.mask_kind,
                },
                reads=[mask.path, out],
                writes=[order.folder],
                returns=dict[str, bool],
                wall_s=_MASK_S,
            )
        except BadImage as error:
            laid, note = None, str(error)
    fetched: Sequence[Parts] = [file, *([mask] if mask else [])]
    return Got(image=out, mask=laid, n_bytes=sum(f.n_fetched for f in fetched), note=note)
