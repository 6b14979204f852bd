"""`vallum watch`: what arrives is taken in once, compared, and told once."""

import email
import email.policy
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

import small_border
from vallum import steps
from vallum.cli import main
from vallum.ground.errors import BadInput, BadSetting, NotReached, StoreLocked
from vallum.ground.records import Scene
from vallum.project import Project, open_project
from vallum.steps import keepingup
from vallum.steps.keepingup import Catalogue, Terms, watch, watch_on

ATOM = "{http://www.w3.org/2005/Atom}"


def bytes_of(root: Path) -> dict[str, bytes]:
    """All files but the log, which is there to tell that something ran."""
    files = {str(p.relative_to(root)): p for p in root.rglob("*") if p.is_file()}
    return {name: p.read_bytes() for name, p in files.items() if not name.startswith("log/")}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> small_border.Small:
    return small_border.make(tmp_path_factory.mktemp("small"))


def bare(small: small_border.Small, root: Path) -> Project:
    project, _ = steps.new(
        root, frontier=small.line, before="2019", after="2022", corridor_m=60, section_m=500,
        is_simulated=True,
    )  # fmt: skip
    return project


@pytest.fixture
def empty(small: small_border.Small, tmp_path: Path):
    with bare(small, tmp_path / "border") as project:
        yield project


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def look(project: Project, folder: Path | None = None, **more):
    return watch(project, folder, settled_s=0.0, **more)


@pytest.fixture(scope="module")
def watched(small: small_border.Small, tmp_path_factory: pytest.TempPathFactory):
    """A border watched once, when a delivery of two images had come."""
    folder = tmp_path_factory.mktemp("watched")
    shutil.copytree(small.images, folder / "inbox" / "delivery 7")
    with bare(small, folder / "border") as project:
        terms = Terms(licence="none", credit="tests", may_publish=True)
        done = look(project, folder / "inbox", terms=terms, to=("desk@example.org",))
        yield project, folder / "inbox", done


# -- what is told -------------------------------------------------------------------------------


def test_a_delivery_is_taken_in_compared_and_told(watched) -> None:
    project, _, done = watched
    told = done.facts["news"]
    assert len(project.rows(Scene)) == 2
    assert len(told["images"]) == 2
    assert sum(b - a for a, b in told["newly_comparable_m"]) > 900
    assert sum(told["new_candidates"].values()) == told["n_open"] > 0
    assert {(one["start_m"], one["end_m"]) for one in told["where"]} <= {(0, 500), (500, 1000)}
    assert "SIMULATED" in told["title"]
    assert done.next == "vallum open"
    assert done.exit_code == 0


def test_a_second_look_changes_no_byte(watched) -> None:
    project, inbox, _ = watched
    before = bytes_of(project.root)
    done = look(project, inbox)
    assert done.facts["news"] is None
    assert done.files == ()
    assert done.exit_code == 0
    assert "nothing is new" in done.lines[-1]
    assert bytes_of(project.root) == before


def test_no_file_person_or_place_is_named(watched) -> None:
    project, inbox, _ = watched
    every = b"".join(
        content for name, content in bytes_of(project.root).items() if name.startswith("out/news/")
    )
    for word in ("scene_2019", "delivery 7", str(inbox), str(project.root), "128.", "129.", "42.4"):
        assert word.encode() not in every, word


def test_the_mail_can_be_handed_to_sendmail(watched) -> None:
    _, _, done = watched
    (path,) = (name for name in done.files if name.endswith(".eml"))
    content = Path(path).read_bytes()
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["To"] == "desk@example.org"
    assert "newly comparable" in message["Subject"]
    assert message["Date"].datetime.tzinfo is not None
    assert message["Message-ID"].startswith("<")
    text = message.get_body(("plain",)).get_content()
    assert "New suggestions" in text
    assert "<h1>" in message.get_body(("html",)).get_content()
    assert not message.defects


def test_the_feed_is_atom_as_rfc_4287_wants_it(watched) -> None:
    project, _, _ = watched
    root = etree.parse(project.out_folder / "news" / "feed.xml").getroot()
    assert root.tag == f"{ATOM}feed"
    for one in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{name}")) == 1, name
            assert one.findtext(f"{ATOM}{name}")
        assert one.findtext(f"{ATOM}updated").endswith("Z")
    assert root.findtext(f"{ATOM}author/{ATOM}name")  # so that entries need none of their own
    ids = [one.findtext(f"{ATOM}id") for one in root.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids) == 1
    assert all(one.startswith("urn:uuid:") for one in ids)
    page = root.find(f"{ATOM}entry/{ATOM}link").get("href")
    assert (project.out_folder / "news" / page).is_file()
    told = json.loads((project.out_folder / "news" / "feed.json").read_bytes())
    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert [one["id"] for one in told["items"]] == ids


def test_an_answer_that_no_longer_counts_is_told(watched, tmp_path) -> None:
    from vallum.ground.kinds import Answer
    from vallum.ground.records import Verdict
    from vallum.steps import judging

    shutil.copytree(watched[0].root, tmp_path / "border")
    with open_project(tmp_path / "border") as project:
        found = judging.current_candidates(project)
        said = [Verdict(about=row.id, analyst="ann", answer=Answer.YES) for row in found]
        judging.record(project, said, [], None, [])
        (late,) = (row for row in project.rows(Scene) if row.taken.earliest.year == 2022)
        steps.set_aside(project, late.id, why="thin cloud over the line")
        told = look(project).facts["news"]
    assert told["gone"] == told["gone_answered"] == len(found)
    assert sum(b - a for a, b in told["no_longer_comparable_m"]) > 900
    assert "ann" not in json.dumps(told).split()


