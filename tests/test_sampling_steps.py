"""`vallum sample`: planned, drawn, read in a spreadsheet, measured, replicated."""

import csv
import shutil

import pytest

import desk_rows
import small_desk
from vallum.ground.errors import BadInput, BadSetting, BadTable, NotASample
from vallum.ground.kinds import Answer, Design, Kind
from vallum.ground.records import Candidate, Comparison, Estimate, Sample, Stratum, Verdict
from vallum.ground.span import Span, Spans
from vallum.measure import frozen
from vallum.project import open_project
from vallum.steps import expecting
from vallum.steps.estimating import frozen_sample, rows_of, sampled_numbers, sampled_over
from vallum.steps.numbering import confirmed, numbers
from vallum.steps.sample_table import sample_export, sample_import
from vallum.steps.sampling import Wanted, drawing, planned, sample, usable_metres


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a project that no test writes to."""
    folder = tmp_path_factory.mktemp("made") / "border"
    small_desk.make(folder).close()
    return folder


@pytest.fixture(scope="module")
def shown(made):
    """The same, open to be read."""
    with open_project(made) as project:
        yield project


@pytest.fixture
def project(made, tmp_path):
    shutil.copytree(made, tmp_path / "border")
    with open_project(tmp_path / "border") as project:
        yield project


def answered(path, project, *, every=None):
    """Fill in a table as a careful reader would: yes beside what the machine found strongly."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    fences = [c for c in project.rows(Candidate) if c.category is Kind.FENCE and c.score > 0.4]
    for row in rows:
        span = Span(round(float(row[1]) * 1000), round(float(row[2]) * 1000))
        metres = (Spans(c.span for c in fences) & span).length_m
        cells = dict(zip(head, row, strict=True))
        cells |= {"answer": every or ("yes" if metres else "no")}
        if cells["answer"] == "yes":
            cells |= {"kind": "fence", "metres": str(metres or 1)}
        row[:] = [cells[name] for name in head]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])


def read(project, tmp_path, survey="", analyst="Kim", **more):
    table = tmp_path / "sample.csv"
    sample_export(project, table, survey=survey, analyst=analyst)
    answered(table, project, **more)
    return sample_import(project, table, analyst=analyst)


def test_a_plan_writes_nothing_and_says_what_sizes_cost_and_give(shown):
    before = shown.store.head()
    done = sample(shown, half_width_km=1.0, plan=True, n_readers=2)
    assert shown.store.head() == before
    assert any("<- this one" in line for line in done.lines)
    assert any(
        "2 readers for each stretch, 60 s each: an assumption" in line for line in done.lines
    )
    assert any("a guess" in line for line in done.lines)
    assert done.facts["chosen"]["half_width_km"] <= 1.0
    assert done.next == f"vallum sample --n {done.facts['chosen']['stretches']}"
    other = sample(shown, n=20, by="section", seed=3, plan=True)
    assert other.next == "vallum sample --n 20 --by section --seed 3"


def test_a_draw_keeps_strata_stretches_chances_and_images(project):
    done = sample(project, n=30)
    strata, rows = project.rows(Stratum), project.rows(Sample)
    assert sum(stratum.n_drawn for stratum in strata) == 30
    assert {stratum.design for stratum in strata} == {Design.STRATIFIED}
    population = Spans(span for stratum in strata for span in stratum.spans)
    assert population == usable_metres(project) == Spans.of((0, 9_000), (10_000, 12_000))
    assert all(row.before and row.after for row in rows)
    share = {stratum.name: stratum.n_drawn / stratum.n_units for stratum in strata}
    assert all(row.probability == share[row.stratum] for row in rows)
    assert done.facts["survey"] == strata[0].survey
    again = sample(project, n=30)
    assert again.n_added == 0
    assert again.facts == done.facts


@pytest.mark.parametrize("design", ["simple", "systematic"])
def test_other_designs_are_drawn_from_the_whole_border(shown, design):
    drawn = drawing(shown, Wanted(n=12, design=design))
    assert drawn.design is Design(design)
    assert [stratum.name for stratum in drawn.strata] == ["all"]
    assert drawn.n_drawn == 12


