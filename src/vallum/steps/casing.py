"""`case`: everything that the published numbers rest on, in one folder for somebody else."""

from __future__ import annotations

import csv
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from vallum import __version__, config
from vallum.evidence import bag, crate, handed, stamp
from vallum.evidence.handed import Given
from vallum.ground.errors import BadSetting, DiskFull
from vallum.ground.kinds import Held
from vallum.ground.numbers import WITHDRAWN
from vallum.ground.records import (
    APART,
    Anchor,
    Candidate,
    Comparison,
    Custody,
    Estimate,
    Finding,
    Fit,
    Level,
    Look,
    Row,
    Run,
    Sample,
    Scene,
    Sighting,
    Stratum,
    Verdict,
)
from vallum.ground.saidkinds import Event
from vallum.ground.whole import OUT_OF_ROOM, folder_whole
from vallum.measure import frozen
from vallum.project import FRONTIER_FILE, Project, actor
from vallum.steps import (
    casing_ledger,
    printed,
    recomputing,
    releasing,
    searching,
    stamping,
    telling,
)
from vallum.steps.done import Done, Progress, finished, silent
from vallum.steps.printed import sha256_of

KINDS: tuple[type[Row], ...] = (
    Scene,
    Look,
    Fit,
    Comparison,
    Candidate,
    Stratum,
    Sample,
    Verdict,
    Sighting,
    Finding,
    Estimate,
)
"""What numbers rest on; rows about what was said are not among them."""

REPORT, ROWS, LEDGER = "report", "rows", "ledger.jsonl"
README, HEAD = "README.txt", "head.txt"
_BY_CHANCE = (Verdict, Sighting)
"""Written in the order of their names: the order in which people answered stays here."""

_TYPES = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".html": "text/html",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".kmz": "application/vnd.google-earth.kmz",
    ".pem": "application/x-pem-file",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".tsr": "application/timestamp-reply",
    ".txt": "text/plain",
}


