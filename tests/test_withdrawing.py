"""A source takes its agreement back: what it gave is gone, and the chain of the ledger holds."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from small_vault import WORDS, Desk, new_desk
from vallum.commands.keeping import withdraw as command
from vallum.evidence.consent import Reader, may_tell
from vallum.ground.errors import BadInput, BadSetting, NotThere
from vallum.ground.records import Claim, Custody, Disclosure, Exhibit, Source
from vallum.ground.saidkinds import Event, Modality, Subject
from vallum.steps.sources import papers_of, source_add, source_list, source_of
from vallum.steps.vaulting import deleted, kept, lying, vault_check
from vallum.steps.withdrawing import _files_of, withdraw

WHY = "asked us to delete it"
WHO = b"SIMULATED CANARY"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A project with an empty vault."""
    return new_desk(tmp_path)


@pytest.fixture
def source(desk) -> Source:
    """A person with three papers, one of them a translation; and another's paper beside it."""
    row, _ = source_add(
        desk.project, voice="person", attribution="background", described_as="a trader",
        consent=["retain", "analyse", "publish_text"], risk="extreme", handling="clear", identity=WHO,
    )  # fmt: skip
    one, _ = desk.take_in(row)
    desk.take_in(row, WORDS + b" 2")
    desk.take_in(None, WORDS + b" 3", derived_from=one.id, derived_how="translation_of")
    desk.take_in(None, b"SIMULATED: of another source")
    return row


def test_everything_it_gave_is_deleted_and_the_chain_holds(desk, source, tmp_path) -> None:
    assert len(lying(desk.project)) == 5
    done = withdraw(desk.project, source.code, why=WHY, by="editor", yes=True)
    assert done.exit_code == 0
    assert done.facts == {"n_vault_files": 4, "n_working_copies": 3, "n_releases_before": 0}
    assert len(lying(desk.project)) == len(kept(desk.project)) == 1
    assert [p.read_bytes() for p in (desk.root / "papers").iterdir()] == [
        b"SIMULATED: of another source"
    ]
    row = source_of(desk.project, source.code)
    assert row.consent_withdrawn is not None
    assert row.vault_ref == ""
    assert not [
        p for p in desk.project.rows(Exhibit) if p.source == row.id and (p.href or p.vault_ref)
    ]
    assert desk.again().store.verify() > 0
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0
    assert "withdrew on" in source_list(desk.project).lines[0]
    desk.project.close()
    everything = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert WORDS not in everything


def test_each_deletion_is_on_the_ledger_with_who_and_why(desk, source) -> None:
    withdraw(desk.project, source.code, why=WHY, by="editor", yes=True)
    rows = [row for row in desk.project.rows(Custody) if row.event is Event.DELETION]
    assert rows[0].outcome == f"consent withdrawn: {WHY}"  # before anything is deleted
    assert {row.by for row in rows} == {"editor"}
    assert sum(bool(row.vault_ref) for row in rows) == 4
    assert all(row.vault_sha256 for row in rows if row.vault_ref)
    assert sum(row.outcome == "working copy deleted" for row in rows) == 3
    assert {row.vault_ref for row in rows if row.vault_ref} == deleted(desk.project)


def test_nothing_of_it_is_told_any_more(desk, source) -> None:
    paper = next(p for p in desk.project.rows(Exhibit) if p.source == source.id)
    paper = replace(paper, handling=source.handling)
    on = date(2100, 1, 1)
    assert may_tell(Reader.PUBLIC, on, source=source, exhibit=paper) == ""
    withdraw(desk.project, source.id, why=WHY, yes=True)
    row = source_of(desk.project, source.code)
    for reader in Reader:
        assert "withdrawn" in may_tell(reader, on, source=row, exhibit=paper)


def test_nothing_is_deleted_unasked_or_without_a_reason(desk, source) -> None:
    head = desk.project.store.head()
    with pytest.raises(BadSetting, match="4 files of the vault and 3 working copies .*--yes"):
        withdraw(desk.project, source.code, why=WHY)
    with pytest.raises(BadInput, match="at least 10"):
        withdraw(desk.project, source.code, why="so", yes=True)
    with pytest.raises(NotThere):
        withdraw(desk.project, "Canary", why=WHY, yes=True)
    assert desk.project.store.head() == head
    assert len(lying(desk.project)) == 5


def test_what_is_not_undone_is_said(desk, source) -> None:
    paper = next(p for p in desk.project.rows(Exhibit) if p.source == source.id)
    claim = Claim(exhibit=paper.id, subject=Subject.FENCE, modality=Modality.PRESENT)
    with desk.project.run("test") as work:
        work.add(
            claim,
            Disclosure(release="a", subject=claim.id, source=source.id),
            Disclosure(release="b", subject=claim.id, source=source.code),
            Disclosure(release="c", subject="claim-of-another", source="source-other"),
        )
    done = withdraw(desk.project, source.code, why=WHY, yes=True)
    said = " ".join(done.lines)
    assert done.facts["n_releases_before"] == 2
    for words in ("in 2 releases", "copies that others took", "backups", "SSDs", "1 claims"):
        assert words in said
    assert "CANARY" not in said


def test_a_withdrawal_done_twice_changes_nothing_more(desk, source) -> None:
    withdraw(desk.project, source.code, why=WHY, yes=True)
    before = source_of(desk.project, source.code)
    seq = desk.project.store.head()
    done = withdraw(desk.project, source.code, why=WHY, yes=True)
    assert done.n_added == 0
    assert (done.facts["n_vault_files"], done.facts["n_working_copies"]) == (0, 0)
    assert source_of(desk.project, source.code) == before
    assert desk.project.store.head() == seq


