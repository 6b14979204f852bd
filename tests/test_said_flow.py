"""What was said, end to end on a small SIMULATED border: from papers to what the public is told."""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyrage
import pytest
from shapely.geometry import LineString, box

from vallum import config
from vallum.evidence.canary import scan
from vallum.evidence.keys import Key
from vallum.evidence.release import Telling
from vallum.frontier import Frontier
from vallum.ground.kinds import Answer, Change, Kind
from vallum.ground.records import (
    Candidate,
    Claim,
    Comparison,
    Exhibit,
    Level,
    Look,
    Scene,
    Source,
    Verdict,
)
from vallum.ground.saidkinds import ClaimStatus, Risk, Standing, Subject
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.project import Project, create, open_project
from vallum.report.publish import files_in
from vallum.simulate import statements
from vallum.simulate.hoeryong import stretch_of
from vallum.simulate.truth import Built, Truth
from vallum.steps import asking, demo_claims, judging, releasing, telling, vaulting, verifying
from vallum.steps.claiming import decide
from vallum.steps.matching import match, weighed
from vallum.steps.reading import land_of, read

LINE = Frontier.packaged("prk-north")
STAGE = stretch_of(LINE)
HOLE = Span(STAGE.start_m + 4_700, STAGE.start_m + 5_000)
GONE = Span(STAGE.start_m + 5_200, STAGE.start_m + 5_500)
LATER = date(2100, 1, 1)
STATUSES = {
    "corroborated": ClaimStatus.CORROBORATED,
    "contradicted": ClaimStatus.CONTRADICTED,
    "not observable": ClaimStatus.NOT_OBSERVABLE,
    "not placeable": ClaimStatus.NOT_OBSERVABLE,
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """A project in which everything was said and decided, and its first publication."""

    root: Path
    folder: Path
    key: Key
    outcomes: tuple[demo_claims.Outcome, ...]
    out: Path
    lines: tuple[str, ...]

    @property
    def hidden(self) -> str:
        return next(one.claim for one in self.outcomes if not one.status)


def _along(start_m: float, end_m: float, off_m: float = 60.0) -> LineString:
    lon, lat = LINE.points_at([start_m, (start_m + end_m) / 2, end_m], off_m)
    return LineString(list(zip(lon.tolist(), lat.tolist(), strict=True)))


def _truth() -> Truth:
    posts = [LINE.point_at(STAGE.start_m + 200.0 + 40 * n, 70.0) for n in range(110)]
    fence = _along(STAGE.start_m + 200, STAGE.end_m - 200)
    gone = _along(GONE.start_m, GONE.end_m, 200.0)
    return Truth(
        span=STAGE,
        gap=Spans((HOLE,)),
        items=(
            *(_built(Kind.GUARD_POST, Change.NEW, shape) for shape in posts),
            _built(Kind.FENCE, Change.UPGRADED, fence),
            _built(Kind.FENCE, Change.REMOVED, gone),
        ),
    )


def _built(category: Kind, change: Change, shape) -> Built:
    return Built(
        category=category, change=change, shape=shape, length_m=0.0, span=LINE.span_of(shape),
        width_m=3.0,
    )  # fmt: skip


def _scene(name: str, day: str) -> Scene:
    return Scene(
        sha256=hashlib.sha256(name.encode()).hexdigest(), name=name, taken=When.parse(day),
        taken_from="given", gsd_m=0.5, footprint=box(129.5, 42.2, 130.0, 42.7),
    )  # fmt: skip


def _compared(project: Project, truth: Truth) -> None:
    """Write images, pairs and suggestions by hand: there are no pixels here."""
    before, after = _scene("a.tif", "2019-03-21"), _scene("b.tif", "2022-04-12")
    found = [
        Candidate(
            span=item.span, off_m=70.0, category=item.category, change=item.change, score=0.9,
            shape=item.shape, before=before.id, after=after.id, length_m=item.length_m,
        )
        for item in truth.items
    ]  # fmt: skip
    rows: list[object] = [before, after, *found]
    for section in project.sections:
        seen = Spans((section.span,)) - HOLE
        looks = [
            Look(scene=one.id, span=section.span, seen=seen, valid=seen, clear_share=1.0)
            for one in (before, after)
        ]
        here = tuple(one.id for one in found if one.span.middle_m in Spans((section.span,)))
        pair = Comparison(
            span=section.span, slot=0, before=looks[0].id, after=looks[1].id, seen=seen,
            candidate_ids=here,
        )  # fmt: skip
        rows += [*looks, pair]
    with project.run("made") as work:
        work.add_all(rows)
    said = [
        Verdict(
            about=one.id, analyst=name, answer=Answer.YES, category=one.category,
            looked_at=(before.id, after.id), is_simulated=True,
        )
        for one in found for name in ("analyst-a", "analyst-b")
    ]  # fmt: skip
    judging.record(project, said, [], None, [])
    judging.settle(project)


@pytest.fixture(scope="module")
def truth() -> Truth:
    return _truth()


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory, truth: Truth) -> Said:
    folder = tmp_path_factory.mktemp("flow")
    settings = config.Config(
        name="flow", is_simulated=True,
        border=config.Border(frontier="prk-north", start_m=STAGE.start_m, end_m=STAGE.end_m,
                             left_m=400, right_m=400),
        dates=config.Dates(before="2019", after="2022"),
    )  # fmt: skip
    mine, other = (pyrage.x25519.Identity.generate() for _ in range(2))
    with create(folder / "p", settings, LINE) as project:
        recipients = [str(one.to_public()) for one in (mine, other)]
        vaulting.vault_new(project, folder / "vault", recipients, by=statements.KEEPER)
    key, out = Key(mine), folder / "report"
    with open_project(folder / "p") as project:
        _compared(project, truth)
        outcomes = demo_claims.tell_some(project, folder, truth, key)
        telling.measure(project)
        done = telling.publish(project, folder=out)
    return Said(
        root=folder / "p", folder=folder, key=key, outcomes=tuple(outcomes), out=out,
        lines=done.lines,
    )  # fmt: skip


