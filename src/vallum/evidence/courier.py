"""Carries a file to the limited process and what was read out of it back; never open on a disk.

What goes to and fro may be a source's words. A file that lies on a disk is opened where it lies.
One that is only in memory is locked to a key made for this one errand, and so is the answer, so
that temporary files, which outlive a crash, hold nothing that anybody can read. No key of the
vault goes along: the process that opens foreign files may be taken over by one of them.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import io
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage

from vallum.ground import foreign
from vallum.ground.errors import BadInput, TooLarge, WorkerFailed

MOST_BYTES = 200 << 20
_HERE = "vallum.evidence."
_WALL_S = 180.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        told: plain JSON; written by a process that met foreign bytes, so check it.
        bodies: the longer parts, in the order in which the function gave them.
        sha256: of the file as that process read it.
    """

    told: dict[str, Any]
    bodies: tuple[bytes, ...]
    sha256: str


def ask(
    job: str,
    content: Path | bytes,
    *,
    wall_s: float = _WALL_S,
    most_bytes: int = MOST_BYTES,
    **arguments: Any,
) -> Answer:
    """Run `module:function` of this room on a file's bytes in the limited process.

    Args:
        job: takes `content` (bytes) and `arguments`; returns plain JSON and a list of bytes.
        content: a file, or bytes that are to lie on no disk.
        wall_s: seconds after which it is ended.
        most_bytes: a larger file is not opened.
        arguments: plain JSON, not secret.

    Raises:
        BadInput: the function refused the file, or it is too large.
        WorkerFailed: the process died, or its answer cannot be read.
    """
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if size > most_bytes:
        raise TooLarge(f"larger than {most_bytes >> 20} MB; it was not opened")
    secret = pyrage.x25519.Identity.generate()
    with tempfile.TemporaryDirectory(prefix="vallum-") as folder:
        out, path, unlock = Path(folder) / "answer", content, ""
        if isinstance(content, bytes):
            once = pyrage.x25519.Identity.generate()
            path, unlock = Path(folder) / "file", str(once)
            path.write_bytes(pyrage.encrypt(content, [once.to_public()]))
        foreign.call(
            f"{_HERE}courier:_run_here",
            {
                "job": job,
                "path": str(Path(str(path)).absolute()),
                "unlock": unlock,
                "answer_to": str(secret.to_public()),
                "out": str(out),
                "arguments": arguments,
            },
            reads=[Path(str(path))],
            writes=[Path(folder)],
            returns=bool,
            wall_s=wall_s,
        )
        return _read(foreign.made(Path(folder), out.name), secret)


def _read(out: Path, secret: Any) -> Answer:
    try:
        told = json.loads(pyrage.decrypt(out.read_bytes(), [secret]))
        bodies = tuple(base64.b64decode(body) for body in told["bodies"])
        return Answer(told=dict(told["told"]), bodies=bodies, sha256=str(told["sha256"]))
    except (OSError, ValueError, KeyError, TypeError, pyrage.DecryptError) as error:
        raise WorkerFailed("the process that opened it gave no answer that can be read") from error


def _run_here(
    job: str, path: str, unlock: str, answer_to: str, out: str, arguments: Mapping[str, Any]
) -> bool:
    """Open the file, run the function on it, lock the answer; runs in the limited process."""
    module, _, name = job.partition(":")
    if not module.startswith(_HERE):
        raise BadInput(f"{module} is no part of the room of evidence")
    with Path(path).open("rb") as handle:
        content = handle.read()
    if unlock:
        content = pyrage.decrypt(content, [pyrage.x25519.Identity.from_str(unlock)])
    told, bodies = getattr(importlib.import_module(module), name)(content, **arguments)
    plain = json.dumps(
        {
            "told": told,
            "bodies": [base64.b64encode(body).decode() for body in bodies],
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    )
    locked = pyrage.encrypt(plain.encode(), [pyrage.x25519.Recipient.from_str(answer_to)])
    Path(out).write_bytes(locked)
    return True


class Named(io.BytesIO):
    """Bytes for functions that want a path to name in their errors."""

    name = "the picture"
