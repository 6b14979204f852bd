"""The review page's bundle is committed; users need no Node, so it must not be stale."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FRONTEND = ROOT / "frontend"
STATIC = ROOT / "src" / "vallum" / "web" / "static"


def _sources() -> dict[str, str]:
    """Hash what the bundle is built from, as build.mjs does."""
    top = ("build.mjs", "index.html", "package.json", "package-lock.json", "tsconfig.json")
    files = [FRONTEND / name for name in top]
    files += [path for path in (FRONTEND / "src").rglob("*") if path.is_file()]
    return {
        path.relative_to(FRONTEND).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_the_bundle_was_built_from_the_sources_that_are_here() -> None:
    built = json.loads((STATIC / "bundle.json").read_text())["sources"]
    assert built == _sources(), "the page's bundle is stale; next: make bundle"


def test_the_page_asks_no_other_machine_for_anything() -> None:
    page = (STATIC / "index.html").read_text()
    assert not re.search(r"(src|href)=[\"'](https?:)?//", page)
    # Addresses inside the script are names (XML), words (licences), or a marker nobody draws.
    known = {
        "www.w3.org", "maplibre.org", "maplibre.invalid", "github.com", "wiki.openstreetmap.org",
        "raw.githubusercontent.com",
    }  # fmt: skip
    found = set(re.findall(r"https?://([a-z0-9.-]+)", (STATIC / "app.js").read_text()))
    assert found <= known, found - known


def test_the_lock_file_names_versions_and_hashes_but_no_host() -> None:
    lock = (FRONTEND / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    packages = json.loads(lock)["packages"]
    assert all("integrity" in held for name, held in packages.items() if name)


@pytest.mark.parametrize("language", ["ko", "zh-Hans"])
def test_every_message_has_the_same_places_for_values_in_every_language(language: str) -> None:
    parts = sorted((FRONTEND / "src" / "messages" / "parts").glob("*.en.json"))
    assert parts
    for english in parts:
        other = english.with_name(english.name.replace(".en.", f".{language}."))
        ours, theirs = (json.loads(path.read_text()) for path in (english, other))
        plain = {key for key in ours if "#" not in key}  # English alone tells one from many
        assert plain == {key for key in theirs if "#" not in key}, english.name
        for key in plain:
            text = ours[key]
            values = [set(re.findall(r"\{(\w+)\}", one)) for one in (text, theirs[key])]
            assert values[0] == values[1], f"{english.name}: {key}"
