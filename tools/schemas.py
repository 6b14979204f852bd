"""Make a small project of an older schema with the code of its time, for `tests/fixtures/schemas`.

A fixture made by today's code would show nothing: the old code itself has to write it. For each
schema, check out the last commit that had it beside this folder, and give it an environment of its
own, for vallum starts processes of its own that must be of that time too:

    git worktree add --detach ../schema-5 2a33c3e^
    python -m venv ../schema-5/.venv && ../schema-5/.venv/bin/pip install -e ../schema-5
    PYTHONPATH=../schema-5/tests ../schema-5/.venv/bin/python tools/schemas.py \
        tests/fixtures/schemas
    git worktree remove --force ../schema-5

The last commits: 2 is 253252e^, 3 is 8d698ea^, 4 is 6f25685^, 5 is 2a33c3e^, 6 is 35ca3fd^, 7 is
7915cf6^, 8 is 4ba8ed9^, 9 is 1142c5b. Schema 1 was never committed: no project of it exists.

Written are `schema-N.zip` (settings, line, ledger and the published tables; images, pages and
pictures are left out, they would be a hundred times larger) and what it must hold, in
`expected.json`. All that is in it is SIMULATED. A fixture is never made anew: it stands for
projects that people have.
"""

from __future__ import annotations

import importlib
import json
import shutil
import sqlite3
import sys
import tempfile
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import small_border
from vallum import __version__, config, steps
from vallum.ground import records
from vallum.ground.kinds import Answer
from vallum.project import Project, open_project

READERS = ("ada", "ben")
_START = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)
_KEPT = ("vallum.toml", "frontier.geojson", "places.csv", "project.db")
_OUT = (".csv", ".json", ".geojson", ".toml", ".txt", ".md")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_TEXT = "SIMULATED. A fence was completed near Oldmill in April 2021.\n"


def made(folder: Path) -> Path:
    """Do the whole flow on a SIMULATED kilometre, as far as this code has it; return its root."""
    small = small_border.make(folder / "came")
    project, _ = steps.new(
        folder / "border", frontier=small.line, before="2019", after="2022", corridor_m=100,
        section_m=500, is_simulated=True,
    )  # fmt: skip
    with project:
        settings = replace(project.config, publish=replace(project.config.publish, n_chips=0))
    config.write(settings, project.root / config.FILE_NAME)
    with open_project(project.root) as project:
        steps.add(project, [small.images], is_simulated=True)
        steps.add_barriers(project, _barrier(folder / "known.geojson", project))
        for step in (steps.cover, steps.align, steps.detect):
            step(project)
        _read(project)
        steps.settle(project)
        for step_name in ("sight", "cue"):
            if hasattr(records, {"sight": "Sighting", "cue": "Cue"}[step_name]):
                getattr(steps, step_name)(project)
        _people(project)
        _drawn(project)
    if hasattr(records, "Claim"):
        _claims(folder)
    with open_project(folder / "border") as project:
        steps.measure(project)
        steps.publish(project)
        if hasattr(records, "Edition"):
            importlib.import_module("vallum.steps.editions").freeze(
                project, note="SIMULATED", day=date(2026, 5, 1)
            )
    return folder / "border"


def _barrier(path: Path, project: Project) -> Path:
    """A barrier that somebody else drew, as it would be taken in."""
    lon, lat = project.frontier.points_at([300, 500], -40.0)
    shape = {
        "type": "LineString",
        "coordinates": list(zip(lon.tolist(), lat.tolist(), strict=True)),
    }
    one = {"type": "Feature", "properties": {"kind": "fence"}, "geometry": shape}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [one]}))
    return path


def _read(project: Project) -> None:
    """Two people answer every candidate: yes, but no to every third."""
    found = project.rows(records.Candidate)
    for reader in READERS:
        with project.run("review") as work:
            work.add_all(
                [
                    records.Verdict(
                        about=one.id, analyst=reader, seconds=2.0, is_simulated=True,
                        answer=Answer.YES if (k + 1) % 3 else Answer.NO,
                        at=_START + timedelta(seconds=k),
                    )
                    for k, one in enumerate(found)
                ]
            )  # fmt: skip