# -- what arrives -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["a.tif.part", "b.tif.crdownload", ".c.tif.Xy12"], ids=["part", "browser", "rsync"]
)
def test_what_is_still_loaded_waits(empty, inbox, name) -> None:
    (inbox / name).write_bytes(b"SIMULATED")
    assert look(empty, inbox).facts["news"] is None
    assert not empty.rows(Scene)


def test_what_came_a_moment_ago_waits_with_what_lies_beside_it(empty, inbox) -> None:
    (inbox / "order").mkdir()
    (inbox / "order" / "a.tif").write_bytes(b"SIMULATED")
    done = watch(empty, inbox, settled_s=3600.0)
    assert "1 arriving" in done.lines[0]
    assert done.facts["news"] is None


def test_a_bad_file_is_told_once_and_tried_again_when_it_changed(empty, inbox) -> None:
    (inbox / "bad.tif").write_bytes(b"no image at all")
    first = look(empty, inbox)
    assert first.exit_code == 3
    assert "bad.tif" in first.blocked[0]
    assert first.facts["news"]["n_left_out"] == 1
    before = bytes_of(empty.root)
    assert look(empty, inbox).exit_code == 0
    assert bytes_of(empty.root) == before
    shutil.copyfile(inbox / "bad.tif", inbox / "the same again.tif")
    assert look(empty, inbox).exit_code == 0
    (inbox / "bad.tif").write_bytes(b"no image either")
    assert look(empty, inbox).exit_code == 3
    assert look(empty, inbox, again=True).exit_code == 3


def test_a_watch_that_is_killed_tells_the_same_under_the_same_number(
    empty, inbox, monkeypatch
) -> None:
    (inbox / "bad.tif").write_bytes(b"no image at all")
    keep = keepingup._Watch.keep

    def killed(self) -> None:
        if self.state.number:
            raise KeyboardInterrupt
        keep(self)

    monkeypatch.setattr(keepingup._Watch, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        look(empty, inbox)
    monkeypatch.undo()
    told = {n: c for n, c in bytes_of(empty.root).items() if n.startswith("out/news")}
    assert len(told) == 5
    again = look(empty, inbox)
    assert again.facts["news"]["number"] == 1
    assert {n: c for n, c in bytes_of(empty.root).items() if n.startswith("out/news")} == told
    assert look(empty, inbox).facts["news"] is None


@pytest.mark.parametrize("where", ["border", "border/inbox", "."], ids=["it", "inside", "around"])
def test_a_folder_with_the_project_in_it_is_refused(empty, tmp_path, where) -> None:
    (tmp_path / where).mkdir(exist_ok=True)
    with pytest.raises(BadInput, match="lie in each other"):
        look(empty, tmp_path / where)


def test_a_memory_that_cannot_be_read_is_said(empty, inbox) -> None:
    (empty.root / "watch.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadSetting, match="delete it"):
        look(empty, inbox)


def test_one_watch_at_a_time(empty, inbox) -> None:
    with open_project(empty.root) as other, other.alone(), pytest.raises(StoreLocked):
        look(empty, inbox)


# -- catalogues ---------------------------------------------------------------------------------


def test_no_network_is_said_and_the_next_look_goes_on(empty, inbox, monkeypatch) -> None:
    asked = []

    def unreachable(project, url, *, when, **more):
        asked.append(tuple(when))
        raise NotReached("the catalogue does not answer; try it again later")

    monkeypatch.setattr("vallum.steps.catalogues.add_stac", unreachable)
    for _ in range(2):
        done = look(empty, inbox, catalogue=Catalogue(url="https://stac.example"))
        assert done.exit_code == 3
        assert "does not answer" in done.blocked[0]
    assert asked == [("2019-01-01..2019-12-31", "2022-01-01..2022-12-31")] * 2


def test_a_catalogue_is_asked_for_what_may_be_new(empty, inbox, monkeypatch) -> None:
    asked = []

    def nothing(project, url, *, when, **more):
        asked.append(tuple(when))
        return steps.status(project)

    monkeypatch.setattr("vallum.steps.catalogues.add_stac", nothing)
    one = Catalogue(url="https://stac.example", when=("2019", "2020..2199"))
    look(empty, inbox, catalogue=one)
    look(empty, inbox, catalogue=one)
    assert len(asked[0]) == 2
    assert len(asked[1]) == 1
    assert asked[1][0].endswith("2199-12-31")


# -- again and again, and the command -----------------------------------------------------------


def test_a_look_that_fails_does_not_end_the_watch(empty) -> None:
    results = iter([NotReached("no network"), None])

    def once(project):
        error = next(results)
        if error is not None:
            raise error
        return steps.status(project)

    rounds = watch_on(empty.root, 0.0, once)
    assert isinstance(next(rounds), NotReached)
    assert next(rounds).step == "status"


def test_the_command_answers_in_json(empty, inbox) -> None:
    done = CliRunner().invoke(main, ["watch", str(inbox), "-p", str(empty.root), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["facts"]["news"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--every", "soon"], "is no time", id="no time"),
        pytest.param(["--every", "1s"], "too often", id="too often"),
        pytest.param(["--max-cloud", "10"], "goes with --stac", id="only with a catalogue"),
        pytest.param(["--to", "desk"], "no e-mail address", id="no address"),
    ],
)
def test_what_makes_no_sense_is_refused(empty, inbox, words, said) -> None:
    done = CliRunner().invoke(main, ["watch", str(inbox), "-p", str(empty.root), *words])
    assert done.exit_code in {1, 2}
    assert said in done.output
