"""What is in a case file, for machines: RO-Crate 1.2 (JSON-LD), without a name of any person.

The context is a reference, a string: nothing is fetched to write or to read it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

FILE_NAME = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.2/context"
PROFILE = "https://w3id.org/ro/crate/1.2"
PROGRAM = "#vallum"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file of a case file.

    Attributes:
        path: inside the payload.
        what: what it is, in words.
        media_type: of its bytes.
        n_bytes: its size.
        sha256: hash of its bytes.
    """

    path: str
    what: str
    media_type: str
    n_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Action:
    """One execution of a step.

    Attributes:
        id: random, or the id of the run where it may be told.
        step: the verb.
        version: of vallum.
        began: when, as exactly as may be told (ISO 8601).
        wrote: paths of the files that hold rows of it.
        note: more that may be told of it.
    """

    id: str
    step: str
    version: str
    began: str
    wrote: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Crate:
    """What a case file says of itself.

    Attributes:
        name: title of the publication.
        description: what it is for.
        published: day on which it was made.
        version: of vallum.
        licence: terms, in words.
        parts: its files.
        actions: the executions that its rows name.
    """

    name: str
    description: str
    published: date
    version: str
    licence: str
    parts: Sequence[Part]
    actions: Sequence[Action]


def metadata(crate: Crate) -> bytes:
    """Return `ro-crate-metadata.json`; the same crate gives the same bytes."""
    graph: list[dict[str, Any]] = [
        {
            "@id": FILE_NAME,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": PROFILE},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": crate.name,
            "description": crate.description,
            "datePublished": crate.published.isoformat(),
            "license": crate.licence,
            "hasPart": [{"@id": part.path} for part in crate.parts],
            "mentions": [{"@id": f"#{action.id}"} for action in crate.actions],
        },
        *(_file(part) for part in crate.parts),
        {
            "@id": PROGRAM,
            "@type": "SoftwareApplication",
            "name": "vallum",
            "softwareVersion": crate.version,
        },
        *(_action(action) for action in crate.actions),
    ]
    body = {"@context": CONTEXT, "@graph": graph}
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()


def _file(part: Part) -> dict[str, Any]:
    return {
        "@id": part.path,
        "@type": "File",
        "name": part.what,
        "encodingFormat": part.media_type,
        "contentSize": str(part.n_bytes),
        "sha256": part.sha256,
    }


def _action(action: Action) -> dict[str, Any]:
    said = {
        "@id": f"#{action.id}",
        "@type": "CreateAction",
        "name": action.step,
        "startTime": action.began,
        "instrument": {"@id": PROGRAM},
        "softwareVersion": action.version,
        "result": [{"@id": path} for path in action.wrote],
    }
    return said | ({"description": action.note} if action.note else {})