def test_while_the_disk_is_away_the_agreement_ends_and_the_rest_waits(
    desk, source, tmp_path
) -> None:
    (tmp_path / "stick").rename(tmp_path / "drawer")
    done = withdraw(desk.project, source.code, why=WHY, yes=True)
    assert done.exit_code == 3
    assert "4 files of the vault were not deleted" in done.blocked[0]
    assert str(tmp_path) not in json.dumps(done.to_json())
    assert source_of(desk.project, source.code).consent_withdrawn is not None
    assert len(list((desk.root / "papers").iterdir())) == 1
    (tmp_path / "drawer").rename(tmp_path / "stick")
    done = withdraw(desk.project, source.code, why=WHY, yes=True)
    assert (done.exit_code, done.facts["n_vault_files"]) == (0, 4)
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0


def test_changed_recipients_do_not_hinder_a_deletion(desk, source) -> None:
    with (desk.vault.folder / "recipients.txt").open("a") as handle:
        handle.write(desk.keys[2].recipient + "\n")
    done = withdraw(desk.project, source.code, why=WHY, yes=True)
    assert (done.exit_code, done.facts["n_vault_files"]) == (0, 4)


def test_a_file_that_came_back_with_a_backup_is_deleted_again(desk, source) -> None:
    copies = {p: p.read_bytes() for p in desk.vault.folder.glob("*.age")}
    withdraw(desk.project, source.code, why=WHY, yes=True)
    for path, content in copies.items():
        path.write_bytes(content)
    assert len(vault_check(desk.project, desk.keys[:1]).blocked) == 4
    done = withdraw(desk.project, source.code, why=WHY, yes=True)
    assert done.facts["n_vault_files"] == 4
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0


def test_a_copy_that_leads_out_of_the_papers_is_left_and_named(desk, source, tmp_path) -> None:
    outside = tmp_path / "mine.txt"
    outside.write_text("mine")
    paper = next(p for p in desk.project.rows(Exhibit) if p.source == source.id)
    (desk.root / paper.href).unlink()
    with desk.project.run("test") as work:
        work.add(replace(paper, href="papers/../../mine.txt"))
    done = withdraw(desk.project, source.code, why=WHY, yes=True)
    assert outside.read_text() == "mine"
    assert done.exit_code == 3
    assert paper.id in done.blocked[0]
    assert str(tmp_path) not in done.blocked[0]


def test_a_link_among_the_papers_is_taken_away_and_not_followed(desk, source, tmp_path) -> None:
    outside = tmp_path / "mine.txt"
    outside.write_text("mine")
    paper = next(p for p in desk.project.rows(Exhibit) if p.source == source.id)
    (desk.root / paper.href).unlink()
    (desk.root / paper.href).symlink_to(outside)
    assert withdraw(desk.project, source.code, why=WHY, yes=True).exit_code == 0
    assert outside.read_text() == "mine"
    assert not (desk.root / paper.href).is_symlink()


_KILLED = """
import os, signal, sys
from pathlib import Path
from vallum.evidence.vault import Vault
from vallum.project import open_project
from vallum.steps import withdrawing

root, code, when = sys.argv[1:]
real, n = Vault.delete, 0

def delete(self, kept):
    global n
    n += 1
    if n == 2 and when == "before the file":
        os.kill(os.getpid(), signal.SIGKILL)
    told = real(self, kept)
    if n == 2 and when == "between file and row":
        os.kill(os.getpid(), signal.SIGKILL)
    return told

Vault.delete = delete
unlink = Path.unlink

def gone(self, missing_ok=False):
    unlink(self, missing_ok=missing_ok)
    if when == "between copy and row" and self.parent.name == "papers":
        os.kill(os.getpid(), signal.SIGKILL)

Path.unlink = gone
with open_project(Path(root)) as project:
    withdrawing.withdraw(project, code, why="asked us to delete it", yes=True)
"""


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_the_drill_knows_whose_file_is_missing_whichever_it_is(desk, source, nth) -> None:
    """As after a kill between a file and its row: the person's own, a paper, a translation."""
    files = sorted(_files_of(desk.project, source, papers_of(desk.project, source)))
    with desk.project.run("test") as work:
        work.add(replace(source, consent_withdrawn=date(2023, 5, 10)))
    desk.vault.delete(files[nth - 1])
    drill = vault_check(desk.project, desk.keys[:1])
    assert len(drill.blocked) == 1
    assert "run `withdraw` again" in drill.blocked[0]


@pytest.mark.parametrize(
    "when", ["between copy and row", "before the file", "between file and row"]
)
def test_a_killed_withdrawal_is_told_and_finished_by_running_it_again(desk, source, when) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, desk.root, source.code, when],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    project = desk.again()
    assert project.store.verify() > 0
    row = source_of(project, source.code)
    assert row.consent_withdrawn is not None  # told nowhere from the first moment
    drill = vault_check(project, desk.keys[:1])
    if when == "between file and row":
        assert "run `withdraw` again" in drill.blocked[0]
    else:
        assert drill.exit_code == 0
    # What the ledger calls deleted is gone: a kill never makes it say more than is true.
    assert not deleted(project) & lying(project)
    assert withdraw(project, source.code, why=WHY, yes=True).exit_code == 0
    assert len(lying(project)) == len(kept(project)) == 1
    assert len(list((desk.root / "papers").iterdir())) == 1
    assert vault_check(project, desk.keys[:1]).exit_code == 0
    assert project.store.verify() > 0


def test_the_command_deletes_with_yes_only(desk, source) -> None:
    desk.project.close()
    words = [source.code, "--why", WHY, "--project", str(desk.root), "--json"]
    refused = CliRunner().invoke(command, words)
    assert refused.exit_code == 2
    done = CliRunner().invoke(command, [*words, "--yes"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["facts"]["n_vault_files"] == 4
