"""What a new scene and a corrected line cost: only what depends on them is made again."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pyproj
import pytest

import small_border
from vallum import lines, steps
from vallum.ground.errors import BadLine, BadSetting, StoreLocked
from vallum.ground.kinds import Answer, Held
from vallum.ground.records import Candidate, Comparison, Exhibit, Fit, Look, Row, Verdict
from vallum.project import Project, open_project
from vallum.run import each
from vallum.steps import again, finding, judging, seeing

SECTION_M = 250


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> small_border.Small:
    return small_border.make(tmp_path_factory.mktemp("incremental"))


@pytest.fixture(scope="module")
def compared(small: small_border.Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small border in four sections, compared."""
    project, _ = steps.new(
        tmp_path_factory.mktemp("incremental") / "border", frontier=small.line, before="2019",
        after="2022", corridor_m=100, section_m=SECTION_M, is_simulated=True,
    )  # fmt: skip
    with project:
        steps.add(project, [small.images], may_publish=True, licence="none", credit="tests")
        compare(project)
        return project.root


@pytest.fixture
def project(compared: Path, tmp_path: Path):
    import shutil

    shutil.copytree(compared, tmp_path / "border")
    with open_project(tmp_path / "border") as found:
        yield found


def compare(project: Project) -> None:
    for step in (steps.cover, steps.align, steps.detect):
        step(project)


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """How many tasks were handed to `run.each`, by function, and in which sections."""
    count: Counter = Counter()

    def counted(function, tasks, scheduler=""):
        tasks = list(tasks)
        count[function.__name__] += len(tasks)
        for task in tasks:
            count[function.__name__, task.section.number] += 1
        return each(function, tasks, scheduler)

    for module in (seeing, finding):
        monkeypatch.setattr(module, "each", counted)
    return count


def tasks(count: Counter) -> dict[str, int]:
    return {str(name): n for name, n in count.items() if isinstance(name, str) and n}


def is_kept(row: Row, before: Row) -> bool:
    """A row as it was; the joined thing that a comparison lists may end elsewhere."""
    if isinstance(row, Comparison):
        row, before = (replace(one, candidate_ids=()) for one in (row, before))
    return row.same_as(before)


def touched(count: Counter, name: str) -> set[int]:
    return {key[1] for key in count if isinstance(key, tuple) and key[0] == name}


# -- scenes -------------------------------------------------------------------------------------


def test_a_second_run_hands_out_no_task_and_adds_no_row(project, worked) -> None:
    head = project.store.head()
    compare(project)
    assert tasks(worked) == {}
    assert project.store.head() == head


def east_part(folder: Path, name: str, *, from_m: float) -> Path:
    """One more image that shows the border from `from_m` on, of no place that the others show."""
    rng = np.random.default_rng(9)
    width = round((small_border.LENGTH_M - from_m) / small_border.GSD_M)
    ground = cv2.GaussianBlur(rng.uniform(60, 160, (600, width)).astype(np.float32), (0, 0), 2)
    west = 560_000.0 + small_border._MARGIN_M + from_m
    folder.mkdir(exist_ok=True)
    small_border.write(folder / name, ground, west=west)
    return folder / name


@pytest.mark.parametrize(
    ("name", "from_m", "looked", "aligned"),
    [
        pytest.param("scene_2021-05-10.tif", 620.0, {3, 4}, set(), id="of another year"),
        pytest.param("scene_2022-12-30.tif", 870.0, {4}, set(), id="a worse one of the year"),
    ],
)
def test_a_scene_more_is_looked_at_where_it_shows_something(
    project, worked, tmp_path, name, from_m, looked, aligned
) -> None:
    steps.add(project, [east_part(tmp_path / "more", name, from_m=from_m)])
    compare(project)
    assert touched(worked, "_look") == looked
    assert touched(worked, "fit_pair") == aligned
    assert touched(worked, "_compare") == aligned


