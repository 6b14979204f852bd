"""Public catalogues by a short name, and what each needs beyond the standard.

A preset is used only where a person gives its name or its address. None of them could be reached
when this was written: their addresses and habits are from their documentation.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from vallum.ground.errors import NotReached
from vallum.imagery.stac.hosts import shown
from vallum.imagery.stac.wire import Wire

_SPARE_S = 300.0
_USUAL_S = 1800.0


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A public catalogue.

    Attributes:
        name: what a person types.
        href: address.
        title: its name in words.
        collections: the most useful ones.
        token_href: where a signature for a container of files is asked for; empty where files
            are open.
        note: what one must know before using it.
    """

    name: str
    href: str
    title: str
    collections: tuple[str, ...]
    token_href: str = ""
    note: str = ""


PRESETS = (
    Preset(
        name="earth-search",
        href="https://earth-search.aws.element84.com/v1",
        title="Earth Search (Element 84)",
        collections=("sentinel-2-l2a", "sentinel-2-c1-l2a", "landsat-c2-l2", "naip"),
        note="Sentinel-2 is open; files of Landsat and NAIP lie where the reader pays, so they "
        "are listed but cannot be fetched",
    ),
    Preset(
        name="planetary-computer",
        href="https://planetarycomputer.microsoft.com/api/stac/v1",
        title="Planetary Computer (Microsoft)",
        collections=("sentinel-2-l2a", "landsat-c2-l2", "naip"),
        token_href="https://planetarycomputer.microsoft.com/api/sas/v1/token",  # noqa: S106
        note="every file needs a signature, which vallum asks for without an account; it is never "
        "written down",
    ),
    Preset(
        name="copernicus",
        href="https://stac.dataspace.copernicus.eu/v1",
        title="Copernicus Data Space Ecosystem (ESA)",
        collections=("sentinel-2-l2a", "sentinel-2-l1c"),
        note="files are JPEG 2000 and need an account: search with --list, fetch them in its own "
        "browser and add the SAFE folders",
    ),
)


def find(text: str) -> Preset | None:
    """Return the preset that a name or an address means; None for any other catalogue."""
    for preset in PRESETS:
        if text.strip().lower() == preset.name:
            return preset
        if text.startswith("https://") and text.rstrip("/") == preset.href:
            return preset
    return None


@dataclass(kw_only=True)
class Signer:
    """Signs addresses of files where a catalogue wants it; remembers signatures until they end.

    Attributes:
        wire: the way out.
        preset: the catalogue that a person named; None signs nothing.
        clock: tells the time.
    """

    wire: Wire
    preset: Preset | None = None
    clock: Callable[[], float] = time.time
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)

    def sign(self, href: str) -> str:
        """Return an address with its signature, or as it is.

        Raises:
            NotReached: no signature was given.
        """
        if self.preset is None or not self.preset.token_href:
            return href
        parts = urlsplit(href)
        account, _, domain = (parts.hostname or "").partition(".")
        container = parts.path.strip("/").partition("/")[0]
        if domain != "blob.core.windows.net" or not container or "sig=" in parts.query:
            return href
        token = self._token(f"{self.preset.token_href}/{account}/{container}")
        return f"{href}{'&' if parts.query else '?'}{token}"

    def _token(self, href: str) -> str:
        token, until = self._tokens.get(href, ("", 0.0))
        if token and self.clock() < until - _SPARE_S:
            return token
        told = self.wire.json(href)
        token = told.get("token", "") if isinstance(told, dict) else ""
        if not isinstance(token, str) or not token or any(c in token for c in " \r\n#/"):
            raise NotReached(f"{shown(href)}: gave no signature; try again later")
        self._tokens[href] = (token, self._until(told.get("msft:expiry")))
        return token

    def _until(self, text: object) -> float:
        try:
            moment = datetime.fromisoformat(str(text))
        except ValueError:
            return self.clock() + _USUAL_S
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
