"""Screenshots from the plan to the image; SIMULATED pictures by a camera of their own."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from shapely import Point

import small_globe
from vallum import steps
from vallum.ground.errors import BadDate, BadInput, BadSetting, NotThere
from vallum.ground.records import Scene, Shot
from vallum.ground.when import When
from vallum.imagery.catalog import Wish
from vallum.imagery.shots.words import Word
from vallum.project import Project, open_project
from vallum.steps import picturing, shooting


@dataclass
class Case:
    project: Project
    folder: Path
    world: object
    bare: object
    taken: shooting.Taken

    def shot(self, name):
        return next(shot for shot in self.project.rows(Shot) if shot.name == name)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A plan of 2 km, one picture with markers, one tilted, one without, one broken."""
    root = tmp_path_factory.mktemp("border") / "border"
    project, _ = steps.new(
        root, frontier="prk-chn", before="2018..2019", after="2021..2022", corridor_m=100,
        stretch_km="1004..1006",
    )  # fmt: skip
    with project:
        done = shooting.capture_plan(project, width_m=500, height_m=300)
        world = small_globe.globe().opened(Path(done.files[0]).read_bytes())
        bare = small_globe.globe().World(views=world.views)
        folder = tmp_path_factory.mktemp("shots")
        save(folder / "frame_2022-05-01.jpg", world, 0)
        save(folder / "tilted_2022-05-01.jpg", world, 1, tilt_deg=21.0, zoom=1.25)
        save(folder / "undated.jpg", world, 2)
        save(folder / "nomarks.jpg", bare, 3, ground=5)
        (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
        taken = shooting.take(project, sorted(folder.iterdir()), Wish())
        yield Case(project, folder, world, bare, taken)


def view(world, n, **more):
    return small_globe.globe().Shot(world.views[n], small_globe.camera(**more))


def save(path, world, n, *, ground=1, **more):
    picture = view(world, n, **more).picture(world, small_globe.ground(ground))
    cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 85])


def test_the_plan_is_kept_and_says_who_drives(case):
    assert [plan.name for plan in shooting.plans(case.project)] == ["km-1004-1006-500x300-along"]
    done = shooting.capture_plan(case.project, km="1004..1005", to=case.folder.parent / "p.kmz")
    said = " ".join(done.lines)
    assert "You drive Google Earth Pro; vallum never does" in said
    assert "ask your lawyer" in said
    assert done.next.startswith("vallum add")


def test_a_plan_beyond_the_line_is_refused(case):
    with pytest.raises(BadSetting, match="beyond the end"):
        shooting.capture_plan(case.project, km="9000..9001")


def test_a_picture_with_markers_becomes_an_image(case):
    shot = case.shot("frame_2022-05-01.jpg")
    assert (shot.method, shot.frame) == ("markers", "km-1004-1006-500x300-along/001")
    assert shot.taken == When.parse("2022-05-01")
    assert shot.rmse_m < 0.1
    scene = next(one for one in case.project.rows(Scene) if one.id == shot.scene)
    assert (scene.placed_by, scene.looking_only, scene.may_publish) == ("markers", "", False)
    assert scene.gsd_m == pytest.approx(0.69, abs=0.2)
    path = case.project.path_of(scene)
    assert path.is_file()
    lon, lat = case.world.views[0].lon, case.world.views[0].lat
    assert scene.footprint.distance(Point(lon, lat)) < 1e-6


def test_a_tilted_picture_is_kept_for_looking_only(case):
    scene = next(one for one in case.project.rows(Scene) if one.name.startswith("tilted"))
    assert scene.looking_only.startswith("tilted 21 degrees; lengths would be wrong by up to 7%")


def test_what_needs_a_person_is_told_in_one_line_each(case):
    said = {line.partition(":")[0]: line for line in case.taken.problems}
    assert set(said) == {"broken.jpg", "nomarks.jpg", "undated.jpg"}
    assert (
        "no corner markers found. Was the KMZ off, or the picture cropped?" in said["nomarks.jpg"]
    )
    assert "the date bar is cut off. Google Earth dates are ranges" in said["undated.jpg"]
    assert "save it again as PNG" in said["broken.jpg"]
    assert (
        case.taken.lines[-1]
        == "4 files: 2 placed by markers, 0 by matching, 2 need you (about 2 min)"
    )
    assert case.taken.n == 2


def test_a_second_time_nothing_is_added(case):
    before = case.project.store.head()
    settled = [case.folder / "frame_2022-05-01.jpg", case.folder / "tilted_2022-05-01.jpg"]
    again = shooting.take(case.project, settled, Wish())
    assert case.project.store.head() == before
    assert again.n == 2
    assert all("already in the project" in line for line in again.lines)


