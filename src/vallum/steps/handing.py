"""A form for people at risk: a page that works without a network and saves one locked file."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

from vallum.ground.errors import BadSetting, BrokenInstall
from vallum.ground.whole import write_private
from vallum.project import Project
from vallum.steps.done import Done
from vallum.steps.vaulting import the_vault

LANGUAGES = ("en", "ko", "zh")
_DESK = '{"recipients":[],"language":"en"}'
"""Stands once in the packaged form, in a block of data that is never run."""


def handover_form(project: Project, out: Path, *, language: str = "en", yes: bool = False) -> Done:
    """Write the form, with the vault's recipients in it, as one file that needs nothing else.

    It holds no key, no name of the desk and no address: whoever finds it learns that there is a
    form, and the public halves of the keys. What it saves, `intake` takes in.

    Args:
        project: whose vault shall be able to open what people hand over.
        out: a new `.html`; a name that says nothing is best.
        language: `en`, `ko` or `zh` to begin with; people can change it.
        yes: replace `out` if it is there.

    Raises:
        BadSetting: there is no vault, or `out` cannot be used; nothing was written.
    """
    if language not in LANGUAGES:
        raise BadSetting(f"no form in '{language}'; nothing was written, choose of {LANGUAGES}")
    if out.suffix.lower() not in {".html", ".htm"}:
        raise BadSetting(f"{out.name}: a browser opens .html; nothing was written, rename it")
    if out.exists() and not yes:
        raise BadSetting(f"{out.name}: there is such a file; nothing was written, give --yes")
    recipients = the_vault(project).recipients
    page = (resources.files("vallum") / "web" / "static" / "handover.html").read_text("utf-8")
    if page.count(_DESK) != 1:
        raise BrokenInstall("the packaged form is not as it was made; install vallum again")
    desk = json.dumps({"recipients": list(recipients), "language": language})
    write_private(out, page.replace(_DESK, desk).encode())
    return Done(
        step="form",
        lines=(
            f"{out} works without a network and sends nothing; it locks for "
            f"{len(recipients)} recipients",
            "try it first on a device like theirs; make it anew after a rotation of keys",
        ),
        files=(str(out),),
        facts={"n_recipients": len(recipients), "language": language},
        next="vallum intake handover-XXXXXXXX.age --key FILE, once somebody handed one over",
    )
