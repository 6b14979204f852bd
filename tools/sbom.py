"""Write what vallum is made of, as CycloneDX 1.6: requirements/sbom.cdx.json.

    python tools/sbom.py            write it
    python tools/sbom.py --check    fail if it is not what this would write

In it: the Python packages that vallum runs with, the shared libraries inside them, the JavaScript
in the bundle of the page, and the packaged networks, fonts, lines and tables, with licences and,
where there is one file, its hash. The hashes of all files of the Python packages stand in
requirements/run.txt, of which the list holds the hash. It has no date and no random number, so
the same parts give the same bytes. Python, SQLite of Python and the operating system are not in it.
"""

from __future__ import annotations

import json
import platform
import re
import sys
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

from licences import ROOT, Part, all_parts, direct

OUT = ROOT / "requirements" / "sbom.cdx.json"
# The libraries inside packages are other files on other systems.
SYSTEM = ("Linux", "x86_64", "3.11")
_NO_SPDX = {"public domain": "public domain", "facts": "facts, which nobody owns"}


def is_same_system() -> bool:
    """Return whether this machine has the files that are listed."""
    version = ".".join(platform.python_version_tuple()[:2])
    return (platform.system(), platform.machine(), version) == SYSTEM


def sbom(root: Path = ROOT) -> str:
    """Return the list as text."""
    parts = all_parts(root)
    version = re.search(r'__version__ = "([^"]+)"', _read(root, "src/vallum/__init__.py"))
    if version is None:
        raise SystemExit("vallum: no version in src/vallum/__init__.py")
    whole: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "vallum",
                "name": "vallum",
                "version": version[1],
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
            "properties": _properties(
                {
                    "vallum:system": " ".join(SYSTEM),
                    "vallum:pins": "requirements/run.txt",
                    "vallum:pins-sha256": _sha256(root, "requirements/run.txt"),
                    "vallum:npm-lock-sha256": _sha256(root, "frontend/package-lock.json"),
                }
            ),
        },
        "components": [_component(part, parts) for part in parts if not part.inside],
        "dependencies": _dependencies(parts, direct(root)),
    }
    content = json.dumps(whole, sort_keys=True, ensure_ascii=False)
    whole["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, content)}"
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _component(part: Part, parts: list[Part]) -> dict[str, Any]:
    kinds = {"data": "data", "program": "application"}
    made: dict[str, Any] = {
        "type": kinds.get(part.kind, "library"),
        "bom-ref": _ref(part),
        "name": part.name,
        "licenses": [_licence(part.licence)],
    }
    if part.name.endswith(".onnx"):
        made["type"] = "machine-learning-model"
    if part.version:
        made["version"] = part.version
    if part.kind in {"python", "javascript"}:
        made["purl"] = _ref(part)
    if part.is_optional:
        made["scope"] = "optional"
    if part.sha256:
        made["hashes"] = [{"alg": "SHA-256", "content": part.sha256}]
    if part.sha512:
        made["hashes"] = [{"alg": "SHA-512", "content": part.sha512}]
    if part.file:
        made["properties"] = _properties({"vallum:file": part.file})
    inner = [
        _component(one, parts) for one in parts if part.kind == "python" and one.inside == part.name
    ]
    if inner:
        made["components"] = inner
    return made


def _ref(part: Part) -> str:
    """Return the name by which others in the list mean it."""
    if part.kind == "python":
        return f"pkg:pypi/{part.name}@{part.version}"
    if part.kind == "javascript":
        return f"pkg:npm/{part.name.replace('@', '%40')}@{part.version}"
    if part.inside:
        return f"{part.inside}/{part.file or part.name}"
    return f"data/{part.name}"


def _licence(licence: str) -> dict[str, Any]:
    if licence in _NO_SPDX:
        return {"license": {"name": _NO_SPDX[licence]}}
    if re.search(r"\s", licence):
        return {"expression": licence}
    return {"license": {"id": licence}}


def _dependencies(parts: list[Part], wanted: list[str]) -> list[dict[str, Any]]:
    """Return who asks for whom."""
    refs = {part.name: _ref(part) for part in parts if part.kind == "python"}
    listed = [
        {"ref": _ref(part), "dependsOn": sorted(refs[n] for n in part.needs if n in refs)}
        for part in parts
        if part.kind == "python"
    ]
    return [{"ref": "vallum", "dependsOn": sorted(refs[n] for n in wanted)}, *listed]


def _properties(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in words.items()]


def _read(root: Path, name: str) -> str:
    return (root / name).read_text("utf-8")


def _sha256(root: Path, name: str) -> str:
    return sha256((root / name).read_bytes()).hexdigest()


def main() -> int:
    """Write it, or check it."""
    if not is_same_system():
        print(f"vallum: the list is made on {' '.join(SYSTEM)}; nothing was done", file=sys.stderr)
        return 0 if "--check" in sys.argv[1:] else 1
    fresh = sbom()
    if "--check" in sys.argv[1:]:
        if not OUT.is_file() or OUT.read_text("utf-8") != fresh:
            print(f"vallum: {OUT.name} is stale; next: make sbom", file=sys.stderr)
            return 1
        return 0
    OUT.write_text(fresh, "utf-8")
    n_parts = fresh.count('"bom-ref"') - 1
    print(f"{OUT.relative_to(ROOT)}: {n_parts} parts, SHA-256 {sha256(fresh.encode()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