def _people(project: Project) -> None:
    if not hasattr(records, "Analyst"):
        return
    role = importlib.import_module("vallum.ground.kinds").Role
    (one, *_) = project.rows(records.Candidate)
    with project.run("people") as work:
        work.add(
            records.Analyst(name="ada", role=role.KEEPER),
            records.Analyst(name="ben", role=role.ANALYST, key_sha256="ab" * 32),
            records.Remark(about=one.id, analyst="ben", text="SIMULATED: look again"),
        )


def _drawn(project: Project) -> None:
    """Draw a sample and read all of it, where there are designs."""
    if not hasattr(records, "Stratum"):
        return
    steps.sample(project, n=6, unit_m=100, seed=1)
    with project.run("review") as work:
        work.add_all(
            [
                records.Verdict(
                    about=one.id, analyst="ada", answer=Answer.NO, is_simulated=True,
                    at=_START + timedelta(days=1, seconds=k),
                )
                for k, one in enumerate(project.rows(records.Sample))
            ]
        )  # fmt: skip


def _claims(folder: Path) -> None:
    """Take in a paper of a SIMULATED publisher, read it, approve what it says."""
    paper = folder / "report.txt"
    paper.write_text(_TEXT)
    _lock_up(folder)
    with open_project(folder / "border") as project:
        at = project.frontier.point_at(500)
        table = f"name,other,lon,lat,country,within_m\nOldmill,,{at.x},{at.y},KP,500\n"
        (project.root / "places.csv").write_text(table)
        source, _ = steps.source_add(
            project, voice="publisher", name="The Border Post", reliability="B",
            reliability_basis="checked for years", is_simulated=True, by="ada",
        )  # fmt: skip
        steps.intake(
            project, [paper], source=source.code, published=date(2021, 5, 15), paper="article",
            title="SIMULATED", collected_by="ada", by="ada",
        )  # fmt: skip
        steps.read_in(project)
        for claim in project.rows(records.Claim):
            steps.decide(project, claim.id, standing="approved", by="ben", note="SIMULATED reading")
        steps.match(project)


def _lock_up(folder: Path) -> None:
    """Make a vault beside the project; it is not kept, nothing in it is needed."""
    import pyrage

    keys = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2)]
    with open_project(folder / "border") as project:
        importlib.import_module("vallum.steps.vaulting").vault_new(
            project, folder / "vault", keys, by="ada"
        )


# -- packing ------------------------------------------------------------------------------------


def packed(root: Path, archive: Path) -> None:
    """Put settings, line, ledger and what was published into an archive without times."""
    with sqlite3.connect(root / "project.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    files = [root / name for name in _KEPT if (root / name).is_file()]
    told = (root / "out").rglob("*")
    files += sorted(path for path in told if path.suffix in _OUT and "earlier" not in path.parts)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), _ZIP_TIME)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, path.read_bytes(), compresslevel=9)


def expected(root: Path) -> dict[str, Any]:
    """Return what the project holds, as its own code says it."""
    with open_project(root) as project:
        n_rows, head = project.store.head()
        project.store.verify()
        return {
            "vallum": __version__,
            "rows": n_rows,
            "head": head,
            "settings": config.read(root / config.FILE_NAME).sha256,
            "kinds": dict(sorted(Counter(e.kind for e in project.store.entries()).items())),
            "numbers": {
                one.name: [repr(one.value), repr(one.low), repr(one.high), one.unit, one.wording]
                for one in sorted(project.rows(records.Estimate), key=lambda one: one.name)
            },
        }


def main() -> None:
    """Make the fixture of the schema of the code that is imported."""
    to = Path(sys.argv[1])
    folder = Path(tempfile.mkdtemp(prefix="schema-"))
    root = made(folder)
    name = f"schema-{records.SCHEMA_VERSION}"
    told = to / "expected.json"
    every = json.loads(told.read_text()) if told.is_file() else {}
    every[name] = expected(root)
    packed(root, to / f"{name}.zip")
    told.write_text(json.dumps(dict(sorted(every.items())), indent=1, ensure_ascii=False) + "\n")
    shutil.rmtree(folder)
    sys.stdout.write(f"{name}: {every[name]['rows']} rows, {(to / name).with_suffix('.zip')}\n")


if __name__ == "__main__":
    main()
