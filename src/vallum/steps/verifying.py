"""`verify`: is everything that this project keeps still as it was when it was put there?

Looked at are the ledger and its tables, and every file of which a row holds a hash: the line of the
frontier, working copies of images, masks, pictures and papers, time stamps, publications, editions,
and the files of the vault while its disk is connected. None of them needs a key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vallum.evidence.vault import Vault
from vallum.ground.errors import (
    BadImage,
    ChainBroken,
    NotThere,
    StoreError,
    VallumError,
    VaultError,
)
from vallum.ground.records import Anchor, Exhibit, Json, Release, Scene, Shot
from vallum.imagery import objects
from vallum.project import FRONTIER_FILE, Project
from vallum.steps import editions, stamping
from vallum.steps.done import Done, Progress, silent
from vallum.steps.folders import MANIFEST, SHEETS, changed_files, manifest_of, sha256_of
from vallum.steps.histories import FOLDER
from vallum.steps.vaulting import kept, the_vault, vault_folder

_MOST_NAMED = 20
_ADDED = "was added after it was published"
_AGAIN = "; restore it from a backup"


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What one part of the check came to.

    Attributes:
        n: files that were looked at.
        problems: what is not as it was, each beginning with what it is about.
        lines: what else to tell a person.
    """

    n: int = 0
    problems: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def verify(project: Project, *, rebuild: bool = False, show: Progress = silent) -> Done:
    """Check the chain of the ledger, the tables that follow from it, and every stored file.

    Everything is looked at before anything is told: one damaged file does not hide another.

    Raises:
        ChainBroken: names every row that does not follow, and every file that changed or is
            missing, up to twenty of them.
    """
    if rebuild:
        project.store.verify_chain()
        project.store.rebuild()
    n_rows, broken = _ledger(project)
    found: list[Looked] = []
    parts: tuple[Callable[[Project, Progress], Looked], ...] = (
        _copies, _objects, _stamps, _publications, _editions, _vault,
    )  # fmt: skip
    for part in parts:
        try:
            found.append(part(project, show))
        except (StoreError, ValueError, KeyError, TypeError) as error:
            # Rows that cannot be read: the ledger is damaged, and that is said already.
            if not broken:
                raise
            found.append(Looked(lines=(f"not looked at: {part.__name__.strip('_')} ({error})",)))
    problems = [*broken, *(problem for one in found for problem in one.problems)]
    if problems:
        raise ChainBroken(_told(problems, is_sound=not broken))
    n_files = sum(one.n for one in found)
    seq, head = project.store.head()
    facts: dict[str, Json] = {"rows": n_rows, "files": n_files, "head": head, "seq": seq}
    return Done(
        step="verify",
        lines=(
            f"{n_rows:,} ledger rows follow from each other; {n_files:,} files unchanged",
            *(line for one in found for line in one.lines),
            f"head {head}",
        ),
        facts=facts,
    )


def _told(problems: list[str], *, is_sound: bool) -> str:
    more = len(problems) - _MOST_NAMED
    named = "; ".join(problems[:_MOST_NAMED]) + (f" (and {more} more)" if more > 0 else "")
    if not is_sound:
        return named
    return (
        f"{named}; the ledger itself is sound, put what is named back from a backup or from where "
        "you keep it"
    )


def _ledger(project: Project) -> tuple[int, list[str]]:
    try:
        return project.store.verify(), []
    except StoreError as error:
        return 0, [str(error)]


# -- working copies -------------------------------------------------------------------------------


def _copies(project: Project, show: Progress) -> Looked:
    """Look at the line and at every working copy of which a row holds the hash."""
    checks = list(_stored_files(project))
    problems: list[str] = []
    n_without = 0
    for n_done, (path, sha256) in enumerate(checks):
        show("verify", n_done, len(checks), "files")
        if sha256:
            problems += _file_problem(path, sha256)
        elif not path.is_file():
            problems.append(f"{path} is missing")
        else:
            n_without += 1
    show("verify", len(checks), len(checks), "files")
    lines = []
    if n_without:
        lines.append(
            f"{n_without:,} working copies are there, but an older vallum wrote no hash of them"
        )
    return Looked(n=len(checks) - n_without, problems=tuple(problems), lines=tuple(lines))


