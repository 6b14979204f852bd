"""Candidates go out as tables and come back with answers; a bad row costs no other row."""

import contextlib
import csv
import io
import sqlite3

import geopandas
import pytest
from shapely.geometry import LineString, MultiLineString

from desk_rows import AFTER, BEFORE, FRONTIER, SCENES, candidate, line, post, scene, verdict
from vallum.ground.errors import BadSetting, BadTable
from vallum.ground.formats.geopackage import pack
from vallum.ground.kinds import Answer, Change, Kind, Reason
from vallum.review import words
from vallum.review.answers import read_answers
from vallum.review.tables import COLUMNS, LINES, POSTS, read_table, write_csv, write_geopackage

FENCE = candidate(line(1000, 2000))
TOWER = candidate(post(3000), Kind.WATCHTOWER)
GONE = candidate(line(5000, 5400, -30.0), Kind.WALL, Change.REMOVED, off_m=-30.0)
KNOWN = {c.id: c for c in (FENCE, TOWER, GONE)}


def exported(tmp_path, **more):
    path = tmp_path / "candidates.csv"
    write_csv(KNOWN.values(), SCENES, FRONTIER, path, **more)
    return path


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def typed(tmp_path, text, name="answers.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def read(path, analyst="ann", known=KNOWN, **more):
    return read_answers(
        path, analyst=analyst, known=known, scenes=SCENES, frontier=FRONTIER, **more
    )


def answered(tmp_path, *lines, header="candidate,answer,class,reason"):
    return read(typed(tmp_path, "\n".join([header, *lines]) + "\n"))


# -- out ----------------------------------------------------------------------------------------


def test_the_csv_has_a_mark_for_excel_and_one_row_per_candidate_along_the_line(tmp_path):
    path = exported(tmp_path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = rows_of(path)
    assert list(rows[0]) == list(COLUMNS)
    assert [row["candidate"] for row in rows] == [FENCE.id, TOWER.id, GONE.id]
    first = rows[0]
    assert float(first["km_from"]) == pytest.approx(1.0, abs=0.002)
    assert float(first["lat"]) == pytest.approx(
        FENCE.shape.interpolate(0.5, normalized=True).y, abs=1e-5
    )
    assert (first["before_date"], first["after_date"]) == ("2019-03-01..2019-03-05", "2022-04-10")
    assert (first["suggested_class"], first["answer"], first["side"]) == ("fence", "", "Southland")
    assert rows[2]["side"] == "Northland"


def test_text_that_a_spreadsheet_would_run_is_made_harmless(tmp_path):
    evil = scene('=HYPERLINK("x")', "2019-03-01")
    scenes = {evil.id: evil, AFTER.id: AFTER}
    path = tmp_path / "t.csv"
    write_csv([candidate(line(0, 100), before=evil.id)], scenes, FRONTIER, path)
    assert rows_of(path)[0]["before_image"] == '\'=HYPERLINK("x")'


def test_a_negative_offset_stays_a_number(tmp_path):
    assert float(rows_of(exported(tmp_path))[2]["off_m"]) == -30.0


def test_only_the_analysts_own_earlier_answers_are_filled_in(tmp_path):
    said = [
        verdict(FENCE, "ann", Answer.NO, reason=Reason.SHADOW),
        verdict(TOWER, "bob", Answer.YES, category=Kind.GUARD_POST),
    ]
    rows = rows_of(exported(tmp_path, analyst="ann", verdicts=said))
    assert (rows[0]["answer"], rows[0]["reason"]) == ("no", "shadow")
    assert (rows[1]["answer"], rows[1]["class"]) == ("", "")
    assert all(row["answer"] == "" for row in rows_of(exported(tmp_path, verdicts=said)))


def test_a_table_is_written_whole_or_not_at_all(tmp_path):
    path = exported(tmp_path)
    before = path.read_bytes()
    with pytest.raises(AttributeError):
        write_csv([FENCE, None], SCENES, FRONTIER, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_the_geopackage_has_a_layer_of_lines_and_one_of_posts(tmp_path):
    path = tmp_path / "candidates.gpkg"
    write_geopackage(KNOWN.values(), SCENES, FRONTIER, path)
    lines, posts = (geopandas.read_file(path, layer=layer) for layer in (LINES, POSTS))
    assert list(lines["candidate"]) == [FENCE.id, GONE.id]
    assert list(posts["candidate"]) == [TOWER.id]
    assert list(lines.columns) == [*COLUMNS, "geometry"]
    assert lines.crs == "EPSG:4326"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_how_often_a_geopackage_was_committed_to_is_not_in_its_bytes(tmp_path):
    packed = []
    for n_commits in (1, 2):
        path = tmp_path / f"{n_commits}.gpkg"
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA user_version = 10300")
            database.execute("CREATE TABLE told (day TEXT)")
            for _ in range(n_commits):
                database.execute("DELETE FROM told")
                database.execute("INSERT INTO told VALUES ('2024-05-01')")
        pack(path)
        packed.append(path.read_bytes())
    assert packed[0] == packed[1]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["1.gpkg", "2.gpkg"]


def test_the_geopackage_is_version_1_3_in_a_journal_mode_that_locks_nobody_out(tmp_path):
    path = tmp_path / "candidates.gpkg"
    write_geopackage(KNOWN.values(), SCENES, FRONTIER, path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (10300,)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        styles = database.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles"
        ).fetchall()
        columns = database.execute(
            "SELECT table_name, column_name FROM gpkg_geometry_columns"
        ).fetchall()
    assert {(name, column) for name, column, _, _ in styles} == set(columns)
    assert all(is_default for *_, is_default in styles)
    assert all(f'value="{change}"' in qml for *_, qml, _ in styles for change in Change)
    for *_, qml, _ in styles:
        assert qml.count('type="ValueMap"') == 4
        assert all(f'value="{word}"' in qml for word in words.CHOICES["answer"])


def test_an_export_without_lines_still_has_both_layers(tmp_path):
    path = tmp_path / "candidates.gpkg"
    write_geopackage([TOWER], SCENES, FRONTIER, path)
    assert len(geopandas.read_file(path, layer=LINES)) == 0
    assert len(geopandas.read_file(path, layer=POSTS)) == 1


# -- back as CSV --------------------------------------------------------------------------------


def test_an_untouched_export_comes_back_without_answers_and_without_complaints(tmp_path):
    found = read(exported(tmp_path))
    assert (found.verdicts, found.additions, found.problems) == ((), (), ())
    assert found.n_unanswered == 3


def test_answers_typed_into_the_export_come_back(tmp_path):
    path = exported(tmp_path)
    rows = rows_of(path)
    rows[0] |= {"answer": "Yes", "class": "Concrete wall"}
    rows[1] |= {"answer": "no", "reason": "parked vehicle"}
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    found = read(typed(tmp_path, text.getvalue()))
    assert found.problems == ()
    assert found.n_unanswered == 1
    first, second = found.verdicts
    assert (first.about, first.analyst, first.answer) == (FENCE.id, "ann", Answer.YES)
    assert (first.category, first.shape) == (Kind.WALL, None)
    assert (second.answer, second.reason) == (Answer.NO, Reason.VEHICLE)


def test_the_short_form_returns_lists(tmp_path):
    path = typed(tmp_path, f"candidate,answer\n{FENCE.id},y\nno-such,y\n")
    verdicts, drawn, problems = read_table(
        path, analyst="ann", known=KNOWN, scenes=SCENES, frontier=FRONTIER
    )
    assert [v.about for v in verdicts] == [FENCE.id]
    assert (drawn, len(problems)) == ([], 1)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yes", Answer.YES), ("Y", Answer.YES), ("1", Answer.YES), ("new", Answer.YES),
        ("TRUE", Answer.YES), ("예", Answer.YES), ("no", Answer.NO), ("X", Answer.NO),
        ("n", Answer.NO), ("0", Answer.NO), ("cannot tell", Answer.CANNOT_TELL),
        ("cannot_tell", Answer.CANNOT_TELL), ("Can't tell", Answer.CANNOT_TELL),
        ("can’t tell", Answer.CANNOT_TELL), ("unsure", Answer.CANNOT_TELL),
        ("?", Answer.CANNOT_TELL), (" NOT-SURE ", Answer.CANNOT_TELL),
    ],
)  # fmt: skip
def test_answers_are_read_as_people_type_them(tmp_path, text, answer):
    found = answered(tmp_path, f"{FENCE.id},{text},,")
    assert found.problems == ()
    assert found.verdicts[0].answer is answer


def test_existed_before_is_a_no_with_its_reason(tmp_path):
    found = answered(tmp_path, f"{FENCE.id},existed before,,")
    assert (found.verdicts[0].answer, found.verdicts[0].reason) == (
        Answer.NO,
        Reason.EXISTED_BEFORE,
    )


def test_removed_is_a_yes_to_a_removal_and_a_contradiction_to_something_new(tmp_path):
    found = answered(tmp_path, f"{GONE.id},removed,,", f"{FENCE.id},removed,,")
    assert [(v.about, v.answer) for v in found.verdicts] == [(GONE.id, Answer.YES)]
    assert "row 3" in found.problems[0]
    assert "what was suggested is 'new'" in found.problems[0]


def test_another_kind_of_building_in_the_answer_is_a_yes_that_says_so(tmp_path):
    found = answered(tmp_path, f"{FENCE.id},upgraded,,")
    assert (found.verdicts[0].answer, found.verdicts[0].change) == (Answer.YES, Change.UPGRADED)


def test_there_before_is_a_yes_to_what_somebody_drew_as_standing(tmp_path):
    old = candidate(post(3500), Kind.WATCHTOWER, Change.UNCHANGED, origin="analyst")
    path = typed(tmp_path, f"candidate,answer\n{old.id},existed before\n")
    (said,) = read(path, known={old.id: old}).verdicts
    assert (said.answer, said.change, said.reason) == (Answer.YES, None, Reason.NONE)


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("", None), ("new", None), ("New", None), ("upgraded", Change.UPGRADED),
        ("Improved", Change.UPGRADED), ("replaced", Change.REPLACED), ("rebuilt", Change.REPLACED),
        ("extended", Change.EXTENDED), ("Extension", Change.EXTENDED),
        ("removed", Change.REMOVED), ("dismantled", Change.REMOVED),
        ("unchanged", Change.UNCHANGED), ("existed before", Change.UNCHANGED),
        ("Already there", Change.UNCHANGED), ("there already", Change.UNCHANGED),
    ],
)  # fmt: skip
def test_what_happened_is_read_as_people_type_it(tmp_path, text, change):
    found = answered(tmp_path, f"{FENCE.id},yes,{text}", header="candidate,answer,change")
    assert found.problems == ()
    assert (found.verdicts[0].answer, found.verdicts[0].change) == (Answer.YES, change)