@pytest.mark.parametrize(
    ("by", "n_parts", "rule"),
    [("score", 2, "best score"), ("coverage", 1, "how many images"), ("section", 6, "by place")],
)
def test_a_border_is_divided_by_what_is_known_of_it(shown, by, n_parts, rule):
    drawn = drawing(shown, Wanted(n=30, by=by))
    assert len(drawn.strata) == n_parts
    assert rule in drawn.strata[0].rule


def test_a_border_is_divided_by_any_table(shown, tmp_path):
    half = shown.extent.start_m / 1000 + 1.0
    table = tmp_path / "terrain.csv"
    table.write_text(f"from_km;to_km;class\n{shown.extent.start_m / 1000};{half};river\n")
    drawn = drawing(shown, Wanted(n=30, by=str(table)))
    parts = {stratum.name: stratum.spans for stratum in drawn.strata}
    assert set(parts) == {"river", "not told"}
    assert parts["river"].hull.end_m <= half * 1000 + 200
    assert "by 'terrain' of terrain.csv" in drawn.strata[0].rule


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("0,x,river", "row 2.*no stretch of border"),
        ("0,2,river\n1,3,hill", "overlap"),
    ],
)
def test_a_table_that_cannot_divide_is_refused_by_row(shown, tmp_path, rows, words):
    table = tmp_path / "terrain.csv"
    table.write_text(f"from_km,to_km,class\n{rows}\n")
    with pytest.raises(BadTable, match=words):
        drawing(shown, Wanted(n=30, by=str(table)))


def test_a_column_of_numbers_is_cut_into_parts(shown, tmp_path):
    table, start = tmp_path / "slope.csv", shown.extent.start_m // 100
    rows = [f"{(start + k) / 10},{(start + k + 1) / 10},{k % 7}" for k in range(60)]
    table.write_text("from_km,to_km,value\n" + "\n".join(rows) + "\n")
    names = {stratum.name for stratum in drawing(shown, Wanted(n=30, by=str(table))).strata}
    assert len([name for name in names if name.startswith("slope ")]) >= 2


def test_the_score_of_a_stretch_is_the_best_beside_it(shown):
    whole = {0: Spans.of((0, 200)), 2: Spans.of((450, 560))}
    classes, _ = expecting.classes(shown, shown.rows(Candidate), whole, 200, "score")
    beside = [c for c in shown.rows(Candidate) if c.span.overlaps(Span(450, 560))]
    assert classes[0] == "score 1 (any)"
    assert (classes[2] == "score 1 (any)") is bool(beside)


def test_hours_rest_on_what_was_timed_here(project):
    candidates = project.rows(Candidate)
    rows = [
        desk_rows.verdict(one, "ann", mode="triage", seconds=20.0 + k)
        for k, one in enumerate(candidates[:3])
    ]
    with project.run("review") as work:
        work.add_all(rows)
    assert planned(project, Wanted(n=20)).seconds_each == 21.0
    sample(project, n=20)
    stretches = project.rows(Sample)
    with project.run("review") as work:
        work.add_all(
            [
                desk_rows.verdict(one, "ann", Answer.NO, mode="sample", seconds=40.0)
                for one in stretches[:2]
            ]
        )
    plan = planned(project, Wanted(n=20))
    assert plan.seconds_each == 40.0
    assert any("2 stretches of samples" in line for line in plan.assumed)


def test_a_border_without_suggestions_is_planned_for_the_worst(project):
    blocked = [
        comparison.from_body(comparison.body() | {"candidate_ids": []})
        for comparison in project.rows(Comparison)
    ]
    with project.run("detect") as work:
        work.add_all(blocked)
    plan = planned(project, Wanted(n=20))
    assert {part.share for part in plan.expected} == {0.5}
    assert not plan.is_known
    assert any("worst case" in line for line in plan.assumed)