def test_a_better_scene_is_compared_only_where_it_is_chosen(
    project, worked, small, tmp_path
) -> None:
    kept = {c.span: c for c in project.rows(Comparison)}
    with small_border.rasterio.open(small.images / "scene_2022-05-10.tif") as source:
        pixels = source.read()
    west_px = round((500 + small_border._MARGIN_M) / small_border.GSD_M)
    (tmp_path / "more").mkdir()
    # The same month and nearer to the season of the earlier image: chosen wherever it shows all.
    small_border.write(
        tmp_path / "more" / "scene_2022-05-01.tif", pixels[:, :, west_px:] // 2 + 40,
        west=560_000.0 + small_border._MARGIN_M + 500,
    )  # fmt: skip
    steps.add(project, [tmp_path / "more"])
    compare(project)
    assert touched(worked, "_look") <= {2, 3, 4}
    assert touched(worked, "fit_pair") == touched(worked, "_compare") <= {3, 4}
    west = [c for c in project.rows(Comparison) if c.span.end_m <= 500]
    assert all(is_kept(c, kept[c.span]) for c in west)


# -- a corrected line ---------------------------------------------------------------------------


def corrected(
    path: Path, moves: dict[float, float], *, length_m: float = small_border.LENGTH_M
) -> Path:
    """Write the small border's line with vertices moved north, by metres from its start."""
    to_degrees = pyproj.Transformer.from_crs(small_border.EPSG, 4326, always_xy=True)
    at = sorted({0.0, 500.0, length_m, *moves})
    east = [560_000.0 + a for a in at]
    north = [4_700_000.0 + moves.get(a, 0.0) for a in at]
    lon, lat = to_degrees.transform(east, north)
    told = small_border._line()
    told["geometry"]["coordinates"] = [[x, y] for x, y in zip(lon, lat, strict=True)]
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


BEND = {780.0: 0.0, 860.0: 12.0, 940.0: 0.0}
"""12 m to the north within the last section: 1.8 m longer than the straight line."""


def judge(project: Project, *, analysts=("ann", "ben")) -> list[str]:
    """Let people confirm every suggestion; return their ids."""
    found = judging.current_candidates(project)
    said = [
        Verdict(about=row.id, analyst=who, answer=Answer.YES) for row in found for who in analysts
    ]
    judging.record(project, said, [], None, [])
    steps.settle(project)
    return [row.id for row in found]


def test_a_line_that_did_not_move_is_refused(project, tmp_path) -> None:
    head = project.store.head()
    with pytest.raises(BadSetting, match="is the one that the project has"):
        steps.correct_line(project, corrected(tmp_path / "l.geojson", {}), why="drawn once more")
    assert project.store.head() == head


@pytest.mark.parametrize(
    ("moves", "words", "error"),
    [
        pytest.param({300.0: 40.0}, {"why": "surveyed anew"}, "add --shift", id="it shifts"),
        pytest.param(BEND, {"why": "short"}, "say why", id="no reason"),
    ],
)
def test_a_correction_that_has_to_be_agreed_to_changes_nothing(
    project, tmp_path, moves, words, error
) -> None:
    head, before = project.store.head(), (project.root / "frontier.geojson").read_bytes()
    with pytest.raises(BadSetting, match=error):
        steps.correct_line(project, corrected(tmp_path / "l.geojson", moves), **words)
    assert project.store.head() == head
    assert (project.root / "frontier.geojson").read_bytes() == before


def test_another_border_is_no_correction(project, tmp_path) -> None:
    far = {0.0: 30_000.0, 500.0: 30_000.0, 1000.0: 30_000.0}
    with pytest.raises(BadLine, match="another border"):
        steps.correct_line(project, corrected(tmp_path / "l.geojson", far), why="surveyed anew")


def correct(project: Project, path: Path, **more) -> tuple[Project, dict]:
    """Correct the line, and return the project opened anew with what was said."""
    done = steps.correct_line(project, path, why="surveyed anew in spring", **more)
    project.close()
    return open_project(project.root), dict(done.facts)