def test_no_because_it_stood_before_can_be_said_in_the_column_change(tmp_path):
    found = answered(tmp_path, f"{FENCE.id},no,unchanged", header="candidate,answer,change")
    assert found.problems == ()
    assert found.verdicts[0].reason is Reason.EXISTED_BEFORE


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("yes,moved", "column change: 'moved' is no change"),
        ("no,upgraded", "column change: 'upgraded' although the answer is no"),
        ("new,upgraded", "column change: 'upgraded', but the answer says 'new'"),
        (",upgraded", "column answer: empty although change is 'upgraded'"),
        ("removed,removed", "write yes here and removed in the column change"),
    ],
)
def test_a_change_that_contradicts_its_row_is_named(tmp_path, cells, expected):
    found = answered(
        tmp_path, f"{FENCE.id},{cells}", f"{TOWER.id},yes,", header="candidate,answer,change"
    )
    assert [v.about for v in found.verdicts] == [TOWER.id]
    assert expected in found.problems[0]


def test_a_table_without_the_column_says_nothing_about_the_change(tmp_path):
    found = answered(tmp_path, f"{FENCE.id},yes,wall,")
    assert found.problems == ()
    assert found.verdicts[0].change is None


@pytest.mark.parametrize("write", [write_csv, write_geopackage])
def test_an_own_change_goes_out_and_comes_back(tmp_path, write):
    said = [verdict(FENCE, "ann", change=Change.UPGRADED), verdict(TOWER, "ann")]
    path = tmp_path / f"candidates.{'csv' if write is write_csv else 'gpkg'}"
    write(KNOWN.values(), SCENES, FRONTIER, path, analyst="ann", verdicts=said)
    found = read(path)
    assert found.problems == ()
    assert sorted(found.verdicts, key=lambda v: v.id) == sorted(said, key=lambda v: v.id)


