"""What lies open and must not any more: working copies go into the vault, words out of the rows.

As when the risk of a source rises after its papers came in. To lock something in needs no key. If
it is stopped it can be run again: a copy is in the vault, with its row, before the open one goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vallum.claims.rows import without_words
from vallum.ground.errors import BadSetting, NotThere, VaultError
from vallum.ground.records import Claim, Exhibit, Row, Source
from vallum.ground.saidkinds import Event, Handling
from vallum.ground.whole import fsync_folder
from vallum.project import Project, Work
from vallum.steps.lodging import is_hidden
from vallum.steps.papers import FOLDER, WORKING_PICTURE, WORKING_TEXT, lies_in_vault
from vallum.steps.vaulting import custody, the_vault

_WORDS: dict[str, object] = {"name": "", "title": "", "url": "", "archived_urls": (), "rights": ""}
"""Fields of a paper that may tell who gave it; they lie in the vault as well."""


@dataclass(frozen=True, kw_only=True)
class Hidden:
    """What was hidden.

    Attributes:
        n_copies: working copies that lie in the vault now and nowhere else.
        n_papers: papers whose rows say less now.
        n_claims: claims whose rows say less now.
    """

    n_copies: int = 0
    n_papers: int = 0
    n_claims: int = 0


def open_of(source: Source, papers: Sequence[Exhibit]) -> list[Exhibit]:
    """Return the papers of a protected source of which something lies open; none of others."""
    return [
        row for row in papers if is_hidden(source, row.handling) and _hushed(row, source) != row
    ]


def hide(project: Project, work: Work, source: Source, papers: Sequence[Exhibit]) -> Hidden:
    """Lock up what lies open of a protected source, and take the words out of its newest rows.

    Older rows of the ledger stay as they are, with the hashes in them.

    Args:
        project: where.
        work: the run that this belongs to; what could not be done is blocked in it.
        source: as it is from now on.
        papers: what came from it, and the copies and translations made of that.
    """
    n_copies = n_papers = 0
    for row in open_of(source, papers):
        if row.href and not _lock(project, work, row):
            continue
        n_copies += bool(row.href)
        n_papers += 1
        work.add(_hushed(row, source))
    of = {row.id for row in papers if is_hidden(source, row.handling)}
    told = [row for row in project.rows(Claim) if row.exhibit in of]
    quiet: list[Row] = [
        less for row in told if not (less := without_words(row)).same_as(row)
    ]  # fmt: skip
    work.add_all(quiet)
    return Hidden(n_copies=n_copies, n_papers=n_papers, n_claims=len(quiet))


def _hushed(row: Exhibit, source: Source) -> Exhibit:
    """Return a paper without what may tell who gave it.

    What another source translated is for the keeper alone: that source is not protected.
    """
    is_own = row.source in {source.id, source.code}
    return replace(
        row, href="", **_WORDS, handling=row.handling if is_own else Handling.RED  # type: ignore[arg-type]
    )  # fmt: skip


def _lock(project: Project, work: Work, row: Exhibit) -> bool:
    """Move a working copy into the vault; say whether it lies open no more."""
    path, folder = project.root / row.href, (project.root / FOLDER).resolve()
    if path.is_symlink() or not path.resolve().is_relative_to(folder):
        work.block(row.id, f"{row.id}: its copy lies outside {FOLDER}; lock it up yourself")
        return False
    what = WORKING_PICTURE if path.suffix == ".png" else WORKING_TEXT
    outcome = "open working copy was not there any more"
    if path.is_file():
        try:
            if not lies_in_vault(project, row, what):
                one = the_vault(project).put(path)
                kept = custody(row.id, Event.ENCRYPTION, by=work.row.actor, of=one, outcome=what)
                work.add(replace(kept, vault_bytes=0))
        except (NotThere, BadSetting, VaultError) as error:
            work.block(row.id, f"{row.id}: its working copy still lies open: {error}")
            return False
        path.unlink()
        fsync_folder(path.parent)
        outcome = "open working copy deleted; it lies in the vault"
    work.add(custody(row.id, Event.DELETION, by=work.row.actor, outcome=outcome))
    return True