def test_a_sample_read_in_a_spreadsheet_becomes_numbers_that_replicate(project, tmp_path):
    sample(project, n=55, design="simple")
    done = read(project, tmp_path)
    assert not done.blocked
    assert done.facts == {"answers": 55, "new": 55}
    with project.run("measure") as work:
        work.add_all(numbers(project))
    found = {row.name: row for row in project.rows(Estimate)}
    one = found["border_km_changed_estimated"]
    truth = Spans(
        c.span for c in project.rows(Candidate) if c.category is Kind.FENCE and c.score > 0.4
    )
    assert one.value == pytest.approx((truth & usable_metres(project)).length_m / 1000)
    table = project.replicate()
    assert table["equal"].all()
    assert set(table["source"]) == {"rows", "sample.json"}
    assert {"published", "recomputed", "published_low", "recomputed_high"} <= set(table.columns)
    assert read(project, tmp_path).n_added == 0


def published(project):
    """Write the numbers and the frozen sample, as `measure` and `publish` do."""
    with project.run("measure") as work:
        work.add_all(numbers(project))
    path = project.out_folder / "report" / "sample.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(frozen_sample(project), encoding="utf-8")
    return path


def test_an_older_sample_file_is_not_held_against_newer_numbers(project, tmp_path):
    sample(project, n=55, design="simple")
    read(project, tmp_path)
    path = published(project)
    assert set(project.replicate()["source"]) == {"rows", "sample.json"}
    read(project, tmp_path, analyst="Lee", every="no")
    # Read by one more, and not measured: numbers and file still belong together.
    table = project.replicate()
    assert table.loc[table["source"] == "sample.json", "equal"].all()
    with project.run("measure") as work:
        work.add_all(numbers(project))
    table = project.replicate()
    assert table["equal"].all()
    assert set(table["source"]) == {"rows", "rows (sample.json is older)"}
    strict = project.replicate(path).set_index("name")
    assert not strict.loc["border_km_changed_estimated", "equal"]
    assert set(strict["source"]) == {"rows", "sample.json"}


def test_a_wrong_number_is_not_blamed_on_a_sample_file_that_is_not_older(project, tmp_path):
    sample(project, n=55, design="simple")
    read(project, tmp_path)
    path = published(project)
    (one,) = [r for r in project.rows(Estimate) if r.name == "border_km_changed_estimated"]
    with project.run("measure") as work:
        work.add_all([one.from_body(one.body() | {"value": 99.0})])
    for _ in range(2):
        table = project.replicate().set_index("name")
        assert not table.loc[one.name, "equal"]
        assert table.loc[one.name, "source"] == "sample.json"
        path.unlink(missing_ok=True)  # and where nothing was published


def test_findings_that_do_not_count_are_no_floor_of_a_sample(project):
    sample(project, n=30)
    left = desk_rows.candidate(desk_rows.line(5000, 5600), origin="machine")
    here = next(c for c in project.rows(Candidate) if c.category is Kind.FENCE)
    with project.run("settle") as work:
        work.add_all([left, desk_rows.finding(left), desk_rows.finding(here)])
    assert [one.about for one in rows_of(project).findings] == [here.id]
    assert tuple(rows_of(project).findings) == confirmed(project)


def test_a_number_that_was_changed_does_not_replicate(project, tmp_path):
    sample(project, n=30, design="simple")
    read(project, tmp_path)
    told = numbers(project)
    wrong = [row.from_body(row.body() | {"value": 99.0}) for row in told[1:2]]
    with project.run("measure") as work:
        work.add_all([*told, *wrong])
    path = tmp_path / "kept.json"
    text = frozen_sample(project)
    path.write_text(text.replace('"answer":"yes"', '"answer":"no"'), encoding="utf-8")
    table = project.replicate(path).set_index("name")
    assert not table.loc[told[1].name, "equal"]
    assert not table.loc["border_km_changed_estimated", "equal"]
    assert table.loc["frontier_km", "equal"]
    with pytest.raises(BadInput, match="does not exist"):
        project.replicate(tmp_path / "none.json")