# -- what comes of it ---------------------------------------------------------------------------


def test_every_claim_stands_where_it_was_made_to_stand(flow: Said) -> None:
    counts = [one.saying.expected.value for one in flow.outcomes]
    assert sorted(counts) == [
        "contradicted", "corroborated", "corroborated", "not observable", "not placeable",
        "under embargo",
    ]  # fmt: skip
    for one in flow.outcomes[:-1]:
        assert one.status == STATUSES[one.saying.expected.value].label, one
    assert flow.outcomes[-1].status == ""


def test_the_machine_proposed_each_of_them_and_a_desk_decided(flow: Said) -> None:
    with open_project(flow.root) as project:
        claims = {row.id: row for row in project.rows(Claim)}
    assert set(claims) == {one.claim for one in flow.outcomes}
    assert all(row.proposed_by.startswith("vallum reader") for row in claims.values())
    assert {row.approved_by for row in claims.values()} == {statements.ANALYST}
    assert all(row.is_simulated for row in claims.values())


def test_what_the_desk_corrected_can_be_read_in_the_ledger(flow: Said) -> None:
    wrong = next(one for one in flow.outcomes if one.saying.expected.value == "contradicted")
    with open_project(flow.root) as project:
        first, *_, last = (entry.row() for entry in project.store.history(wrong.claim))
    assert isinstance(first, Claim)
    assert isinstance(last, Claim)
    assert (first.standing, last.standing) == (Standing.PROPOSED, Standing.APPROVED)
    assert first.spans.length_m > STAGE.length_m
    assert 0 < last.spans.length_m <= 400
    assert last.places[0].basis == "person"


def test_a_claim_that_somebody_wrote_wrong_is_contradicted_by_images_that_show_its_place(
    flow: Said,
) -> None:
    with open_project(flow.root) as project:
        wrong = next(one for one in weighed(project) if one.status is ClaimStatus.CONTRADICTED)
    assert wrong.claim.subject is Subject.FENCE
    assert {row.about.partition("-")[0] for row in wrong.contradicts} == {"comparison"}
    assert "nothing of the kind was taken away" in wrong.why


def test_one_is_shown_by_images_and_the_other_is_said_by_two_origins_as_well(flow: Said) -> None:
    article, report = (one.claim for one in flow.outcomes[:2])
    with open_project(flow.root) as project:
        told = {one.claim.id: one for one in weighed(project)}
    assert min(len(told[name].supports) for name in (article, report)) > 50
    assert told[report].agreeing == (article,)
    assert len(told[report].origins) == 2
    # "Dozens" do not bear out "more than a hundred".
    assert told[article].agreeing == ()


# -- what the public is told --------------------------------------------------------------------