def _stored_files(project: Project) -> Iterator[tuple[Path, str]]:
    """Yield every working copy with its hash, empty where none was written down."""
    root = project.root
    for exhibit in project.rows(Exhibit):
        if exhibit.role == "frontier":
            yield root / FRONTIER_FILE, exhibit.sha256
        elif exhibit.href:
            yield root / exhibit.href, exhibit.copy_sha256
    for scene in project.rows(Scene):
        path = project.path_of(scene)
        is_here = path is not None and not objects.is_object(path)
        if is_here and path is not None and scene.copy_sha256:
            yield path, scene.copy_sha256
        if scene.mask_href and scene.mask_sha256:
            yield root / scene.mask_href, scene.mask_sha256
    for shot in project.rows(Shot):
        if shot.copy_sha256:
            yield root / shot.href, shot.copy_sha256


def _file_problem(path: Path, sha256: str) -> list[str]:
    if not path.is_file():
        return [f"{path} is missing"]
    return [] if sha256_of(path) == sha256 else [f"{path} was changed after it was taken in"]


# -- images in object storage ---------------------------------------------------------------------


def _objects(project: Project, show: Progress) -> Looked:
    """Ask for size and ETag of what is used in object storage; its bytes are not read again."""
    from vallum.imagery import buckets

    every = [scene for scene in project.rows(Scene) if objects.is_object(scene.href)]
    n_same, problems, unseen = 0, list[str](), list[str]()
    for n_done, scene in enumerate(every):
        show("verify", n_done, len(every), "objects in storage")
        try:
            one = objects.named(scene.href)
            storage = objects.trusted(one)
        except BadImage as error:
            unseen.append(str(error))
            continue
        try:
            buckets.check(storage, one)
            n_same += 1
        except buckets.Differs as error:
            problems.append(str(error))
        except BadImage as error:
            unseen.append(str(error))
    lines = []
    if n_same:
        lines.append(
            f"{n_same:,} images in object storage have the size and ETag that they were added "
            "with; their bytes were not read again"
        )
    if unseen:
        lines.append(f"{len(unseen):,} images in object storage were not looked at: {unseen[0]}")
    return Looked(n=0, problems=tuple(problems), lines=tuple(lines))


# -- time stamps ----------------------------------------------------------------------------------


def _stamps(project: Project, _: Progress) -> Looked:
    lines = list(stamping.lines_of(project))
    told = lines[1:]
    broken = [line for line in told if "does not hold" in line]
    n = sum(1 for anchor in project.rows(Anchor) if anchor.response_sha256)
    return Looked(n=n - len(broken), problems=tuple(broken), lines=tuple(lines))


# -- publications ---------------------------------------------------------------------------------


def _publications(project: Project, show: Progress) -> Looked:
    """Look at every publication and every list of sheets below `out`, editions aside."""
    out = project.out_folder
    known = {row.manifest_sha256: row for row in project.rows(Release)}
    heads = {entry.sha256 for entry in project.store.entries()} if known else set()
    problems: list[str] = []
    n = 0
    folders = sorted(path.parent for path in out.rglob(MANIFEST) if _is_shown(path, out))
    if known and (out / "report").is_dir() and out / "report" not in folders:
        problems.append(f"{out / 'report' / MANIFEST} is missing")
    for folder in folders:
        show("verify", n, 0, "files of publications")
        n_files, found = _publication(folder, known, heads)
        n += n_files
        problems += found
    n_sheets, found = _sheets(project)
    return Looked(n=n + n_sheets, problems=(*problems, *found))


