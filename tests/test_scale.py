"""The arithmetic of a survey of all borders, and the pages that are written from results."""

import csv
import importlib.util
import math
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def pages():
    """tools/performance.py, which knows `scale`, `scale_numbers` and `record`."""
    before, path = set(sys.modules), list(sys.path)
    spec = importlib.util.spec_from_file_location("performance", ROOT / "tools" / "performance.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["performance"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = path
    for name in {"performance", "scale", "scale_numbers", "record"} - before:
        sys.modules.pop(name, None)


@pytest.fixture
def scale(pages):
    return pages.scale


@pytest.fixture
def numbers(pages):
    return pages.scale_numbers.numbers


@pytest.fixture
def round_numbers(numbers):
    """Numbers with which everything can be reckoned in the head."""
    return numbers(
        said={
            "border_km": 1000, "corridor_km": 2, "section_km": 2, "bytes_jpeg": 0.5,
            "read_per_useful": 1, "px_per_request": 1e6, "opens_per_look": 1, "pixel_s": 1,
            "hallway_s": 2, "rows_per_km": 2, "false_half_m": 3, "posts_half_m": 2,
            "minutes": 3, "reviewers": 2, "year_h": 250, "core_hour_usd": 1,
            "gb_month_usd": 1, "million_gets_usd": 1, "km2_half_m_usd": 10, "hour_usd": 20,
        }
    )  # fmt: skip


def run_of(pages, benchmark, rows, **facts):
    record = pages.record
    made = [record.Row(name=n, value=v, unit=u, better="less") for n, v, u in rows]
    return record.Measured(
        benchmark=benchmark, commit="abc", changed=False, at="2026-11-23T00:00:00+00:00",
        cpu="A", cores=2, rows=tuple(made), facts=facts,
    )  # fmt: skip


def rehearsed(pages, slopes, benchmark="rehearsal/steps"):
    steps = pages.scale_numbers.STEPS
    rows = [(f"{s}, slope", v, "CPU s/km") for s, v in zip(steps, slopes, strict=True)]
    return run_of(pages, benchmark, rows)


# --- a year -----------------------------------------------------------------------------------


def test_a_year_of_round_numbers_is_what_one_reckons_by_hand(scale, round_numbers):
    year = scale.year(scale.plans(round_numbers)[1], round_numbers)
    assert year.area_km2 == 2_000
    assert year.mpx_per_pass == year.pair_mpx == 8_000
    assert (year.bytes_raw, year.bytes_jpeg) == (24e9, 4e9)
    assert year.tasks == 500
    assert year.requests == 2 * 8_000 + 2 * 500
    assert year.core_h == pytest.approx((8_000 + 2_000) / 3600)
    assert year.task_s == 20
    assert year.candidates == 5_000
    assert year.review_h == 500
    assert year.people == 2
    assert year.machine_rows == 2_000 + 5_000
    assert year.rows == 7_000 + 5_000 * 3


def test_the_money_of_round_numbers_is_what_one_reckons_by_hand(scale, round_numbers):
    year = scale.year(scale.plans(round_numbers)[1], round_numbers)
    assert year.imagery_usd == 20_000
    assert year.people_usd == 10_000
    assert year.storage_usd == 4 * 12
    assert year.requests_usd == pytest.approx(0.017)
    assert year.compute_usd == pytest.approx(10_000 / 3600)
    parts = (
        year.imagery_usd,
        year.people_usd,
        year.storage_usd,
        year.requests_usd,
        year.compute_usd,
    )
    assert year.total_usd == pytest.approx(sum(parts))


def test_twelve_passes_at_3_m_hold_a_third_of_the_pixels_of_one_at_half_a_metre(scale, numbers):
    coarse, fine, _ = (scale.year(plan, numbers()) for plan in scale.plans(numbers()))
    assert coarse.pair_mpx / fine.pair_mpx == pytest.approx(12 / 36)
    assert coarse.tasks == 12 * fine.tasks


@pytest.mark.parametrize("name", ["core_h", "bytes_jpeg", "candidates", "total_usd", "rows"])
def test_twice_the_border_takes_twice_as_much(scale, numbers, name):
    once, twice = (numbers(said={"border_km": km}) for km in (1_000, 2_000))
    for a, b in zip(scale.plans(once), scale.plans(twice), strict=True):
        assert getattr(scale.year(b, twice), name) == pytest.approx(
            2 * getattr(scale.year(a, once), name)
        )


def test_a_wider_corridor_holds_more_false_candidates(scale, numbers):
    narrow, wide = (numbers(said={"corridor_km": km}) for km in (0.5, 2.0))
    counts = [scale.year(scale.plans(of)[1], of).candidates for of in (narrow, wide)]
    assert counts[1] == pytest.approx(4 * counts[0])


def test_a_sample_takes_its_share_of_everything(scale, numbers):
    given = numbers(said={"sampled_share": 0.1})
    _, whole, sample = (scale.year(plan, given) for plan in scale.plans(given))
    assert sample.total_usd == pytest.approx(0.1 * whole.total_usd)
    assert sample.people == pytest.approx(0.1 * whole.people)


# --- numbers ----------------------------------------------------------------------------------


def test_without_results_every_number_says_that_it_is_a_fallback_or_assumed(numbers):
    assert {one.kind for one in numbers().values()} == {
        "measured",
        "fallback",
        "published",
        "assumption",
    }
    assert all(one.source and one.meaning and one.unit for one in numbers().values())


def test_the_rehearsal_splits_into_a_cost_per_pixel_and_per_kilometre(pages, numbers):
    runs = [
        rehearsed(pages, (0.1, 0.1, 1.0, 3.0, 0.2)),
        rehearsed(pages, (0.1, 0.1, 0.1, 0.05, 0.05), "rehearsal/footprints"),
    ]
    found = numbers(runs)
    assert found["hallway_s"].value == pytest.approx(0.4)
    assert found["pixel_s"].value == pytest.approx((4.4 - 0.4) / 8)
    assert found["pixel_s"].kind == found["hallway_s"].kind == "measured"
    assert "make bench NAMES=rehearsal/run" in found["pixel_s"].source


def test_a_rehearsal_that_lacks_a_step_gives_way_to_the_fallback(pages, numbers):
    run = rehearsed(pages, (0.1, 0.1, 1.0, 3.0, 0.2))
    half = replace(run, rows=run.rows[:-1])
    assert numbers([half])["pixel_s"].kind == "fallback"


def test_a_slope_below_zero_is_none(pages, numbers):
    """Steps that hardly grow are noise around zero; they take nothing off the others."""
    found = numbers([rehearsed(pages, (-0.5, 0.5, 1.0, 3.0, 0.0))])
    assert found["pixel_s"].value == pytest.approx((4.5 - found["hallway_s"].value) / 8)


def test_a_rehearsal_of_one_size_has_no_slope(pages, numbers):
    assert numbers([rehearsed(pages, (0, 0, 0, 0, 0))])["pixel_s"].kind == "fallback"


def test_fewer_requests_follow_from_what_storage_was_asked(pages, scale, numbers):
    rows = [("JPEG, loopback: requests for a section", 8.0, "requests")]
    found = numbers([run_of(pages, "speed/objects", rows)])
    assert found["px_per_request"].value == 2e6
    plan = scale.plans(found)[1]
    assert scale.year(plan, found).requests < scale.year(plan, numbers()).requests / 2


@pytest.mark.parametrize(
    ("name", "value", "unit", "tasks_s"),
    [
        ("empty tasks, tcp://", 240.0, "tasks/s", 240.0),
        ("empty tasks, Dask, two workers, TLS", 480.0, "1/s", 480.0),
        ("overhead, Dask cluster", 4.0, "ms/task", 250.0),
        ("empty tasks, plain loop", 90_000.0, "tasks/s", 190.0),
    ],
    ids=["a rate", "a rate, as it is measured", "a cost", "another scheduler"],
)
def test_tasks_per_second_come_from_a_cluster(pages, numbers, name, value, unit, tasks_s):
    run = run_of(pages, "speed/scheduling", [(name, value, unit)])
    assert numbers([run])["tasks_s"].value == tasks_s


def test_pixels_read_for_a_useful_one_come_from_reading(pages, numbers):
    run = run_of(pages, "speed/read_align", [("processed per useful pixel", 1.4, "px")])
    assert numbers([run])["read_per_useful"].value == 1.4


def test_rows_per_second_come_from_the_store(pages, numbers):
    rows = [
        ("SQLite: rows written one by one", 300.0, "rows/s"),
        ("SQLite: rows written 5,000 together", 9_000.0, "rows/s"),
        ("SQLite: rows verified", 11_000.0, "rows/s"),
        ("PostgreSQL: rows written one by one", 700.0, "rows/s"),
    ]
    found = numbers([run_of(pages, "store", rows)])
    names = ("sqlite_rows_s", "bulk_rows_s", "verify_rows_s", "postgres_rows_s")
    assert [found[name].value for name in names] == [300, 9_000, 11_000, 700]


def test_what_is_set_by_hand_is_an_assumption(numbers):
    found = numbers(said={"minutes": 1.25})["minutes"]
    assert (found.value, found.low, found.high, found.kind) == (1.25, 1.25, 1.25, "assumption")


def test_a_number_that_there_is_not_cannot_be_set(numbers):
    with pytest.raises(KeyError, match="moats"):
        numbers(said={"moats": 1})


@pytest.mark.parametrize(
    ("change", "said"),
    [({"kind": "rumour"}, "a number is one of"), ({"low": 2.0}, "fails"), ({"high": 0.1}, "fails")],
    ids=["kind", "low", "high"],
)
def test_a_number_out_of_order_is_refused(pages, change, said):
    usual = pages.scale_numbers.USUAL["minutes"]
    with pytest.raises(ValueError, match=said):
        replace(usual, **change)


# --- what the page says in words --------------------------------------------------------------


def test_the_base_map_is_shorter_than_the_factbook_and_fine_lines_are_longer(scale):
    known = scale.lengths_km()
    assert known["all"][0] == pytest.approx(213_023, abs=1)
    fine, coarse = (sum(known[name][k] for name in scale.FINE) for k in (1, 0))
    assert known["all"][0] < 250_884 < 251_480 < known["all"][0] * fine / coarse


def test_processors_disks_and_requests_are_a_vanishing_part_of_the_money(scale, numbers):
    dear = {
        name: numbers()[name].high
        for name in ("pixel_s", "hallway_s", "core_hour_usd", "gb_month_usd")
    }
    given = numbers(said=dear)
    for plan in scale.plans(given):
        year = scale.year(plan, given)
        assert year.compute_usd + year.storage_usd + year.requests_usd < 0.01 * year.total_usd


def test_people_are_the_largest_part_and_dozens_even_at_a_tenth_of_the_rate(scale, numbers):
    year = scale.year(scale.plans(numbers())[1], numbers())
    assert year.people_usd > year.imagery_usd
    assert year.people / 10 > 24


def test_at_3_m_only_roads_and_strips_were_reported_seen_and_no_absence_counts():
    path = ROOT / "src" / "vallum" / "data" / "visibility" / "visibility.csv"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    seen = [row for row in csv.DictReader(lines) if float(row["gsd_m"]) >= 3]
    assert {(row["subject"], row["use"]) for row in seen} == {
        ("patrol_road", "presence"),
        ("cleared_strip", "presence"),
    }


def test_the_search_of_catalogues_stops_where_the_page_says(scale, numbers):
    text = (ROOT / "src" / "vallum" / "imagery" / "stac" / "search.py").read_text(encoding="utf-8")
    items, turns = (
        int(re.search(rf"^{name} = (\d+)$", text, re.M)[1]) for name in ("_PAGE", "_MOST_PAGES")
    )
    said = scale.markdown(scale.limit_table(numbers()))
    assert f"{turns} pages of {items} items" in said
    assert f"{items * turns:,} items of one search" in said


def test_every_row_that_breaks_says_up_to_where_why_and_what_instead(scale, numbers):
    head, *rows = scale.limit_table(numbers())
    assert len(rows) >= 10
    assert all(len(row) == len(head) == 4 and all(row) for row in rows)


def test_the_widest_range_comes_first_and_narrow_ones_are_left_out(scale, numbers):
    _, *rows = scale.sensitivity_table(numbers())
    assert rows[0][0].startswith("one person's look at one candidate")
    assert not any("core for an hour" in row[0] for row in rows)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.01587, "0.0159"), (0.5, "0.5"), (4.684, "4.68"), (12_500, "12,500"), (33_671_875, "33,700,000"), (1000, "1,000")],
    ids=str,
)  # fmt: skip
def test_numbers_have_three_digits_that_mean_something(scale, value, text):
    assert scale.short(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.03e11, "203 GB"), (6e12, "6 TB"), (1.25e15, "1.25 PB")],
    ids=["GB", "TB", "PB"],
)
def test_bytes_have_a_unit(scale, value, text):
    assert scale.size(value) == text