def case(
    project: Project,
    folder: Path,
    *,
    level: str = "public",
    on: date | None = None,
    show: Progress = silent,
) -> Done:
    """Write a case file: a BagIt folder from which every published number can be computed again.

    The folder appears whole or not at all, and only if the numbers in it follow from the rows in
    it.

    Args:
        project: whose numbers.
        folder: a new or empty folder.
        level: "public" leaves out everything that is not declared public, and people stand under
            code names made for this case file; "desk" keeps names, file names and the ledger.
        on: day that is written in it; today if None.
        show: told what is being written.

    Raises:
        BadSetting: the folder is not empty, nothing was measured, or the numbers that were
            published no longer follow from the rows.
        WouldLeak: something is in it that must not leave; nothing was written.
        DiskFull: there was no room; nothing half-written is left.
    """
    if level not in {Level.PUBLIC, Level.DESK}:
        raise BadSetting(f"there is no case file of level '{level}'; choose public or desk")
    target = folder.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadSetting(
            f"{target} is there already and not empty; nothing was written, name a new folder"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with project.alone():
        return _cased(project, target, Level(level), on or datetime.now(UTC).date(), show)


def _cased(project: Project, target: Path, level: Level, on: date, show: Progress) -> Done:
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        show("case", 1, 4, "steps")
        _fill(project, draft, level, on)
        show("case", 2, 4, "steps")
        again = recomputing.recomputed(str(draft))
        _refuse_wrong(again, target)
        show("case", 3, 4, "steps")
        _move(draft, target)
    except OSError as error:
        if error.errno in OUT_OF_ROOM:
            n_bytes = sum(one.stat().st_size for one in draft.rglob("*") if one.is_file())
            raise DiskFull(
                f"{target}: no room left to write the case file, which needs more than "
                f"{n_bytes:,} bytes; nothing half-written was kept; free some space and run the "
                "same command again"
            ) from error
        raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    show("case", 4, 4, "steps")
    return _told(project, target, level, again)


def _fill(project: Project, draft: Path, level: Level, on: date) -> None:
    """Write all files of a case file into an empty folder."""
    data = draft / bag.PAYLOAD
    data.mkdir()
    _write_report(project, data / REPORT, level, on)
    shutil.copyfile(project.root / FRONTIER_FILE, data / FRONTIER_FILE)
    _write_places(project, data / telling.PLACES_FILE, level)
    if (data / REPORT / frozen.FILE_NAME).is_file():
        shutil.copyfile(data / REPORT / frozen.FILE_NAME, data / frozen.FILE_NAME)
    config.write(_settings(project.config, level), data / config.FILE_NAME)
    salt = secrets.token_bytes(32)
    given = handed.handed(_rows(project), level, salt)
    _write_rows(given, data / ROWS)
    (data / HEAD).write_bytes(stamp.head_text(stamping.head(project)[1]))
    if level is Level.PUBLIC:
        searching.search(project, data, releasing.told(project, level, on), level)
    _write_stamps(project, data / stamping.FOLDER, level)
    if level is Level.DESK:
        casing_ledger.write(project.store.entries(), data / LEDGER)
    manifest = hashlib.sha256((data / REPORT / "manifest.json").read_bytes()).hexdigest()
    (data / README).write_text(_readme(project, data, level), encoding="utf-8", newline="\n")
    about = _crate(project, data, level, on, _actions(project, given, level, salt))
    (data / crate.FILE_NAME).write_bytes(crate.metadata(about))
    bag.seal(
        draft,
        {
            "Bag-Software-Agent": f"vallum {__version__}",
            "Bagging-Date": on.isoformat(),
            "External-Description": about.name,
            "External-Identifier": f"sha256:{manifest}",
            "Vallum-Level": str(level),
        },
    )
    noon = int(datetime(on.year, on.month, on.day, 12, tzinfo=UTC).timestamp())
    for path in draft.rglob("*"):
        os.utime(path, (noon, noon))  # when each file was made is nobody's business


def _write_report(project: Project, folder: Path, level: Level, on: date) -> None:
    """Put in the publication of that level: the one in `out/report` if it would be the same now."""
    from vallum.report.publish import files_in

    published = project.out_folder / "report"
    if printed.is_of_today(project, published, level, on):
        for name in files_in(published):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(published / name, folder / name)
        return
    recomputing.refuse_stale(project)
    telling.publish(project, level=level, folder=folder, on=on)


def _settings(settings: config.Config, level: Level) -> config.Config:
    """Return the settings without those that say how and where the desk works."""
    if level is not Level.PUBLIC:
        return replace(settings, vault=config.Vaulted())
    publish = replace(settings.publish, desk="")
    return replace(settings, vault=config.Vaulted(), publish=publish)


def _rows(project: Project) -> list[Row]:
    rows: list[Row] = []
    for cls in KINDS:
        found: Sequence[Row] = project.rows(cls)
        rows += [row for row in found if not _is_gone(row)]
    return rows


def _is_gone(row: Row) -> bool:
    return (isinstance(row, Estimate) and row.wording == WITHDRAWN) or (
        isinstance(row, Finding) and row.held is Held.WITHDRAWN
    )


def _write_rows(given: Sequence[Given], folder: Path) -> None:
    folder.mkdir()
    shuffled = {cls.kind() for cls in _BY_CHANCE}
    for cls in KINDS:
        kind = cls.kind()
        rows = [one for one in given if one.kind == kind]
        rows = sorted(rows, key=lambda one: one.id) if kind in shuffled else rows
        if rows:
            (folder / f"{kind}.jsonl").write_bytes(b"".join(one.line() for one in rows))


def _write_places(project: Project, path: Path, level: Level) -> None:
    """Write the names along the line; in public as the report has them, on the line itself.

    A place may have been typed to place a claim that is not told: where exactly it lies, and how
    far around it is meant, stays.
    """
    own = project.root / telling.PLACES_FILE
    if not own.is_file():
        return
    if level is not Level.PUBLIC:
        shutil.copyfile(own, path)
        return
    with path.open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle, lineterminator="\n")
        table.writerow(["name", "other", "lon", "lat"])
        for name, other, at_m in telling._places(project):
            point = project.frontier.point_at(at_m)
            table.writerow([name, other, f"{point.x:.7f}", f"{point.y:.7f}"])