def _is_shown(path: Path, out: Path) -> bool:
    """Say whether a list is of a publication that lies there; drafts begin with a dot."""
    parts = path.relative_to(out).parts
    return parts[0] != FOLDER and not any(part.startswith(".") for part in parts)


def _publication(folder: Path, known: dict[str, Release], heads: set[str]) -> tuple[int, list[str]]:
    digest = sha256_of(folder / MANIFEST)
    if digest not in known:
        return 0, [
            f"{folder / MANIFEST} is none that this ledger knows: it was changed, or publishing "
            "was stopped before it was written down; run `vallum publish` again"
        ]
    # What a person lays beside it (or QGIS, or a file manager) changes nothing that was published.
    problems = [one for one in changed_files(folder, digest) if not one.endswith(_ADDED)]
    told = manifest_of(folder)
    if told.get("ledger_head") not in {*heads, "0" * 64}:
        problems.append(
            f"{folder / MANIFEST}: the ledger has no row {str(told.get('ledger_head'))[:16]}, from "
            f"which it was published: newer rows were lost{_AGAIN}"
        )
    return len(told["hashes"]) + 1, problems


def _sheets(project: Project) -> tuple[int, list[str]]:
    from vallum.steps.folders import sheet_lists

    problems: list[str] = []
    n = 0
    readable = set()
    for path, files in sheet_lists(project.out_folder):
        readable.add(path)
        for name, sha256 in files.items():
            n += 1
            problems += _sheet_problem(path.parent, name, sha256)
    lists = set(project.out_folder.glob(f"*/{SHEETS}"))
    problems += [f"{path} was changed: it can no longer be read" for path in lists - readable]
    return n, problems


def _sheet_problem(folder: Path, name: str, sha256: str) -> list[str]:
    path = folder / name
    if Path(name).name != name or not path.is_file():
        return [f"{path} is missing"]
    return [] if sha256_of(path) == sha256 else [f"{path} was changed after it was written"]


def _editions(project: Project, _: Progress) -> Looked:
    rows = editions.listed(project)
    n_files = 0
    for row in rows:
        folder = project.out_folder / FOLDER / str(row.number)
        if (folder / MANIFEST).is_file():
            n_files += sum(1 for path in folder.rglob("*") if path.is_file())
    what = "edition is" if len(rows) == 1 else "editions are"
    lines = (f"{len(rows)} frozen {what} as published",) if rows else ()
    return Looked(n=n_files, problems=tuple(editions.problems(project)), lines=lines)


# -- the vault ------------------------------------------------------------------------------------


def _vault(project: Project, show: Progress) -> Looked:
    """Compare the files of the vault with the ledger, locked as they are."""
    wanted = kept(project)
    if not project.config.vault.folder:
        return Looked()
    versions: dict[str, set[str]] = {}
    for one in wanted:
        versions.setdefault(one.name, set()).add(one.sha256)
    try:
        the_vault(project)
    except NotThere:
        return Looked(
            lines=(f"the vault is not connected: its {len(versions):,} files were not looked at",)
        )
    except (VaultError, VallumError) as error:
        return Looked(problems=(f"vault: {error}",))
    folder = vault_folder(project)
    problems = []
    for n_done, (name, hashes) in enumerate(sorted(versions.items())):
        show("verify", n_done, len(versions), "files of the vault")
        problems += _locked_problem(folder, name, hashes)
    return Looked(
        n=len(versions),
        problems=tuple(problems),
        lines=(f"{len(versions):,} files of the vault are as they were put in, locked",),
    )


def _locked_problem(folder: Path, name: str, hashes: Iterable[str]) -> list[str]:
    if name not in Vault(folder).names:
        return [f"vault: {name} is missing"]
    found = sha256_of(folder / f"{name}.age")
    return [] if found in set(hashes) else [f"vault: {name} was changed after it was put in"]