@pytest.mark.parametrize(
    ("line_text", "expected"),
    [
        ("no-such-id,yes,,", "column candidate: 'no-such-id'"),
        (f"{FENCE.id},perhaps,,", "column answer: 'perhaps'"),
        (f"{FENCE.id},yes,castle,", "column class: 'castle'"),
        (f"{FENCE.id},no,,dragons", "column reason: 'dragons'"),
        (f"{FENCE.id},,wall,", "column answer: empty although class is 'wall'"),
        (",yes,fence,", "column lat: empty"),
    ],
)
def test_a_bad_row_is_named_with_column_value_and_fix_and_costs_no_other(
    tmp_path, line_text, expected
):
    found = answered(tmp_path, f"{TOWER.id},yes,,", line_text, f"{GONE.id},no,,")
    assert [v.about for v in found.verdicts] == [TOWER.id, GONE.id]
    (problem,) = found.problems
    assert expected in problem
    assert "answers.csv, row 3" in problem


def test_a_second_different_answer_on_one_candidate_is_a_problem(tmp_path):
    found = answered(tmp_path, f"{FENCE.id},yes,,", f"{FENCE.id},no,,", f"{FENCE.id},yes,,")
    assert [v.answer for v in found.verdicts] == [Answer.YES]
    assert len(found.problems) == 1
    assert "another answer in row 2" in found.problems[0]


