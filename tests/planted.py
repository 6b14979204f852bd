"""A project full of canaries: a text that is nowhere else in every field that must not leave."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import count
from typing import get_type_hints

import numpy as np
import pytest
from PIL import Image

from fake_book import fake_book, fake_frontier
from told_rows import newspaper, said, witness
from vallum import config
from vallum.ground.kinds import Answer
from vallum.ground.records import (
    Analyst,
    Custody,
    Level,
    Match,
    Remark,
    Source,
    Verdict,
    field_notes,
)
from vallum.ground.saidkinds import Handling, Subject
from vallum.project import create

ON = date(2025, 3, 14)
TEXT = (
    "SIMULATED. Every night the yellow lorry crossed beside our orchard wall, and my cousin "
    "counted the soldiers who carried new posts up the hill before the rain came again."
)
CODES = ("k7zq3mxw5tqe2ahv", "b4vd6rplzs7ycn2u", "h3wq5tkxm6ojg4fa")
_n = count(100)


def canary(word):
    """A text that is nowhere else."""
    return f"canary {next(_n)} {word} zqv"


def planted(row):
    """The row with a canary in every text that is not public, and those canaries."""
    hints, found, changes = get_type_hints(type(row)), {}, {}
    named = {*row.NAMED_BY, "described_as", "href", "reliability"}
    if isinstance(row, Source):
        named.add("name")
    for entry in fields(row):
        value = getattr(row, entry.name)
        is_free = field_notes(entry)[0] is not Level.PUBLIC and not entry.metadata.get("refers")
        is_text = hints[entry.name] is str and not isinstance(value, StrEnum)
        if is_free and is_text and entry.name not in named:
            text = canary(entry.name)
            changes[entry.name] = (
                hashlib.sha256(str(next(_n)).encode()).hexdigest()
                if "sha256" in entry.name
                else text
            )
            found[f"{row.kind()}.{entry.name} {len(found)} {next(_n)}"] = changes[entry.name]
    return replace(row, **changes), found


@contextmanager
def planted_project(root) -> Iterator[tuple]:
    """Make the project in `root`; yield it and the canaries by where they are."""
    patch = pytest.MonkeyPatch()
    patch.setenv("VALLUM_ACTOR", "loginzqv")
    book = fake_book(7.4, is_simulated=True, n_chips=0)
    settings = config.Config(
        name="Ford",
        is_simulated=True,
        border=config.Border(frontier="test-line", start_m=0, end_m=7000, left_m=500, right_m=500),
        dates=config.Dates(before="2019", after="2022"),
        publish=config.Publish(n_chips=0),
        vault=config.Vaulted(folder="/home/someone/hidden-vault-zqv"),
    )
    try:
        with create(root, settings, fake_frontier(7.4)) as project:
            (root / "papers").mkdir()
            yield project, fill(project, book)
    finally:
        patch.undo()


def fill(project, book):
    """Put rows in, with a canary in each field of theirs that stays."""
    canaries = {
        "login": "loginzqv", "project folder": str(project.root),
        "vault folder": project.config.vault.folder,
    }  # fmt: skip
    rows = [*book.estimates, *book.findings, *book.candidates, *book.looks, *book.comparisons,
            *book.fits]  # fmt: skip
    for scene in book.scenes:
        rows.append(
            replace(
                scene,
                name=canary("picture"),
                copy_sha256=hashlib.sha256(str(next(_n)).encode()).hexdigest(),
                href="",
            )
        )
        rows[-1] = replace(rows[-1], sha256=scene.sha256)
        canaries[f"scene {scene.sha256[0]}"] = rows[-1].name
        canaries[f"copy of scene {scene.sha256[0]}"] = rows[-1].copy_sha256
    for row in statements(project):
        full, found = planted(row)
        rows.append(full)
        canaries |= found | {f"id {row.kind()} {next(_n)}": row.id}
        canaries |= {f"{row.kind()}.{n} {next(_n)}": getattr(row, n) for n in row.NAMED_BY
                     if n in {"code", "sha256"}}  # fmt: skip
    verdict = Verdict(about=book.candidates[0].id, analyst="Reader Kimzqv", answer=Answer.YES)
    rows += [
        Verdict(about=one.about, analyst=name, answer=Answer.YES)
        for one in book.confirmed + book.standing
        for name in ("Reader Kimzqv", "Reader Songzqv")
    ]
    rows += [verdict, Analyst(name="Keeper Leezqv", role="keeper")]
    rows += [Remark(about=book.candidates[0].id, analyst="Reader Kimzqv", text=canary("remark"))]
    canaries |= {"analyst": "Reader Kimzqv", "keeper": "Keeper Leezqv", "remark": rows[-1].text}
    canaries["verdict"] = verdict.id
    canaries |= {f"sentence {k}": TEXT[k : k + 40] for k in (12, 40, 80)}
    canaries |= photograph(project.root / "papers" / "photograph.jpg")
    points = [project.frontier.point_at(at) for at in (1210.0, 5150.0)]
    canaries |= {f"place {p.x:.6f}": f"{p.x:.6f},{p.y:.6f}" for p in points}
    with project.run("fill") as work:
        work.add_all(rows)
    return canaries


def statements(project):
    """Claims that are told, and claims that are not, with all that belongs to them."""
    open_one, secret = newspaper(CODES[0], name="River Daily"), witness(CODES[1])
    silent = witness(CODES[2], handling=Handling.RED, reliability="A")
    (project.root / "papers" / "text.txt").write_text(TEXT)
    files = {"href": "papers/text.txt", "published": date(2024, 6, 2)}
    hashes = [hashlib.sha256(code.encode()).hexdigest() for code in (*CODES, "held")]
    quoted = {"start": 12, "end": 60, "subject": Subject.CHECKPOINT}
    kept = [
        said(open_one, at=(1200, 1220), sha256=hashes[0], paper=files, **quoted),
        said(secret, at=(1200, 1220), sha256=hashes[1], paper={"published": None}),
        said(secret, at=(5100, 5200), sha256=hashes[3], embargo_until=date(2030, 1, 1)),
        said(silent, at=(5100, 5200), sha256=hashes[2]),
    ]
    matches = [
        Match(claim=kept[0].claim.id, about=kept[3].claim.id, relation="contradicts",
              method="second_source", rationale="", by=""),
        Match(claim=kept[0].claim.id, about="nothing", relation="not_observable",
              method="imagery", rationale="", by=""),
    ]  # fmt: skip
    custody = Custody(subject=kept[1].exhibit.id, event="encryption",
                      at=datetime(2024, 1, 2, tzinfo=UTC), by="", vault_ref="")  # fmt: skip
    sources = {one.source.id: one.source for one in kept}
    return [*sources.values(), *(one.exhibit for one in kept), *(one.claim for one in kept),
            *matches, custody]  # fmt: skip


def photograph(path):
    """A photograph with canaries in its metadata."""
    found = {"camera": canary("camera"), "comment": canary("comment")}
    exif = Image.Exif()
    exif[0x0110], exif[0x9286] = found["camera"], found["comment"]
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path, exif=exif)
    return found