def test_a_corrected_line_touches_only_its_sections(project, worked, tmp_path) -> None:
    kept = {row.id: row for cls in (Look, Fit, Comparison) for row in project.rows(cls)}
    after, facts = correct(project, corrected(tmp_path / "l.geojson", BEND), shift=True)
    with after:
        # The corridor is 100 m wide: what lies within 400 m of the bend is looked at too.
        hit = set(facts["touched_sections"])
        assert 4 in hit
        assert 1 not in hit
        worked.clear()
        compare(after)
        assert touched(worked, "_look") == hit
        assert touched(worked, "_compare") == hit
        assert touched(worked, "fit_pair") <= hit
        first = after.sections[0].span
        for row in after.rows(Look) + after.rows(Comparison):
            if row.span == first:
                assert is_kept(row, kept[row.id])
        assert not [c for c in after.rows(Comparison) if c.blocked_by == lines.CORRECTED]
        worked.clear()
        compare(after)
        assert tasks(worked) == {}


def test_the_old_line_is_kept_and_everything_verifies(project, tmp_path) -> None:
    old = (project.root / "frontier.geojson").read_bytes()
    after, _ = correct(project, corrected(tmp_path / "l.geojson", BEND), shift=True)
    with after:
        rows = {row.role: row for row in after.rows(Exhibit)}
        kept = rows["frontier_before"]
        assert (after.root / kept.href).read_bytes() == old
        assert rows["frontier"].derived_from == kept.id
        assert rows["frontier"].title == "surveyed anew in spring"
        compare(after)
        done = steps.verify(after)
        assert not done.blocked, done.blocked


def test_answers_stay_with_what_is_found_again(project, tmp_path) -> None:
    named = judge(project)
    assert named
    held = {row.about: row.held for row in judging.current_findings(project)}
    after, _ = correct(project, corrected(tmp_path / "l.geojson", BEND), shift=True)
    with after:
        compare(after)
        assert set(named) <= {row.id for row in judging.current_candidates(after)}
        steps.settle(after)
        now = {row.about: row for row in judging.current_findings(after)}
        assert {about: now[about].held for about in held} == held
        assert Held.CONFIRMED in held.values()
        beside = [row for row in after.rows(Candidate) if row.id in named]
        assert all(row.span == after.frontier.span_of(row.shape) for row in beside
                   if row.span.start_m >= 750)  # fmt: skip


def test_a_shift_moves_the_numbers_of_what_lies_beyond(project, tmp_path) -> None:
    named = judge(project)
    spans = {row.id: row.span for row in project.rows(Candidate)}
    path = corrected(tmp_path / "l.geojson", {0.0: 0.0, 50.0: 60.0, 100.0: 0.0})
    after, facts = correct(project, path, shift=True)
    with after:
        assert facts["shift_m"] == 56  # twice the hypotenuse of 50 and 60, less 100
        assert after.extent.end_m == after.frontier.length_m
        compare(after)
        now = {row.id: row for row in judging.current_candidates(after)}
        # Sections end elsewhere now, and the pieces with them; what was answered stays whole.
        assert set(named) <= set(now)
        for name in named:
            assert abs(now[name].span.start_m - spans[name].start_m - 56) <= 2
        assert not [row for row in now.values() if again.LOST in row.flags]


def test_a_correction_cut_off_after_the_ledger_is_finished(project, tmp_path, monkeypatch) -> None:
    path = corrected(tmp_path / "l.geojson", BEND)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lines, "put_in_force", killed)
    with pytest.raises(KeyboardInterrupt):
        steps.correct_line(project, path, why="surveyed anew", shift=True)
    monkeypatch.undo()
    old = project.frontier.length_m
    project.close()
    with open_project(project.root) as after:
        assert after.frontier.length_m == old + 2
        assert after.config.border.end_m == old + 2
        assert lines.touched_by((after.root / "frontier.geojson").read_bytes())


def test_who_opened_the_old_line_writes_nothing_more(project, tmp_path) -> None:
    with open_project(project.root) as other:
        steps.correct_line(project, corrected(tmp_path / "l.geojson", BEND), why="surveyed anew",
                           shift=True)  # fmt: skip
        with pytest.raises(StoreLocked, match="start it again"):
            steps.cover(other)


def test_a_list_changes_nothing(project, tmp_path) -> None:
    head = project.store.head()
    done = steps.correct_line(project, corrected(tmp_path / "l.geojson", BEND), only_list=True)
    assert 4 in done.facts["touched_sections"]
    assert project.store.head() == head