def test_a_table_of_another_analyst_is_not_taken(tmp_path):
    header = "candidate,answer,analyst"
    found = answered(tmp_path, f"{FENCE.id},yes,bob", f"{TOWER.id},yes,ANN", header=header)
    assert [v.about for v in found.verdicts] == [TOWER.id]
    assert "column analyst: 'bob'" in found.problems[0]


def test_the_analyst_must_be_named(tmp_path):
    with pytest.raises(BadSetting, match="--analyst"):
        read(typed(tmp_path, "candidate,answer\n"), analyst="  ")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_headers_in_any_case_and_order_and_with_any_delimiter(tmp_path, delimiter):
    header = delimiter.join(["Reason", "ANSWER", "Comment", "Candidate ID"])
    row = delimiter.join(["cloud", "cannot tell", "", FENCE.id])
    found = read(typed(tmp_path, f"{header}\r\n{row}\r\n"))
    assert found.problems == ()
    assert found.verdicts[0].reason is Reason.CLOUD


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_that_spreadsheets_save(tmp_path, encoding):
    found = read(typed(tmp_path, f"candidate,answer\n{FENCE.id},예\n", encoding=encoding))
    assert found.verdicts[0].answer is Answer.YES


def test_a_korean_legacy_file_is_refused_with_its_row_and_the_way_out(tmp_path):
    path = typed(tmp_path, f"candidate,answer\n{FENCE.id},아니오\n", encoding="cp949")
    with pytest.raises(BadTable, match=r"row 2.*Korean \(CP949\).*CSV UTF-8"):
        read(path)


def test_what_excel_leaves_behind_does_no_harm(tmp_path):
    text = (
        "sep=;\r\ncandidate;answer;before_date;;\r\n"
        f'"=""{FENCE.id}""";yes;01.03.2019;;\r\n'
        f"'{TOWER.id};no\r\n"
        ";;;;\r\n\r\n   ;;;;\r\n"
    )
    found = read(typed(tmp_path, text))
    assert found.problems == ()
    assert [v.about for v in found.verdicts] == [FENCE.id, TOWER.id]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("candidate,comment\nx,y\n", "no column 'answer'"),
        ("name,answer\nx,y\n", "no column 'candidate'"),
        ("candidate,answer,Answer\nx,y,n\n", "two columns are called 'answer'"),
    ],
)
def test_a_file_that_is_no_table_of_answers_is_refused(tmp_path, text, message):
    with pytest.raises(BadTable, match=message):
        read(typed(tmp_path, text))


def test_missing_files_workbooks_and_huge_files_are_refused(tmp_path, monkeypatch):
    with pytest.raises(BadTable, match="does not exist"):
        read(tmp_path / "nowhere.csv")
    with pytest.raises(BadTable, match="CSV UTF-8"):
        read(typed(tmp_path, "x", name="answers.xlsx"))
    monkeypatch.setattr("vallum.review.rows.MAX_BYTES", 10)
    with pytest.raises(BadTable, match="split it"):
        read(typed(tmp_path, "candidate,answer\n" + "x" * 100))