def _secrets(flow: Said) -> dict[str, str]:
    """Everything that would tell of the claim under embargo, its paper or its source."""
    with open_project(flow.root) as project:
        source = next(row for row in project.rows(Source) if row.risk is Risk.EXTREME)
        paper = next(row for row in project.rows(Exhibit) if row.source in {source.id, source.code})
        claim = next(row for row in project.rows(Claim) if row.id == flow.hidden)
    sha256 = hashlib.sha256((flow.folder / "papers/simulated-testimony.txt").read_bytes())
    return {
        "code": source.code, "source": source.id, "paper": paper.id, "claim": claim.id,
        "sha256": sha256.hexdigest(), "sha256, part": sha256.hexdigest()[:16],
        "sha256, base64": base64.b64encode(sha256.digest()).decode()[:20], "vault": paper.vault_ref,
        "who it is": source.vault_ref, "commitment": paper.commitment,
        "described": "somebody who lived there", "words": "plum orchard", "statement":
        claim.statement, "place": statements.HIDDEN_PLACE, "thing": "land mines",
        "day": statements.EMBARGO.isoformat(),
    }  # fmt: skip


def test_the_claim_under_embargo_is_in_no_file_in_no_spelling(flow: Said) -> None:
    needles = {name: text for name, text in _secrets(flow).items() if text}
    assert len(needles) == 16
    found = scan(flow.out, needles)
    assert found.is_clean, found
    for path in (path for path in flow.out.rglob("*") if path.is_file()):
        content = path.read_bytes().lower()
        assert [n for n, text in needles.items() if text.lower().encode() in content] == []


