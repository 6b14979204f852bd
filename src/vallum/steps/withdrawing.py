"""`withdraw`: a source takes its agreement back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from vallum.evidence.register import check_why
from vallum.ground.errors import BadSetting
from vallum.ground.records import Claim, Custody, Disclosure, Exhibit, Source
from vallum.ground.saidkinds import Event
from vallum.ground.whole import fsync_folder
from vallum.project import Project, Work
from vallum.steps.done import Done, finished
from vallum.steps.folders import copies_of
from vallum.steps.sources import papers_of, source_of
from vallum.steps.vaulting import custody, delete_files, deleted, lying
from vallum.steps.viewing import take_back

PAPERS = "papers"


def withdraw(project: Project, code: str, *, why: str, by: str = "", yes: bool = False) -> Done:
    """Take a source's agreement back: delete what it gave, and tell nothing of it any more.

    The agreement ends first, on the ledger; then the working copies and the vault's files are
    deleted, each with its row. If it is stopped, run it again. The chain of the ledger stays valid.

    Args:
        project: where.
        code: of the source, or its id.
        why: at least 10 characters; stays in the ledger for ever, so no names.
        by: who does it.
        yes: really delete.

    Returns:
        Done; `blocked` says what could not be deleted yet, as when the vault's disk is away.

    Raises:
        NotThere: there is no such source.
        BadInput: no reason.
        BadSetting: `yes` is missing; nothing was done.
    """
    source = source_of(project, code)
    check_why(why)
    papers = papers_of(project, source)
    files, copies = _files_of(project, source, papers), [row for row in papers if row.href]
    if not yes:
        raise BadSetting(
            f"this deletes {len(files)} files of the vault and {len(copies)} working copies for "
            "ever; nothing was done, give --yes if the source wants that"
        )
    with project.run("withdraw", by=by) as work:
        if source.consent_withdrawn is None:
            source = replace(source, consent_withdrawn=datetime.now(UTC).date())
            outcome = f"consent withdrawn: {why.strip()}"
            work.add(source, custody(source.id, Event.DELETION, by=work.row.actor, outcome=outcome))
        n_copies = sum(_delete_copy(project, work, row) for row in copies)
        # Also what another source's picture was placed with: it follows from this one's camera.
        take_back(project, work, files, (row.id for row in papers))
        n_files = delete_files(project, work, files)
        if not work.blocked:
            blank = [replace(row, vault_ref="", href="") for row in papers_of(project, source)]
            work.add(*blank, replace(source, vault_ref=""))
    return finished(
        work,
        _said(project, source, papers, n_files, n_copies),
        then="connect the vault's disk and run this again" if work.blocked else "vallum publish",
        facts={
            "n_vault_files": n_files,
            "n_working_copies": n_copies,
            "n_releases_before": _n_releases(project, source, papers),
        },
    )


def _files_of(project: Project, source: Source, papers: Iterable[Exhibit]) -> dict[str, str]:
    """Return the vault's files of a source by name, with the id of what each is of."""
    subjects = {source.id: source.id, source.code: source.id} | {row.id: row.id for row in papers}
    found = {
        row.vault_ref: subjects[row.subject]
        for row in project.rows(Custody)
        if row.subject in subjects and row.vault_ref
    }
    found |= {row.vault_ref: row.id for row in papers if row.vault_ref}
    found |= {source.vault_ref: source.id} if source.vault_ref else {}
    # What was deleted may have come back with a backup of the vault.
    gone = deleted(project) - lying(project)
    return {name: of for name, of in sorted(found.items()) if name not in gone}


def _delete_copy(project: Project, work: Work, row: Exhibit) -> bool:
    """Delete a working copy, then say so; a copy outside the folder of papers is left."""
    folder = (project.root / PAPERS).resolve()
    path = project.root / row.href
    if not path.parent.resolve().is_relative_to(folder):
        work.block(row.id, f"{row.id}: its copy lies outside {PAPERS}; delete it yourself")
        return False
    was_there = path.is_symlink() or path.is_file()
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        fsync_folder(path.parent)
    outcome = "working copy deleted" if was_there else "working copy was not there any more"
    work.add(
        replace(row, href=""),
        custody(row.id, Event.DELETION, by=work.row.actor, outcome=outcome),
    )
    return was_there


def _said(
    project: Project, source: Source, papers: Iterable[Exhibit], n_files: int, n_copies: int
) -> list[str]:
    n_before = _n_releases(project, source, papers)
    ids = {row.id for row in papers}
    n_claims = sum(row.exhibit in ids for row in project.rows(Claim))
    before = f"told in {n_before} releases" if n_before else "published before"
    here = [
        f"told in {path}, or may be: delete it, with its copies elsewhere"
        for path in copies_of(project.out_folder, _releases(project, source, papers))
    ]
    return [
        f"consent of {source.code} withdrawn on {source.consent_withdrawn}",
        f"deleted: {n_files} files of the vault, {n_copies} working copies",
        f"{n_claims} claims are told in no release from now on",
        f"not undone: what was {before}; copies that others took; backups of vault and "
        "project, which you must delete yourself; traces on SSDs, which overwrite nothing",
        *here,
        "the ledger cannot forget: the random code, its grades, days, claims in the desk's own "
        "words and places of things in its pictures stay in it, without a name or a camera point",
    ]


def _n_releases(project: Project, source: Source, papers: Iterable[Exhibit]) -> int:
    return len(_releases(project, source, papers))


def _releases(project: Project, source: Source, papers: Iterable[Exhibit]) -> set[str]:
    """Return the releases that told something of a source."""
    ids = {row.id for row in papers} | {source.id, source.code}
    of = {row.id for row in project.rows(Claim) if row.exhibit in ids} | ids
    told = project.rows(Disclosure)
    return {row.release for row in told if row.subject in of or row.source in of}