def test_a_cell_without_end_costs_its_row_only(tmp_path):
    huge = "x" * 20_000
    endless = "y" * 200_000
    found = answered(
        tmp_path,
        f"{FENCE.id},yes,,{huge}",
        f"{TOWER.id},yes,,",
        f"{GONE.id},no,,{endless}",
        f"{GONE.id},no,,",
    )
    assert [v.about for v in found.verdicts] == [TOWER.id, GONE.id]
    assert ["row 2" in found.problems[0], "row 4" in found.problems[1]] == [True, True]


def test_rows_beyond_the_cap_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr("vallum.review.rows.MAX_ROWS", 2)
    found = answered(tmp_path, f"{FENCE.id},yes,,", f"{TOWER.id},yes,,")
    assert [v.about for v in found.verdicts] == [FENCE.id]
    assert "rest was not read" in found.problems[0]


# -- what analysts add --------------------------------------------------------------------------

ADDED = "candidate,answer,class,change,lat,lon"


def place(at_m=3100.0, off_m=20.0):
    lon, lat = FRONTIER.points_at(at_m, off_m)
    return f"{float(lat):.6f}", f"{float(lon):.6f}"


def test_an_added_post_becomes_a_candidate_with_its_yes(tmp_path):
    lat, lon = place()
    found = answered(tmp_path, f",,guard post,,{lat},{lon}", header=ADDED)
    assert found.problems == ()
    (drawn,), (said,) = found.additions, found.verdicts
    assert (drawn.origin, drawn.change, drawn.category) == ("analyst", Change.NEW, Kind.GUARD_POST)
    assert (drawn.before, drawn.after) == (BEFORE.id, AFTER.id)
    assert drawn.span.start_m == pytest.approx(3100, abs=2)
    assert drawn.off_m == pytest.approx(20, abs=0.5)
    assert (said.about, said.answer, said.category) == (drawn.id, Answer.YES, Kind.GUARD_POST)


@pytest.mark.parametrize(
    ("answer", "change", "expected"),
    [
        ("yes", "unchanged", Change.UNCHANGED),
        ("", "existed before", Change.UNCHANGED),
        ("existed", "", Change.UNCHANGED),
        ("removed", "", Change.REMOVED),
        ("", "Upgraded", Change.UPGRADED),
    ],
)
def test_what_stood_before_or_went_can_be_added_too(tmp_path, answer, change, expected):
    lat, lon = place()
    found = answered(tmp_path, f",{answer},tower,{change},{lat},{lon}", header=ADDED)
    assert found.problems == ()
    assert found.additions[0].change is expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (",no,tower,,{lat},{lon}", "column answer: 'no' in a row that adds"),
        (",,,,{lat},{lon}", "column class: empty"),
        (",,tower,moved,{lat},{lon}", "column change: 'moved'"),
        (",,fence,,{lat},{lon}", "needs a line; draw it in the GeoPackage"),
        (",,tower,,{lon},{lat}", "latitude and longitude are swapped"),
        (",,tower,,north,{lon}", "column lat: 'north'"),
        (",,tower,,10.0,{lon}", "km from the frontier"),
    ],
)
def test_a_bad_addition_is_named_and_costs_no_other(tmp_path, cells, expected):
    lat, lon = place()
    found = answered(
        tmp_path,
        cells.format(lat=lat, lon=lon),
        f"{FENCE.id},yes,,,,",
        header=ADDED,
    )
    assert [v.about for v in found.verdicts] == [FENCE.id]
    assert expected in found.problems[0]
    assert found.additions == ()


def test_decimal_commas_and_compass_letters_are_degrees(tmp_path):
    lat, lon = place()
    text = f"candidate;class;answer;lat;lon\n;tower;;{lat.replace('.', ',')};{lon}°E\n"
    found = read(typed(tmp_path, text))
    assert found.problems == ()
    assert found.additions[0].shape.y == float(lat)


def test_the_images_of_an_addition_can_be_given_or_named(tmp_path):
    lat, lon = place()
    other = scene("other.tif", "2021-01-01")
    scenes = SCENES | {other.id: other}
    text = f"candidate,answer,class,lat,lon,after_image\n,,tower,{lat},{lon},other.tif\n"
    found = read_answers(
        typed(tmp_path, text), analyst="ann", known={}, scenes=scenes, frontier=FRONTIER,
        before=BEFORE.id,
    )  # fmt: skip
    assert (found.additions[0].before, found.additions[0].after) == (BEFORE.id, other.id)