def test_the_frozen_sample_names_nobody_and_is_empty_without_a_draw(project, tmp_path):
    assert frozen_sample(project) == ""
    assert sampled_numbers(project) == []
    sample(project, n=30)
    read(project, tmp_path, analyst="Kim Cheol")
    text = frozen_sample(project)
    assert "Kim" not in text
    assert [row.value for row in frozen.recompute(text)] == pytest.approx(
        [row.value for row in sampled_numbers(project)], nan_ok=True
    )


def test_a_table_names_bad_rows_and_keeps_good_ones(project, tmp_path):
    sample(project, n=30)
    table = tmp_path / "sample.csv"
    sample_export(project, table)
    with table.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    bad = [
        {"answer": "perhaps"},
        {"answer": "no", "kind": "fence"},
        {"answer": "yes", "kind": "moat"},
        {"answer": "yes", "kind": "fence", "metres": "900"},
        {"answer": "yes", "kind": "fence", "metres": "many"},
        {"answer": "yes", "kind": "guard_post", "metres": "50"},
        {"answer": "yes", "posts": "1.5"},
        {"answer": "yes", "change": "unchanged"},
        {"sample": "sample-none", "answer": "no"},
        {"sample": rows[9][0], "answer": "no"},
    ]
    good = {"answer": "yes", "kind": "wall", "change": "upgraded", "metres": "12,5", "posts": "2"}
    cells = [dict(zip(head, row, strict=True)) for row in rows[: len(bad) + 1]]
    for one, change in zip(cells, [good, *bad], strict=True):
        one |= change
    cells[9]["sample"] = "sample-none"
    cells[10]["sample"] = cells[0]["sample"]
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, head, delimiter=";")
        writer.writeheader()
        writer.writerows(cells)
    done = sample_import(project, table, analyst="Kim")
    assert len(done.blocked) == len(bad)
    assert all(f"row {k}" in why for k, why in enumerate(done.blocked, start=3))
    (kept,) = project.rows(Verdict)
    assert (kept.category, kept.metres, kept.posts, kept.mode) == (Kind.WALL, 12.5, 2, "sample")


def test_a_table_without_its_columns_is_refused(project, tmp_path):
    sample(project, n=30)
    path = tmp_path / "other.csv"
    path.write_text("name,answer\na,yes\n", encoding="utf-8")
    with pytest.raises(BadTable, match="no column 'sample'"):
        sample_import(project, path, analyst="Kim")
    with pytest.raises(BadInput, match="does not exist"):
        sample_import(project, tmp_path / "none.csv", analyst="Kim")
    with pytest.raises(BadSetting, match="a .csv"):
        sample_export(project, tmp_path / "table.xlsx")
    with pytest.raises(BadInput, match="no survey 'other'"):
        sample_export(project, path, survey="other")


