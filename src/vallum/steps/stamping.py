"""`stamp`: the head of the ledger, stamped by others and checked without a network."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterable, Sequence
from pathlib import Path

from vallum.evidence import stamp as stamps
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.records import APART, DONE, Anchor
from vallum.ground.whole import make_folder, write_private, write_whole
from vallum.project import Project
from vallum.steps.done import Done, finished
from vallum.steps.folders import sha256_of

FOLDER = "stamps"


def head(project: Project) -> tuple[int, str]:
    """Return number and hash of the newest ledger row that numbers rest on.

    It is the one that reports print. All rows before it are in its hash; rows of `APART` after it
    are in the next one.
    """
    return _newest(project, APART)


def record_head(project: Project) -> tuple[int, str]:
    """Return the same of the newest row at the desk, what was said included; never printed."""
    return _newest(project, DONE)


def _newest(project: Project, kinds: Sequence[str]) -> tuple[int, str]:
    sha256 = project.store.head_without(*kinds)
    return _seqs(project).get(sha256, 0), sha256


def stamp(
    project: Project,
    *,
    request: Path | None = None,
    response: Path | None = None,
    roots: Sequence[Path] = (),
) -> Done:
    """Write a request for a time stamp, or take in and check the answer (RFC 3161).

    Args:
        project: whose ledger.
        request: file to write (.tsq); what is stamped is written beside it, as .txt.
        response: the answer (.tsr) to a request that was written here.
        roots: certificates of the authority (PEM or DER); those of this computer if left out.

    Raises:
        BadSetting: not exactly one of the two is given, or a file is in the way.
        BadInput: the answer does not hold.
    """
    if (request is None) == (response is None):
        raise BadSetting(
            "give either --request FILE, to ask for a time stamp, or --response FILE, to take in "
            "the answer; nothing was done"
        )
    with project.alone():
        if request is not None:
            return _requested(project, request)
        return _answered(project, Path(response or ""), list(roots))


def stamps_told(project: Project) -> list[str]:
    """Return a line for every time stamp: that it holds and what it says, or why it does not."""
    anchors = [row for row in project.rows(Anchor) if row.response_sha256]
    seqs = _seqs(project) if anchors else {}
    return [_told(project, anchor, seqs) for anchor in anchors]


def kept(project: Project, anchor: Anchor) -> list[tuple[str, Path]]:
    """Return the files of a time stamp that are there, by what they are."""
    answer = project.root / anchor.href
    found = [("answer", answer), ("roots", answer.with_suffix(".pem"))]
    return [(what, path) for what, path in found if path.is_file()]


def _requested(project: Project, path: Path) -> Done:
    """Write a request for the row that reports print, and one for what was said since."""
    if path == path.with_suffix(".txt"):
        raise BadSetting(f"{path.name}: the request is a .tsq file; nothing was written")
    printed, record = head(project), record_head(project)
    if not record[0]:
        raise BadSetting("the ledger is empty; nothing was written, add something first")
    wanted = {path: printed} if printed[0] else {}
    if record != printed:
        own = path.with_stem(f"{path.stem}-desk") if wanted else path
        wanted[own] = record
    texts = {one: stamps.head_text(sha256) for one, (_, sha256) in wanted.items()}
    for one, text in texts.items():
        beside = one.with_suffix(".txt")
        if one.exists() or (beside.exists() and beside.read_bytes() != text):
            there = one if one.exists() else beside
            raise BadSetting(f"{there} is there already; nothing was written, name a new file")
    lines: list[str] = []
    for one, (seq, sha256) in wanted.items():
        _write_request(project, one, sha256, texts[one])
        lines.append(f"{one.name} asks for a time stamp of ledger row {seq:,}: {sha256}")
        lines.append(f"{one.with_suffix('.txt').name} is what is stamped: that hash and a line end")
        if (seq, sha256) == record != printed:
            lines.append(
                f"row {seq:,} covers what was said, too; no report prints it, and its stamp stays "
                "out of public case files"
            )
    lines.append("send it to an authority from any computer; it says nothing but a hash")
    first, (seq, sha256) = next(iter(wanted.items()))
    return Done(
        step="stamp",
        lines=tuple(lines),
        files=tuple(str(name) for one in wanted for name in (one, one.with_suffix(".txt"))),
        facts={"ledger_head": sha256, "ledger_seq": seq},
        next=f"vallum stamp --response {first.with_suffix('.tsr').name} --root CERTIFICATE",
    )


def _write_request(project: Project, path: Path, sha256: str, text: bytes) -> None:
    asked = stamps.request_for(text)
    own = project.root / FOLDER / f"{sha256}-{hashlib.sha256(asked).hexdigest()[:8]}.tsq"
    make_folder(own.parent)
    write_private(own, asked)
    make_folder(path.parent)
    write_whole(path.with_suffix(".txt"), text)
    write_whole(path, asked)


def _answered(project: Project, path: Path, roots: list[Path]) -> Done:
    seq, sha256 = _stamped_row(project, path)
    asked = sorted((project.root / FOLDER).glob(f"{sha256}-*.tsq"))
    if not asked:
        raise BadInput(
            f"{path.name} stamps ledger row {seq:,}, but no request for it was made here, so "
            "nobody can tell an old answer from a new one; nothing was kept, make a request with "
            "`vallum stamp --request FILE`"
        )
    found = stamps.check(path, stamps.head_text(sha256), asked, roots)
    answer = path.read_bytes()
    digest = hashlib.sha256(answer).hexdigest()
    own = project.root / FOLDER / f"{sha256[:16]}-{digest[:8]}.tsr"
    write_private(own, answer)
    trusted = "".join(map(_as_pem, roots)).encode()
    if trusted:
        write_private(own.with_suffix(".pem"), trusted)
    anchor = Anchor(
        ledger_head=sha256,
        ledger_seq=seq,
        response_sha256=digest,
        authority=found.authority,
        stamped=found.at,
        href=own.relative_to(project.root).as_posix(),
        roots_sha256=hashlib.sha256(trusted).hexdigest() if trusted else "",
    )
    with project.run("stamp") as work:
        work.add(anchor)
    return finished(
        work,
        [_line(anchor)],
        facts={"ledger_head": sha256, "ledger_seq": seq, "stamped": found.at.isoformat()},
        then="vallum verify",
    )


def _stamped_row(project: Project, path: Path) -> tuple[int, str]:
    """Return the ledger row that an answer is about.

    Raises:
        BadInput: there is no such file, or no such row.
    """
    if not path.is_file():
        raise BadInput(f"{path} does not exist; nothing was read, check the path")
    digest = stamps.stamped_digest(path)
    for sha256, seq in _seqs(project).items():
        if hashlib.sha256(stamps.head_text(sha256)).hexdigest() == digest:
            return seq, sha256
    raise BadInput(
        f"{path.name} stamps something else than a row of this ledger; nothing was kept, give the "
        "answer to a request that was made in this project"
    )


def _seqs(project: Project) -> dict[str, int]:
    return {entry.sha256: entry.seq for entry in project.store.entries()}


def _told(project: Project, anchor: Anchor, seqs: dict[str, int]) -> str:
    own = project.root / anchor.href
    what = f"time stamp of ledger row {anchor.ledger_seq:,}"
    if seqs.get(anchor.ledger_head) != anchor.ledger_seq:
        return f"{what} does not hold: the ledger has no such row any more"
    if not own.is_file():
        return f"{what} does not hold: {anchor.href} is missing, put it back from a backup"
    if hashlib.sha256(own.read_bytes()).hexdigest() != anchor.response_sha256:
        return f"{what} does not hold: {anchor.href} was changed after it was taken in"
    pem = own.with_suffix(".pem")
    if anchor.roots_sha256 and not (pem.is_file() and sha256_of(pem) == anchor.roots_sha256):
        return f"{what} does not hold: {pem.name} was changed after it was taken in, or is missing"
    asked = sorted(own.parent.glob(f"{anchor.ledger_head}-*.tsq"))
    roots = [path for what_, path in kept(project, anchor) if what_ == "roots"]
    try:
        stamps.check(own, stamps.head_text(anchor.ledger_head), asked, roots)
    except BadInput as error:
        return f"{what} does not hold: {error}"
    return _line(anchor)


def _line(anchor: Anchor) -> str:
    when = f"{anchor.stamped:%Y-%m-%d %H:%M:%S} UTC" if anchor.stamped else "at an unknown time"
    return (
        f"time stamp holds: ledger row {anchor.ledger_seq:,} and all before it were there on "
        f"{when}, says {anchor.authority}"
    )


def _as_pem(path: Path) -> str:
    content = path.read_bytes()
    if b"-----BEGIN CERTIFICATE-----" in content:
        return content.decode("ascii", "ignore").rstrip() + "\n"
    return ssl.DER_cert_to_PEM_cert(content)


def lines_of(project: Project) -> Iterable[str]:
    """Return what `verify` prints of time stamps: how many hold, then each."""
    told = stamps_told(project)
    n_good = sum(line.startswith("time stamp holds") for line in told)
    return [f"{n_good} of {len(told)} time stamps hold", *told] if told else []