def corners(case, n, noise_px=0.0):
    """Return control points of a picture of frame `n`: column, row, lon, lat."""
    columns, rows = np.array([50.0, 900.0, 880.0, 60.0]), np.array([60.0, 50.0, 540.0, 560.0])
    lon, lat = view(case.bare, n).degrees(columns, rows)
    return [
        tuple(map(float, point)) for point in zip(columns + noise_px, rows, lon, lat, strict=True)
    ]


def test_residuals_are_told_without_writing(case):
    before = case.project.store.head()
    placing = shooting.residuals(case.project, case.shot("nomarks.jpg").id, corners(case, 3))
    assert max(placing.residuals_m) < 0.1
    assert case.project.store.head() == before
    with pytest.raises(BadInput, match="mirrored|which point is which|disagree|contradict"):
        shooting.residuals(case.project, "nomarks.jpg", [(0, 0, 0, 0), (900, 500, 9, 9)])


def test_a_picture_placed_by_hand_is_kept_before_it_says_so(case):
    shot = shooting.place(
        case.project, "nomarks.jpg", corners(case, 3), taken="2021-02..2021-06", by="ann"
    )
    with open_project(case.project.root) as read:
        kept = next(one for one in read.rows(Shot) if one.name == "nomarks.jpg")
        scene = next(one for one in read.rows(Scene) if one.id == shot.scene)
    assert kept.same_as(shot)
    assert (kept.by, kept.method) == ("ann", "points")
    assert scene.taken == When.parse("2021-02..2021-06")


@pytest.fixture
def unread(monkeypatch):
    """Nothing is read in pictures: that takes seconds."""
    monkeypatch.setattr(shooting, "texts_of", lambda copies, show: [() for _ in copies])


@pytest.mark.usefixtures("unread")
def test_a_picture_set_aside_stays_so_when_it_is_placed_or_dated_again(case):
    name = "nomarks.jpg"
    shot = shooting.place(case.project, name, corners(case, 3), taken="2021-02..2021-06")
    steps.set_aside(case.project, shot.scene, why="thin cloud")
    done = shooting.by_hand(case.project, name, taken="2021-03..2021-05")
    assert "it stays set aside: thin cloud" in done.lines[-1]
    again = shooting.take(
        case.project, [case.folder / name], Wish(taken=When.parse("2021-04..2021-05"))
    )
    assert "it stays set aside: thin cloud" in again.lines[0]
    scene = next(one for one in case.project.rows(Scene) if one.id == shot.scene)
    assert (scene.set_aside, str(scene.taken)) == ("thin cloud", "2021-04-01..2021-05-31")


@pytest.mark.parametrize(
    ("east", "is_far"), [(0.0, False), (2.0, True), (-258.0, True)], ids=["on", "near", "sign"]
)
@pytest.mark.usefixtures("unread")
def test_a_picture_placed_far_from_the_border_is_told(case, tmp_path, east, is_far):
    file = tmp_path / "points.csv"
    rows = [",".join(map(str, (c, r, x + east, y))) for c, r, x, y in corners(case, 3)]
    file.write_text("\n".join(["column,row,lon,lat", *rows]))
    done = shooting.by_hand(case.project, "nomarks.jpg", points=file, taken="2021-02..2021-06")
    assert any("it shows none of it" in line for line in done.lines) == is_far


@pytest.mark.parametrize(
    ("km", "said"), [("1004..1005", ""), ("5..6", "none of it"), ("1005..1007", "only ")],
    ids=["inside", "outside", "partly"],
)  # fmt: skip
def test_a_plan_outside_the_measured_stretch_is_told(case, tmp_path, km, said):
    done = shooting.capture_plan(case.project, km=km, to=tmp_path / "p.kmz")
    told = [line for line in done.lines if "not measured" in line]
    assert len(told) == bool(said)
    assert all(said in line for line in told)
    (case.project.root / "plans" / f"{done.facts['plan']}.json").unlink()


def written(*lines):
    return [
        Word(text=text, box=(0, 580, 400, 595), is_low=is_low)
        for text, is_low in ((lines[0], True), *((text, False) for text in lines[1:]))
    ]


def described(case, words, wish=None):
    desk = picturing.Desk.of(case.project, wish or Wish())
    copies = case.project.imagery_folder / picturing.COPIES
    copies.mkdir(parents=True, exist_ok=True)
    (copies / "a.png").write_bytes(b"SIMULATED")
    one = {"sha256": "0", "name": "a.png", "href": "a.png", "width": 9, "height": 9}
    return picturing._described(desk, one, words, None)