def test_earlier_answers_of_the_same_person_are_filled_in(project, tmp_path):
    sample(project, n=30)
    read(project, tmp_path)
    for who, is_filled in (("kim ", True), ("Lee", False)):
        sample_export(project, tmp_path / "again.csv", analyst=who)
        with (tmp_path / "again.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert all(bool(row["answer"]) is is_filled for row in rows)


def test_second_readings_are_drawn_when_all_is_read_and_not_for_who_read_first(project, tmp_path):
    survey = sample(project, n=40).facts["survey"]
    with pytest.raises(BadSetting, match="40 of 40 stretches"):
        sample(project, second_of=survey, n=16)
    read(project, tmp_path, every="yes")
    done = sample(project, second_of=survey, n=16)
    again = done.facts["survey"]
    assert {row.of for row in project.rows(Stratum) if row.survey == again} == {survey}
    refused = read(project, tmp_path, survey=again, analyst="Kim")
    assert len(refused.blocked) == 16
    assert "is a second reading" in refused.blocked[0]
    read(project, tmp_path, survey=again, analyst="Lee", every="yes")
    one = next(r for r in sampled_numbers(project) if r.name == "border_km_changed_estimated")
    assert one.estimator == "two-phase"
    assert "corrected by second" in one.method
    # Nor does who read it a second time become a first reader of the same stretch.
    refused = read(project, tmp_path, survey=survey, analyst="Lee", every="no")
    assert len(refused.blocked) == 16
    assert "Lee read it a second time" in refused.blocked[0]
    assert refused.facts["new"] == 24
    with pytest.raises(BadSetting, match="is a second reading"):
        sample(project, second_of=again, n=4)
    with pytest.raises(BadInput, match="no survey 'none'"):
        sample(project, second_of="none", n=4)


def test_some_second_readings_are_drawn_where_nobody_says_how_many(project, tmp_path):
    survey = sample(project, n=40).facts["survey"]
    read(project, tmp_path)
    assert sample(project, second_of=survey).facts["stretches"] == 30


def test_a_chosen_area_is_marked_and_never_extrapolated(project, tmp_path):
    done = sample(project, area="2..3", why="a market town")
    assert any("never extrapolated" in line for line in done.lines)
    read(project, tmp_path, every="no")
    names = {row.name: row for row in sampled_numbers(project)}
    assert names["border_km_changed_in_km_2_3"].value == 0
    assert "only areas that were chosen" in names["border_km_changed_estimated"].reason
    with pytest.raises(NotASample, match="a market town"):
        sampled_over(project, "0..5")
    with pytest.raises(BadSetting, match="is a chosen area"):
        sample(project, second_of=done.facts["survey"], n=4)


def test_an_area_that_is_drawn_again_keeps_the_reason_first_given(project):
    sample(project, area="2..3", why="a market town")
    again = sample(project, area="2..3", why="a market town")
    assert not any("first given" in line for line in again.lines)
    other = sample(project, area="2..3", why="a new bridge")
    assert any("the reason first given stands: a market town" in line for line in other.lines)
    assert [row.why for row in project.rows(Stratum)] == ["a market town"]


def test_the_newest_survey_is_the_one_drawn_last_whatever_its_name(project):
    drawn = [sample(project, n=20, design="simple", seed=seed).facts["survey"] for seed in range(6)]
    assert drawn != sorted(drawn)  # or the test says nothing
    (one,) = sampled_numbers(project)
    assert one.survey == drawn[-1]


def test_a_survey_speaks_of_a_part_of_its_border(project, tmp_path):
    survey = sample(project, n=55, design="simple").facts["survey"]
    read(project, tmp_path)
    found = sampled_over(project, "0..9", survey=survey)
    assert found[0].name == "border_km_changed_estimated_in_km_0_9"
    with pytest.raises(BadInput, match="no survey 'none'"):
        sampled_over(project, "0..9", survey="none")


def test_what_cannot_be_asked_is_refused(shown):
    for more, why in (
        ({}, "either the number"),
        ({"n": 5, "design": "stars"}, "no design 'stars'"),
        ({"n": 5, "by": "moon"}, "not divided by 'moon'"),
        ({"n": 5000}, "only 55"),
        ({"area": "2..3"}, "needs its reason"),
        ({"area": "2..3", "why": "x", "second_of": "y"}, "not both"),
        ({"area": "2..3", "why": "x", "plan": True}, "drawn by chance is planned"),
        ({"n": 5, "unit_m": 0}, "length above 0"),
        ({"n": 5, "seed": 2**53}, "seed"),
        ({"n": 5, "seed": -(2**60), "plan": True}, "seed"),
    ):
        with pytest.raises(BadSetting, match=why):
            sample(shown, **more)


def test_a_border_without_comparable_images_is_not_drawn_from(project):
    gone = [row.from_body(row.body() | {"blocked_by": "cloud"}) for row in project.rows(Comparison)]
    with project.run("detect") as work:
        work.add_all(gone)
    with pytest.raises(BadInput, match="run `vallum detect`"):
        sample(project, n=5)