def test_the_search_would_have_found_it(flow: Said, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(f"<p>{statements.HIDDEN_PLACE}</p>")
    assert not scan(tmp_path, _secrets(flow)).is_clean


def test_it_is_told_on_its_day_and_coarsely(flow: Said) -> None:
    with open_project(flow.root) as project:
        told = releasing.told(project, Level.PUBLIC, LATER).told
    mines = next(one for one in told if one.subject is Subject.MINES)
    assert len(told) == 6
    assert mines.cells.length_m >= 20_000
    assert (mines.first, mines.last) == (date(2021, 1, 1), date(2021, 12, 31))
    assert statements.HIDDEN_PLACE not in mines.says + mines.where


def test_five_are_told_and_the_desk_alone_hears_of_the_sixth(flow: Said) -> None:
    page = (flow.out / "report.html").read_text(encoding="utf-8")
    assert page.count('class="told t-') == 5
    assert "Cannot be placed" in page
    assert any("5 claims told; withheld: 1 under embargo" in line for line in flow.lines)
    assert "embargo" not in (flow.out / "claims.csv").read_text(encoding="utf-8")


def _files(folder: Path) -> dict[str, bytes]:
    """Return the files; the ledger's head, which changes with whatever a desk writes, left out."""
    head = json.loads((folder / "manifest.json").read_text())["ledger_head"].encode()
    manifest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest().encode()
    return {
        name: (folder / name).read_bytes().replace(head, b"HEAD").replace(manifest, b"MANIFEST")
        for name in files_in(folder)
        if name != "manifest.json"
    }


@pytest.fixture(scope="module")
def agreeing(flow: Said) -> tuple[Telling, dict[str, bytes], ClaimStatus]:
    """Let the claim under embargo say what a public one says; publish; take it back."""
    with open_project(flow.root) as project:
        made = decide(
            project, flow.hidden, standing="approved", by=statements.ANALYST,
            changes={"subject": "camera", "places": "Hoeryong", "quantity_min": 5,
                     "quantity_unit": "count"},
            note="SIMULATED: to be undone",
            keys=[flow.key], land=land_of(project),
        )  # fmt: skip
        match(project)
        camera = next(
            one for one in weighed(project)
            if one.claim.subject is Subject.CAMERA and one.claim.id != made.id
        )  # fmt: skip
        told = releasing.told(project, Level.PUBLIC)
        telling.publish(project, folder=flow.folder / "with")
        decide(
            project, made.id, standing="rejected", by=statements.ANALYST,
            note="SIMULATED: undone again",
        )  # fmt: skip
    return told, _files(flow.folder / "with"), camera.status


def test_a_claim_under_embargo_lifts_no_status_and_changes_no_word(
    flow: Said, agreeing: tuple[Telling, dict[str, bytes], ClaimStatus]
) -> None:
    told, files, at_desk = agreeing
    assert at_desk is ClaimStatus.CORROBORATED  # by two origins
    camera = next(one for one in told.told if one.subject is Subject.CAMERA)
    assert camera.status is ClaimStatus.NOT_OBSERVABLE
    assert camera.agrees == ()
    assert files == _files(flow.out)


def test_without_it_the_public_is_told_the_same_word_for_word(
    flow: Said, agreeing: tuple[Telling, dict[str, bytes], ClaimStatus]
) -> None:
    with open_project(flow.root) as project:
        claims = [row for row in project.rows(Claim) if row.standing is Standing.APPROVED]
        assert len(claims) == 5
        match(project)
        assert releasing.told(project, Level.PUBLIC).told == agreeing[0].told


# -- at the desk --------------------------------------------------------------------------------


def test_trace_says_what_a_claim_rests_on(flow: Said) -> None:
    with open_project(flow.root) as project:
        lines = "\n".join(asking.trace(project, flow.outcomes[0].claim).lines)
    assert "stands as corroborated" in lines
    assert "publisher SIMULATED Courier; reliability B" in lines
    assert "simulated-courier.txt" in lines
    assert "and 105 more of kind finding, supports" in lines


def test_trace_tells_nothing_of_what_a_protected_source_gave(flow: Said) -> None:
    secrets = _secrets(flow)
    with open_project(flow.root) as project:
        done = asking.trace(project, flow.hidden)
    text = "\n".join(done.lines)
    assert "of a protected source" in text
    told = [name for name in ("code", "sha256, part", "described", "words", "place", "statement")
            if secrets[name] in text]  # fmt: skip
    assert told == []
    assert set(done.facts["files"]) == {"frontier.geojson"}


def test_the_ledger_holds_and_the_vault_opens_whole(flow: Said) -> None:
    with open_project(flow.root) as project:
        verifying.verify(project)
        done = vaulting.vault_check(project, [flow.key])
    assert done.blocked == ()
    assert done.facts["n_opened"] == done.facts["n_kept"] == 12


def test_matching_again_adds_nothing(flow: Said, agreeing: object) -> None:
    with open_project(flow.root) as project:
        match(project)
        assert match(project).n_added == 0


# -- made up ------------------------------------------------------------------------------------


def test_every_paper_says_that_it_is_simulated(truth: Truth) -> None:
    for text in statements.texts(truth, None):
        assert "SIMULATED" in text.title
        assert text.text.startswith("SIMULATED")
        assert text.file.startswith("simulated")
        speaker = text.speaker
        assert "SIMULATED" in speaker.name + speaker.described_as


def test_the_reader_finds_each_claim_in_the_papers_and_no_other(truth: Truth) -> None:
    for text in statements.texts(truth, None):
        found = read(text.text, published=text.published, frontier=LINE).claims
        assert [one.kind for one in found] == [one.subject for one in text.sayings], text.file


def test_a_stretch_where_a_fence_went_is_no_place_for_a_wrong_claim(
    flow: Said, truth: Truth
) -> None:
    with open_project(flow.root) as project:
        quiet = demo_claims.quiet_stretch(project, truth)
    assert quiet is not None
    assert not quiet.overlaps(GONE)
    assert not quiet.overlaps(HOLE)


def test_where_nothing_was_compared_the_wrong_claim_stays_at_the_town(
    truth: Truth, tmp_path: Path
) -> None:
    settings = config.Config(
        name="bare", is_simulated=True,
        border=config.Border(frontier="prk-north", start_m=STAGE.start_m, end_m=STAGE.end_m,
                             left_m=400, right_m=400),
        dates=config.Dates(before="2019", after="2022"),
    )  # fmt: skip
    with create(tmp_path / "p", settings, LINE) as project:
        assert demo_claims.quiet_stretch(project, truth) is None
    wrong = statements.texts(truth, None)[2].sayings[0]
    assert wrong.changes == {}
    assert "no stretch is seen well enough" in wrong.truth


def test_papers_that_people_took_in_keep_a_demo_from_being_removed(flow: Said) -> None:
    with open_project(flow.root) as project:
        assert demo_claims.n_by_people(project) == 0
        row = project.rows(Exhibit)[-1]
        assert row.role == "statement"
        with project.run("made") as work:
            work.add(
                Claim(
                    exhibit=row.id, subject=Subject.GATE, modality="present", approved_by="kim",
                    approved_at=datetime(2024, 1, 1, tzinfo=UTC), standing=Standing.REJECTED,
                )
            )  # fmt: skip
        assert demo_claims.n_by_people(project) == 1