def _write_stamps(project: Project, folder: Path, level: Level) -> None:
    """Copy every time stamp with the text that it stamps and the certificates it was held to.

    In public only those of rows that reports print, and no number of a row: what was stamped
    beside them, and how many rows lie between two stamps, would tell that something was taken in.
    """
    apart = {entry.sha256 for entry in project.store.entries() if entry.kind in APART}
    for anchor in project.rows(Anchor):
        if level is Level.PUBLIC and anchor.ledger_head in apart:
            continue
        for what, path in stamping.kept(project, anchor):
            folder.mkdir(exist_ok=True)
            name = f"{anchor.ledger_head[:12]}-{anchor.response_sha256[:8]}"
            shutil.copyfile(path, folder / f"{name}{'.tsr' if what == 'answer' else '.pem'}")
            (folder / f"{name}.txt").write_bytes(stamp.head_text(anchor.ledger_head))


def _actions(
    project: Project, given: Sequence[Given], level: Level, salt: bytes
) -> list[crate.Action]:
    """Return the runs that rows in the case file name; in public the month only, and not who."""
    wrote: dict[str, set[str]] = {}
    for one in given:
        wrote.setdefault(str(one.body.get("run", "")), set()).add(f"{ROWS}/{one.kind}.jsonl")
    found = []
    is_public = level is Level.PUBLIC
    for run in project.rows(Run):
        name = handed.run_name(run.id, salt) if is_public else run.id
        if name in wrote:
            found.append(
                crate.Action(
                    id=name,
                    step=run.step,
                    version=run.version,
                    began=f"{run.at:%Y-%m}" if is_public else run.at.isoformat(),
                    wrote=tuple(sorted(wrote[name])),
                    note="" if is_public else f"by {run.actor}",
                )
            )
    return sorted(found, key=lambda action: action.id) if is_public else found


def _crate(
    project: Project, data: Path, level: Level, on: date, actions: Sequence[crate.Action]
) -> crate.Crate:
    mark = "SIMULATED " if project.config.is_simulated else ""
    line = project.frontier
    return crate.Crate(
        name=f"{mark}{project.config.name}",
        description=f"Case file of level {level}: a publication about a land border, and all rows "
        "from which its numbers can be computed again. Shows structures, never people.",
        published=on,
        version=__version__,
        licence=f"Line: {line.credit or line.source}, {line.licence or 'licence not stated'}. "
        "Everything else: ask whoever published it.",
        parts=list(_parts(data)),
        actions=actions,
    )


def _parts(data: Path) -> Iterator[crate.Part]:
    for path in sorted(data.rglob("*")):
        if path.is_file():
            name = path.relative_to(data).as_posix()
            yield crate.Part(
                path=name,
                what=_what(name),
                media_type=_TYPES.get(path.suffix, "application/octet-stream"),
                n_bytes=path.stat().st_size,
                sha256=sha256_of(path),
            )


def _what(name: str) -> str:
    """Say what a file of a case file is, in plain words."""
    folder, _, last = name.rpartition("/")
    if folder == REPORT:
        return f"the publication: {last}"
    if folder == ROWS:
        return f"rows that the numbers rest on, one a line: {last.removesuffix('.jsonl')}"
    if folder == stamping.FOLDER:
        return {
            "tsr": "time stamp by an authority (RFC 3161)",
            "pem": "certificate that the time stamp was held to",
            "txt": "what the time stamp is about: the hash of a ledger row",
        }[last.rpartition(".")[2]]
    return {
        FRONTIER_FILE: "the line along which everything is measured",
        telling.PLACES_FILE: "names of places along the line",
        frozen.FILE_NAME: "what was drawn by chance and read; the same file as in the publication",
        config.FILE_NAME: "the settings that the numbers were computed with",
        HEAD: "hash of the newest row of the ledger that the numbers rest on",
        LEDGER: "the whole ledger, oldest row first; rows of protected sources by hash alone",
        README: "this text",
    }.get(name, name)