def test_one_picture_does_not_tell_how_another_writes_days(case):
    shot, note = described(case, written("Imagery Date: 4/11/2022"))
    assert str(shot.taken.earliest) == "2022-04-11"
    assert "month/day or day/month" in note
    shot, _ = described(case, written("Imagery Date: 4/11/2022", "9/30/2022"))
    assert str(shot.taken) == "2022-04-11..2022-09-30"


@pytest.mark.parametrize(
    ("taken", "said"),
    [("2022-04-11", "as old as"), ("2019-04..2022", ""), ("2018", "not older than")],
    ids=["later", "covers", "before"],
)
def test_a_typed_date_later_than_the_status_bar_is_kept_with_a_note(case, taken, said):
    wish = Wish(taken=When.parse(taken))
    shot, note = described(case, written("Imagery Date: 4/25/2019"), wish)
    assert shot.taken == wish.taken
    assert said in note
    assert bool(note) == bool(said)


def test_an_unknown_date_is_an_interval_that_ends_today(case):
    shot = shooting.date(case.project, "undated.jpg", "unknown", by="ann")
    assert shot.scene
    assert shot.taken.earliest.year == 1960
    assert shot.taken.latest >= shot.taken.earliest.replace(year=2025)
    with pytest.raises(BadDate, match="future"):
        shooting.date(case.project, "undated.jpg", "2199")
    with pytest.raises(BadDate, match="no date was given"):
        shooting.date(case.project, "undated.jpg", " ")


def test_what_became_an_image_is_not_skipped_and_what_is_not_there_is_told(case):
    with pytest.raises(BadSetting, match="set-aside"):
        shooting.skip(case.project, "frame_2022-05-01.jpg")
    with pytest.raises(NotThere, match="vallum shots"):
        shooting.skip(case.project, "shot-none")


def test_the_list_says_what_each_needs(case):
    done = shooting.shots(case.project)
    assert len(done.facts["shots"]) == 4
    assert {one["state"] for one in done.facts["shots"]} <= {"placed", "needs you", "skipped"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("column,row,lon\n1,2,3\n", "has no column lat"),
        ("x,y,lng,latitude\n1,2,3,north\n", "row 2"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 200, "no table of control points"),
        (b"\xff\xfe\x00", "no table of control points"),
        ('column,row,lon,lat\n"' + "1" * 200_000 + '",2,3,4\n', "no table of control points"),
        ("column,row,lon,lat\n" + "1,2,3,4\n" * 200_000, "no table of control points"),
        ("", "has no column"),
    ],
    ids=["column", "number", "picture", "half", "cell", "large", "empty"],
)
def test_a_table_of_points_names_what_is_wrong(tmp_path, text, why):
    file = tmp_path / "points.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadInput, match=why) as error:
        shooting.read_points(file)
    assert "\n" not in str(error.value)
    assert "points.csv" in str(error.value)


@pytest.mark.parametrize(
    "content",
    [
        "column,row,lon,lat,désc\n1,2,129.5,42.2,é\n".encode("latin-1"),
        "column,row,lon,lat,설명\n1,2,129.5,42.2,가\n".encode("cp949"),
        "column\trow\tlon\tlat\r\n1\t2\t129.5\t42.2\r\n".encode("utf-16"),
        b"column;row;lon;lat\r\n1;2;129,5;42,2\r\n",
        b"column;row;lon;lat\n1;2;129.5;42.2\n",
    ],
    ids=["latin-1", "korean", "utf-16", "decimal-comma", "semicolon"],
)
def test_a_table_of_points_is_read_as_spreadsheets_write_it(tmp_path, content):
    file = tmp_path / "points.csv"
    file.write_bytes(content)
    assert shooting.read_points(file) == [(1.0, 2.0, 129.5, 42.2)]


def test_a_table_of_points_is_read_by_other_names_too(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("\ufeffX,Y,Longitude,Latitude\n1,2,129.1,42.2\n")
    assert shooting.read_points(file) == [(1.0, 2.0, 129.1, 42.2)]


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("Screenshot 2024-05-01 at 10.30.11.png", None),
        ("Screenshot_20240501-103011.png", None),
        ("스크린샷 2024-05-01.png", None),
        ("IMG_20240501_101010.jpg", None),
        ("2024-05-01 10-30-11.png", None),
        ("km1004_2019-05-01.jpg", "2019-05-01"),
        ("2019-03..2019-09 musan.png", "2019-03-01..2019-09-30"),
        ("frame 12 2019-05-01 2021-06-02.png", "2019-05-01..2021-06-02"),
    ],
    ids=["mac", "android", "korean", "camera", "clock", "km", "bracket", "two-days"],
)
def test_the_moment_at_which_a_screen_was_saved_dates_no_ground(
    name: str, days: str | None
) -> None:
    from vallum.steps.picturing import _in_name

    found = _in_name(name, date(2026, 11, 22))
    assert (found and str(found)) == days