def test_the_command_prints_all_tables_and_takes_values(scale, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(
        sys, "argv", ["scale.py", "--set", "border_km=1418", "--results", str(tmp_path)]
    )
    scale.main()
    said = capsys.readouterr().out
    assert re.findall(r"^## (\w+)$", said, re.M) == [
        "length",
        "year",
        "money",
        "sensitivity",
        "limits",
        "numbers",
    ]
    assert "| border, km | 1,420 |" in said


@pytest.mark.parametrize("word", ["moats=3", "minutes=soon", "minutes"])
def test_a_value_that_makes_no_sense_is_refused(scale, monkeypatch, capsys, word):
    monkeypatch.setattr(sys, "argv", ["scale.py", "--set", word])
    with pytest.raises(SystemExit) as ended:
        scale.main()
    assert ended.value.code == 2
    assert "--set" in capsys.readouterr().err


# --- the pages --------------------------------------------------------------------------------


def cost(step, km, cpu_s, mb=500.0, wall_s=10.0):
    return {
        "step": step, "km": km, "cpu_s": cpu_s, "wall_s": wall_s, "largest_mb": mb,
        "together_mb": 2 * mb, "n_added": 3,
    }  # fmt: skip


def test_the_pages_say_what_the_released_results_say(pages):
    measured, broken = pages.record.load(pages.record.RELEASED.glob("*/*.json"))
    assert broken == []
    assert list(pages.stale(pages.PAGES, measured)) == [], "run: python tools/performance.py"


def test_every_benchmark_of_the_page_has_its_table(pages):
    text = pages.PAGES[0].read_text(encoding="utf-8")
    marked = re.findall(r"<!-- table: ([\w/-]+) -->", text)
    assert set(pages.KNOWN) <= set(marked)
    assert len(marked) == len(set(marked)) == text.count("<!-- end of ")


def test_a_result_fills_its_table_and_nothing_else(pages):
    text = "before\n<!-- table: store -->\nold\n<!-- end of store -->\nafter\n"
    anew = pages.filled(text, [run_of(pages, "store", [("rows", 12.0, "rows/s")])])
    assert anew.startswith("before\n<!-- table: store -->\n\n| what |")
    assert "| rows | 12 | rows/s |" in anew
    assert "commit abc, A, 2 cores" in anew
    assert anew.endswith("<!-- end of store -->\nafter\n")
    assert "old" not in anew


def test_filling_twice_changes_nothing(pages):
    text = "<!-- table: store -->\n<!-- end of store -->\n"
    once = pages.filled(text, [])
    assert pages.ABSENT in once
    assert pages.filled(once, []) == once


def test_every_result_is_measured_again_by_a_program_that_exists(pages):
    released, _ = pages.record.load(pages.record.RELEASED.glob("*/*.json"))
    names = {run.benchmark for run in released} | {
        "store",
        "rehearsal/steps",
        "rehearsal/footprints",
    }
    for name in sorted(names):
        command = pages.record.command_of(name)
        program = re.search(r"NAMES=([\w/]+)|benchmarks/([\w/]+)\.py", command)
        path = ROOT / "benchmarks" / f"{program[1] or program[2]}.py"
        assert path.is_file(), f"{command}: there is no {path.name}"


def test_a_table_that_nobody_knows_is_an_error(pages):
    with pytest.raises(KeyError, match="moat"):
        pages.filled("<!-- table: moat -->\n<!-- end of moat -->\n", [])


def test_a_stale_page_is_noticed(pages, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<!-- table: store -->\n| 1 |\n<!-- end of store -->\n")
    assert list(pages.stale([page], [])) == [page]


def test_the_steps_are_those_of_the_largest_size_without_what_was_killed(pages):
    costs = [
        cost("align", 2, 4.0),
        cost("align", 4, 8.0),
        cost("detect, killed", 4, 1.0),
        cost("detect", 4, 24.0, 900.0, 30.0),
    ]
    said = pages.steps(costs)
    assert "| align | 10 | 25% | 8 | 4 | 500 | 1,000 | 3 |" in said
    assert "| detect | 30 | 75% | 24 | 1.333 | 900 | 1,800 | 3 |" in said
    assert "| **all** | 40 | 100% | 32 | 1 | 900 |  | 6 |" in said
    assert "killed" not in said


@pytest.mark.parametrize(
    ("cpu", "mb", "words"),
    [
        ((4, 8, 16), (500, 500, 510), ("linearly or less", "is flat")),
        ((4, 8, 40), (500, 500, 510), ("**more than linearly**", "is flat")),
        ((4, 8, 16), (500, 600, 900), ("linearly or less", "**grows**")),
    ],
    ids=["as it should", "cost grows faster", "memory grows"],
)
def test_whether_cost_grows_linearly_and_memory_not_is_said(pages, cpu, mb, words):
    costs = [cost("align", km, c, m) for km, c, m in zip((2, 4, 8), cpu, mb, strict=True)]
    said = pages.slopes(costs)
    assert all(word in said for word in words)


def test_two_sizes_say_nothing_about_growth(pages):
    assert "says nothing" in pages.slopes([cost("align", km, km) for km in (2, 4)])


def test_the_page_names_machine_and_day(pages):
    run = run_of(pages, "store", [("rows", 12.0, "rows/s")], load=1.5)
    assert "| `store` | 2026-11-23 | abc | A | 2 | 1.5 |" in pages.where({"store": run})
    assert math.isfinite(run.rows[0].value)