def _readme(project: Project, data: Path, level: Level) -> str:
    names = [path.relative_to(data).as_posix() for path in sorted(data.rglob("*"))]
    names = [name for name in names if (data / name).is_file()]
    mark = "SIMULATED: nothing in this folder shows a real place.\n\n" if (
        project.config.is_simulated
    ) else ""  # fmt: skip
    listed = "\n".join(f"  {name}\n      {_what(name)}" for name in [README, *names])
    who = (
        "People stand under code names that were made for this folder alone. The times at which\n"
        "they answered, file names and hashes of images are not in it."
        if level is Level.PUBLIC
        else "This folder is for the desk: it holds names of analysts and hashes of images.\n"
        "Do not pass it on. Originals and whoever gave them are in the vault, not here."
    )
    return f"""{mark}Case file: {project.config.name}
Level: {level}. Made with vallum {__version__}.

What this is
------------
A publication, and everything that its numbers rest on.
{who}

Has anything been changed?
--------------------------
In the folder above this one, where bagit.txt lies, without vallum:

  sha256sum -c manifest-sha256.txt        (Linux)
  shasum -a 256 -c manifest-sha256.txt    (macOS)

Every file must say OK. Whoever can change a file can write a new list of hashes as well, so
compare one hash with what you got another way: that of report/manifest.json, which names this
very publication in citations. A time stamp in stamps/, if there is one, shows on which day the
ledger stood as it does:

  openssl ts -verify -data stamps/NAME.txt -in stamps/NAME.tsr -CAfile stamps/NAME.pem

Get the certificate from the authority itself rather than from here. The hash in NAME.txt is that
of one row of the ledger, and all rows before it are in that hash. head.txt is the one that the
report prints: of the newest row that numbers rest on. What was told of claims is in the hash of
report/manifest.json, not in that one.

Do the numbers follow from the rows?
------------------------------------
  vallum recompute FOLDER

computes every number again from the rows in this folder alone and holds it against what was
published. Without vallum: each line in rows/ is one row in JSON; report/estimates.csv says of
every number how it is reached.

Files
-----
{listed}
  {crate.FILE_NAME}
      the same list for machines (RO-Crate)
"""


def _refuse_wrong(again: recomputing.Recomputed, target: Path) -> None:
    wrong = recomputing.blocked_by(again)
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise BadSetting(
            f"{target} was not written: what is published does not follow from the rows: "
            f"{wrong[0]}{more}; run `vallum measure`, then the same command again"
        )


def _move(draft: Path, target: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    draft.chmod(0o777 & ~umask)  # temporary folders are closed to others
    folder_whole(draft, target)


def _told(project: Project, target: Path, level: Level, again: recomputing.Recomputed) -> Done:
    files = [path for path in sorted(target.rglob("*")) if path.is_file()]
    n_bytes = sum(path.stat().st_size for path in files)
    manifest = sha256_of(target / "manifest-sha256.txt")
    with project.run("case") as work:
        work.add(
            Custody(
                subject="case file",
                event=Event.DISSEMINATION,
                at=datetime.now(UTC),
                by=actor(),
                outcome=f"level {level}, list of hashes sha256 {manifest}",
            )
        )
    n_numbers = sum(one["source"] == recomputing.FROM_ROWS for one in again["numbers"])
    lines = [
        f"{len(files)} files, {n_bytes / 1e6:,.1f} MB in {target}, level {level}",
        *recomputing.summary(again),
        f"list of hashes: sha256 {manifest}",
    ]
    if level is not Level.PUBLIC:
        lines.append("it holds names: keep it at the desk")
    return finished(
        work,
        lines,
        files=[str(target / bag.PAYLOAD / README)],
        facts={
            "folder": str(target),
            "level": str(level),
            "files": len(files),
            "bytes": n_bytes,
            "numbers": n_numbers,
            "manifest_sha256": manifest,
        },
        then=f"vallum recompute {target}",
    )