# -- back as GeoPackage -------------------------------------------------------------------------


def edited(tmp_path, change, layer=LINES):
    """Export, let `change` edit one layer as a person in QGIS would, and read it back."""
    path = tmp_path / "candidates.gpkg"
    write_geopackage(KNOWN.values(), SCENES, FRONTIER, path)
    frames = {name: geopandas.read_file(path, layer=name) for name in (LINES, POSTS)}
    frames[layer] = change(frames[layer])
    back = tmp_path / "back.gpkg"
    for name, frame in frames.items():
        frame.to_file(back, layer=name, driver="GPKG", engine="pyogrio")
    return read(back)


def test_the_untouched_geopackage_comes_back_without_complaint(tmp_path):
    path = tmp_path / "candidates.gpkg"
    write_geopackage(KNOWN.values(), SCENES, FRONTIER, path)
    found = read(path)
    assert (found.verdicts, found.additions, found.problems) == ((), (), ())
    assert found.n_unanswered == 3


def test_an_answer_without_redrawing_has_no_shape(tmp_path):
    def change(frame):
        frame["answer"] = ["yes", "no"]
        return frame

    found = edited(tmp_path, change)
    assert found.problems == ()
    assert [(v.answer, v.shape) for v in found.verdicts] == [(Answer.YES, None), (Answer.NO, None)]


def test_a_redrawn_line_comes_back_in_the_verdict(tmp_path):
    newer = line(1000, 1700)

    def change(frame):
        frame["answer"] = ["yes", None]
        frame.loc[0, "geometry"] = MultiLineString([newer])
        return frame

    found = edited(tmp_path, change)
    assert found.problems == ()
    assert found.verdicts[0].shape == newer


def test_a_line_drawn_far_away_is_a_problem(tmp_path):
    def change(frame):
        frame["answer"] = ["yes", "yes"]
        frame.loc[0, "geometry"] = MultiLineString([LineString([(42.0, 129.1), (42.0, 129.2)])])
        return frame

    found = edited(tmp_path, change)
    assert [v.about for v in found.verdicts] == [GONE.id]
    assert "swapped" in found.problems[0] or "not on Earth" in found.problems[0]


def test_a_line_that_the_machine_missed_is_added(tmp_path):
    missed = line(8000, 8500)

    def change(frame):
        row = dict.fromkeys(frame.columns) | {
            "class": "double_fence",
            "geometry": MultiLineString([missed]),
        }
        frame.loc[len(frame)] = row
        return frame

    found = edited(tmp_path, change)
    assert found.problems == ()
    (drawn,) = found.additions
    assert (drawn.category, drawn.shape, drawn.origin) == (Kind.DOUBLE_FENCE, missed, "analyst")
    assert drawn.length_m == pytest.approx(500, rel=0.01)
    assert (drawn.before, drawn.after) == (GONE.before, GONE.after)


def test_reading_the_same_table_twice_gives_the_same_rows(tmp_path):
    lat, lon = place()
    path = typed(tmp_path, f"{ADDED}\n,,tower,,{lat},{lon}\n{FENCE.id},yes,,,,\n")
    assert read(path) == read(path)
    drawn = read(path).additions[0]
    again = read(path, known=KNOWN | {drawn.id: drawn})
    assert again.additions[0].id == drawn.id


def test_answers_that_another_program_still_holds_back_are_not_missed(tmp_path):
    path = tmp_path / "candidates.gpkg"
    write_geopackage(KNOWN.values(), SCENES, FRONTIER, path)
    path.with_name("candidates.gpkg-wal").write_bytes(b"not yet written")
    with pytest.raises(BadTable, match="still open"):
        read(path)


def test_an_own_redrawing_is_exported_again(tmp_path):
    newer = line(1000, 1700)
    said = [verdict(FENCE, "ann", Answer.YES, shape=newer)]
    path = tmp_path / "candidates.gpkg"
    write_geopackage(KNOWN.values(), SCENES, FRONTIER, path, analyst="ann", verdicts=said)
    found = read(path)
    assert found.verdicts == tuple(said)
