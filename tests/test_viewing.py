"""A photograph is placed: the camera lies in the vault alone, the thing is kept as closely as may be."""

import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

import small_papers
from small_vault import LINE, Desk, new_desk
from vallum.commands.photographs import view as command
from vallum.evidence.canary import scan
from vallum.evidence.redact import redact
from vallum.evidence.views import View
from vallum.ground.errors import BadInput, NoChainage, NotAllowed, NotOpened, NotThere
from vallum.ground.geodesy import WGS84, moved
from vallum.ground.kinds import Change, Held, Kind
from vallum.ground.records import Custody, Depicted, Exhibit, Finding, Level, Run
from vallum.ground.saidkinds import Event, Handling, Paper
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.steps.sources import source_add, source_change
from vallum.steps.taking import intake
from vallum.steps.vaulting import deleted, kept, lying, vault_check
from vallum.steps.viewing import (
    depict,
    in_words,
    place_view,
    remove_view,
    stated_view,
    view_name,
    view_of,
)
from vallum.steps.withdrawing import withdraw

THING = LINE.point_at(500.0, 40.0)
WHY = "asked us to delete it"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A project with an empty vault."""
    return new_desk(tmp_path)


def photo(desk, words=b"SIMULATED: one", *, risk="low", handling="clear", source=None, **more):
    """An exhibit of a source, and the source."""
    if source is None:
        source, _ = source_add(
            desk.project, voice="person" if risk != "low" else "organisation",
            name="" if risk != "low" else "River Club", attribution="background",
            described_as="a club on the river", consent=["retain", "analyse", "publish_text"],
            consent_given=date(2020, 1, 1), risk=risk, handling=handling,
        )  # fmt: skip
    fields = {"paper": Paper.PHOTO, "media_type": "image/jpeg", "captured": "2021-04-17",
              "handling": Handling.CLEAR}  # fmt: skip
    row, _ = desk.take_in(source, words, **(fields | more))
    return row, source


def camera(from_deg, away_m=300.0):
    """A camera that looks at THING, as `place_view` takes it."""
    lon, lat = moved(THING.x, THING.y, from_deg, away_m)
    ahead, _, _ = WGS84.inv(float(lon), float(lat), THING.x, THING.y)
    return {"lon": float(lon), "lat": float(lat), "bearing_deg": ahead % 360}


def needles(*cameras):
    """Every number of a camera, as programs would write it."""
    found = {}
    for nth, one in enumerate(cameras):
        for name, value in one.items():
            for form in ("{!r}", "{:.5f}", "{:.4f}"):
                found[f"{name} {nth} {form}"] = form.format(value)
    return found


def apart_m(point):
    return WGS84.inv(point.x, point.y, THING.x, THING.y)[2]


# -- the camera ---------------------------------------------------------------------------------


def test_the_camera_goes_into_the_vault_and_comes_out_with_a_key_only(desk):
    row, _ = photo(desk)
    place_view(desk.project, row.id, **camera(200), fov_deg=50)
    one = view_of(desk.project, row.id, desk.keys[0])
    assert (one.lon, one.lat, one.fov_deg) == (camera(200)["lon"], camera(200)["lat"], 50)
    with pytest.raises(NotOpened, match="--key"):
        view_of(desk.project, row.id)
    with pytest.raises(NotOpened):
        view_of(desk.project, row.id, desk.keys[2])
    with pytest.raises(NotThere, match="view 2"):
        view_of(desk.project, row.id, desk.keys[0], number=2)
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0


def test_of_a_hidden_source_the_ledger_has_no_size(desk):
    row, _ = photo(desk, risk="extreme")
    place_view(desk.project, row.id, **camera(200))
    name = view_name(desk.project, row.id, 1)
    (noted,) = (one for one in desk.project.rows(Custody) if one.vault_ref == name)
    assert noted.vault_bytes == 0


def test_placed_again_the_first_view_is_deleted_and_what_it_gave_is_taken_back(desk):
    row, _ = photo(desk)
    place_view(desk.project, row.id, **camera(200))
    old = view_name(desk.project, row.id, 1)
    depict(desk.project, row.id, category="guard_post", distance_m=300, keys=desk.keys[:1])
    done = place_view(desk.project, row.id, **camera(100))
    assert done.facts["n_taken_back"] == 1
    assert old in deleted(desk.project)
    assert not desk.file_of(old).exists()
    (depicted,) = desk.project.rows(Depicted)
    assert depicted.is_withdrawn
    assert depicted.shape is None
    assert view_of(desk.project, row.id, desk.keys[0]).bearing_deg == camera(100)["bearing_deg"]


def test_the_frames_of_a_film_have_a_view_each(desk):
    row, _ = photo(desk, paper=Paper.VIDEO, media_type="video/mp4")
    for number, turn in ((1, 200), (2, 120)):
        place_view(desk.project, row.id, **camera(turn), number=number)
    kept_ = depict(desk.project, row.id, beside=[(row.id, 2)], category=Kind.GUARD_POST,
                   keys=desk.keys[:1])  # fmt: skip
    assert apart_m(kept_.shape) < 3


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"paper": Paper.TESTIMONY}, BadInput, "no photograph"),
        ({"source": ""}, NotAllowed, "whose it is"),
    ],
    ids=["testimony", "nobody"],
)
def test_what_is_no_picture_or_nobodys_is_not_placed(desk, change, error, words):
    row, _ = photo(desk)
    with desk.project.run("test") as work:
        work.add(replace(row, **change))
    head = desk.project.store.head()
    with pytest.raises(error, match=words):
        place_view(desk.project, row.id, **camera(200))
    assert desk.project.store.head() == head
    assert len(lying(desk.project)) == 1


def test_a_source_that_did_not_agree_to_be_analysed_is_refused(desk):
    source, _ = source_add(desk.project, voice="person", risk="high", consent=["retain"])
    row, _ = photo(desk, source=source)
    with pytest.raises(NotAllowed, match="not agreed"):
        place_view(desk.project, row.id, **camera(200))
    with pytest.raises(NotAllowed):
        depict(desk.project, row.id, at=(THING.x, THING.y))
    with pytest.raises(NotThere, match="no exhibit"):
        place_view(desk.project, "exhibit-none", **camera(200))


# -- what the file says -------------------------------------------------------------------------


def test_what_the_file_says_of_its_camera_is_read_at_intake_and_lies_in_the_vault(desk, tmp_path):
    _, source = photo(desk, risk="extreme")
    file = tmp_path / "IMG.jpg"
    file.write_bytes(with_direction(small_papers.photo()))
    intake(desk.project, [file], source=source.code)
    row = next(one for one in desk.project.rows(Exhibit) if one.part and not one.href)
    with pytest.raises(NotOpened):
        stated_view(desk.project, row.id)
    told = stated_view(desk.project, row.id, desk.keys[0])
    assert told["lat"] == pytest.approx(42.225)
    assert told["lon"] == pytest.approx(129.2)
    assert told["bearing_deg"] == pytest.approx(211.5)
    assert told["fov_deg"] == pytest.approx(math.degrees(2 * math.atan(18 / 28)))
    assert scan(desk.root, {"lat": "42.225", "lon": "129.2", "turn": "211.5"}).leaks == ()


def test_magnetic_north_and_a_file_without_a_camera_say_nothing(desk):
    from vallum.evidence.papers import _angle_across, _direction

    assert math.isnan(_direction({0x10: "M", 0x11: 20.0}))
    assert _direction({0x11: 380.0}) == 20
    assert math.isnan(_direction({0x11: "north"}))
    assert math.isnan(_angle_across({0xA405: 0}))
    row, _ = photo(desk)
    assert stated_view(desk.project, row.id, desk.keys[0]) == {}


def with_direction(content: bytes) -> bytes:
    import io

    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        exif = image.getexif()
        place = exif.get_ifd(0x8825)
        place[0x10], place[0x11] = "T", 211.5
        exif.get_ifd(0x8769)[0xA405] = 28
        out = io.BytesIO()
        image.save(out, "JPEG", exif=exif)
    return out.getvalue()


# -- the thing ----------------------------------------------------------------------------------


def fence_of(desk) -> Finding:
    lon, lat = LINE.points_at([100.0, 900.0], 40.0)
    from shapely.geometry import LineString

    row = Finding(
        about="candidate-x", held=Held.CONFIRMED, category=Kind.FENCE, change=Change.NEW,
        span=Span(100, 900), off_m=40.0, shape=LineString(list(zip(lon, lat, strict=True))),
        length_m=800.0, agreement="2 of 2 yes",
    )  # fmt: skip
    with desk.project.run("test") as work:
        work.add(row)
    return row


@pytest.mark.parametrize("way", ["crossing", "finding", "distance", "image"])
def test_a_thing_is_placed_in_each_of_the_four_ways(desk, way):
    row, source = photo(desk)
    other, _ = photo(desk, b"SIMULATED: two", source=source)
    place_view(desk.project, row.id, **camera(200))
    place_view(desk.project, other.id, **camera(120))
    how = {
        "crossing": {"beside": [(other.id, 1)]},
        "finding": {"on": fence_of(desk).id},
        "distance": {"distance_m": 300.0},
        "image": {"at": (THING.x, THING.y), "error_m": 20.0},
    }[way]
    found = depict(desk.project, row.id, category="guard_post", keys=desk.keys[:1], **how)
    assert apart_m(found.shape) < 3
    assert found.span.start_m <= 500 < found.span.end_m
    assert found.category is Kind.GUARD_POST
    assert str(found.when) == "2021-04-17"
    assert found.precision_m >= 20
    assert desk.project.rows(Depicted)[0].same_as(found)
    assert "guard post at" in in_words(found)[0]


def test_of_a_protected_source_only_whole_cells_and_a_whole_year_are_kept(desk):
    row, _ = photo(desk, risk="extreme")
    place_view(desk.project, row.id, **camera(200))
    found = depict(desk.project, row.id, category="watchtower", distance_m=300, keys=desk.keys[:1])
    assert found.shape is None
    assert found.span == LINE.span  # shorter than one cell
    assert found.when == When.parse("2021")
    assert "nothing closer is kept" in in_words(found)[0]


def test_one_protected_source_of_two_protects_what_both_show(desk):
    row, _ = photo(desk)
    hidden, _ = photo(desk, b"SIMULATED: two", risk="high")
    place_view(desk.project, row.id, **camera(200))
    place_view(desk.project, hidden.id, **camera(120))
    found = depict(desk.project, row.id, beside=[(hidden.id, 1)], keys=desk.keys[:1])
    assert found.shape is None


@pytest.mark.parametrize(
    "how",
    [{}, {"on": "line", "distance_m": 20.0}, {"at": (128.0, 42.0), "on": "line"}],
    ids=["none", "two", "image-and-line"],
)
def test_a_thing_is_placed_in_one_way(desk, how):
    row, _ = photo(desk)
    with pytest.raises(BadInput, match="in one way"):
        depict(desk.project, row.id, **how)


def test_what_stands_outside_the_corridor_is_refused_without_its_place(desk):
    row, _ = photo(desk)
    with pytest.raises(NoChainage) as told:
        depict(desk.project, row.id, at=(128.123456, 42.654321))
    assert "128.1" not in str(told.value)
    with pytest.raises(NotThere, match="no finding"):
        depict(desk.project, row.id, on="finding-none", view=View(lon=1, lat=1, bearing_deg=1))
    with pytest.raises(BadInput, match="no class"):
        depict(desk.project, row.id, category="soldier", at=(THING.x, THING.y))


@pytest.mark.parametrize("way", ["distance", "image", "crossing"])
def test_beside_the_camera_only_whole_cells_are_kept_whatever_the_risk(desk, way):
    row, source = photo(desk)
    other, _ = photo(desk, b"SIMULATED: two", source=source)
    near = camera(200, away_m=3.0)
    place_view(desk.project, row.id, **near)
    place_view(desk.project, other.id, **camera(120))
    how = {
        "distance": {"distance_m": 3.0, "error_m": 1.0},
        "image": {"at": (THING.x, THING.y), "error_m": 1.0},
        "crossing": {"beside": [(other.id, 1)]},
    }[way]
    found = depict(desk.project, row.id, keys=desk.keys[:1], **how)
    assert (found.shape, found.span) == (None, LINE.span)
    assert found.precision_m == LINE.span.length_m
    assert str(found.when) == "2021-04-17"
    assert "nothing closer is kept" in in_words(found)[0]
    desk.project.close()
    sweep = scan(desk.root, {"lon": f"{THING.x:.4f}", "lat": f"{THING.y:.4f}"} | needles(near))
    assert sweep.leaks == ()


def test_how_near_is_too_near_grows_with_the_error_of_the_camera_point(desk):
    row, _ = photo(desk)
    for away_m, error_m, is_coarse in ((99, 10, True), (101, 10, False), (240, 50, True)):
        place_view(desk.project, row.id, **camera(200, away_m), error_m=error_m)
        found = depict(desk.project, row.id, at=(THING.x, THING.y), keys=desk.keys[:1])
        assert (found.shape is None) is is_coarse


def test_a_view_that_no_key_opens_may_be_beside_the_thing(desk):
    row, _ = photo(desk)
    at = {"at": (THING.x, THING.y), "error_m": 20.0}
    assert depict(desk.project, row.id, **at).shape is not None
    place_view(desk.project, row.id, **camera(200))
    assert depict(desk.project, row.id, **at).shape is None
    assert depict(desk.project, row.id, **at, keys=desk.keys[2:]).shape is None
    assert depict(desk.project, row.id, **at, keys=desk.keys[:1]).shape is not None


def test_a_camera_placed_later_beside_the_thing_takes_its_spot_out_of_the_row(desk):
    row, _ = photo(desk)
    depict(desk.project, row.id, at=(THING.x, THING.y), error_m=20.0)
    far = place_view(desk.project, row.id, **camera(200))
    assert "cells" not in " ".join(far.lines)
    assert desk.project.rows(Depicted)[0].shape is not None
    done = place_view(desk.project, row.id, **camera(200, 10.0))
    assert "only whole cells" in " ".join(done.lines)
    assert desk.project.rows(Depicted)[0].shape is None


# -- what is at risk from now on ----------------------------------------------------------------


@pytest.mark.parametrize("change", [{"risk": "extreme"}, {"handling": "red"}], ids=["risk", "red"])
def test_a_source_that_comes_to_need_protection_leaves_only_cells_and_years_of_its_pictures(
    desk, change
):
    row, source = photo(desk)
    other, elsewhere = photo(desk, b"SIMULATED: two")
    for paper, turn in ((row, 200), (other, 120)):
        place_view(desk.project, paper.id, **camera(turn))
    depict(desk.project, row.id, distance_m=300, keys=desk.keys[:1])
    depict(desk.project, other.id, beside=[(row.id, 1)], keys=desk.keys[:1])
    depict(desk.project, other.id, number=2, at=(THING.x, THING.y), keys=desk.keys[:1])
    _, done = source_change(desk.project, source.code, why="threatened since last week", **change)
    rows = {(one.exhibit, one.number): one for one in desk.project.rows(Depicted)}
    for one in (rows[row.id, 1], rows[other.id, 1]):
        assert (one.shape, one.span, one.when) == (None, LINE.span, When.parse("2021"))
        assert not one.is_withdrawn
    assert rows[other.id, 2].shape is not None  # nothing of it is from that source
    assert done.facts["n_coarsened"] == 2
    assert "older rows of the ledger" in " ".join(done.lines)
    head = desk.project.store.head()
    source_change(desk.project, source.code, why="said once more, nothing new", **change)
    assert desk.project.store.head() == head
    assert elsewhere.code != source.code


# -- nothing leaves -----------------------------------------------------------------------------


@pytest.mark.parametrize("risk", ["low", "extreme"])
def test_no_file_of_the_project_holds_a_camera(desk, risk):
    row, source = photo(desk, risk=risk)
    other, _ = photo(desk, b"SIMULATED: two", source=source)
    cameras = camera(203.4321), camera(121.8765)
    told = []
    for paper, one in ((row, cameras[0]), (other, cameras[1])):
        told.append(place_view(desk.project, paper.id, **one).to_json())
    found = depict(desk.project, row.id, beside=[(other.id, 1)], keys=desk.keys[:1])
    told.append(in_words(found))
    said = json.dumps(told) + repr(desk.project.rows(Custody)) + repr(desk.project.rows(Run))
    assert not [label for label, text in needles(*cameras).items() if text in said]
    desk.project.close()
    sweep = scan(desk.root, needles(*cameras))
    assert sweep.leaks == ()
    assert {name for name, _ in sweep.unread} <= {"project.db"}  # its bytes were searched
    if found.shape is not None:  # what is looked for in this way would be found
        assert scan(desk.root, {"the thing": repr(found.shape.x)}).leaks


@pytest.mark.parametrize("level", [Level.PUBLIC, Level.DESK], ids=str)
def test_nothing_of_it_is_printed_at_any_level(desk, level):
    row, _ = photo(desk)
    place_view(desk.project, row.id, **camera(200))
    depict(desk.project, row.id, distance_m=300, keys=desk.keys[:1])
    assert redact(desk.project.rows(Depicted), level) == []


def test_withdrawn_consent_deletes_the_view_and_takes_back_what_it_gave(desk):
    mine, source = photo(desk, risk="extreme")
    theirs, _ = photo(desk, b"SIMULATED: two")
    alone, _ = photo(desk, b"SIMULATED: three")
    for paper, turn in ((mine, 200), (theirs, 120), (alone, 90)):
        place_view(desk.project, paper.id, **camera(turn))
    name = view_name(desk.project, mine.id, 1)
    depict(desk.project, mine.id, distance_m=300, keys=desk.keys[:1])
    depict(desk.project, theirs.id, beside=[(mine.id, 1)], keys=desk.keys[:1])
    depict(desk.project, alone.id, distance_m=300, keys=desk.keys[:1])
    withdraw(desk.project, source.code, why=WHY, yes=True)
    assert name in deleted(desk.project)
    gone = {one.exhibit: one.is_withdrawn for one in desk.project.rows(Depicted)}
    assert gone == {mine.id: True, theirs.id: True, alone.id: False}
    blank = next(one for one in desk.project.rows(Depicted) if one.exhibit == mine.id)
    assert (blank.shape, blank.span, blank.when, blank.camera_ref) == (None, None, None, "")
    assert desk.project.store.verify() > 0
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0


def test_a_view_is_removed_with_yes_only(desk):
    row, _ = photo(desk)
    place_view(desk.project, row.id, **camera(200))
    depict(desk.project, row.id, distance_m=300, keys=desk.keys[:1])
    with pytest.raises(BadInput, match="--yes"):
        remove_view(desk.project, row.id)
    remove_view(desk.project, row.id, yes=True)
    assert view_name(desk.project, row.id, 1) == ""
    assert desk.project.rows(Depicted)[0].is_withdrawn
    assert [c.outcome for c in desk.project.rows(Custody) if c.event is Event.DELETION] == [
        "deleted"
    ]
    with pytest.raises(NotThere):
        remove_view(desk.project, row.id, yes=True)


def test_a_view_that_no_row_knows_does_not_stay(desk, monkeypatch):
    row, _ = photo(desk)
    n_before = len(lying(desk.project))

    def fails(*_, **__):
        raise OSError("no space")

    monkeypatch.setattr("vallum.steps.viewing.custody", fails)
    with pytest.raises(OSError, match="no space"):
        place_view(desk.project, row.id, **camera(200))
    assert len(lying(desk.project)) == len(kept(desk.project)) == n_before


# -- the command --------------------------------------------------------------------------------


def test_the_command_places_camera_and_thing_and_prints_no_camera(desk, tmp_path):
    row, _ = photo(desk)
    desk.project.close()
    one = camera(200)
    file = tmp_path / "camera.txt"
    file.write_text(f"{one['lon']!r},{one['lat']!r}\n")
    words = [row.id, "--project", str(desk.root), "--json", "--camera-file", str(file),
             "--bearing", repr(one["bearing_deg"]), "--shows", "guard_post",
             "--distance-m", "300"]  # fmt: skip
    done = CliRunner().invoke(command, words)
    assert done.exit_code == 0, done.output
    assert "guard post at" in done.output
    assert not [text for text in needles(one).values() if text in done.output]
    with desk.again() as project:
        (found,) = project.rows(Depicted)
        assert apart_m(found.shape) < 3
        assert view_name(project, row.id, 1)


def test_what_cannot_be_placed_leaves_the_view_that_was_there(desk):
    row, _ = photo(desk)
    place_view(desk.project, row.id, **camera(200))
    old, head = view_name(desk.project, row.id, 1), desk.project.store.head()
    desk.project.close()
    one = camera(100)
    words = [row.id, "--project", str(desk.root), "--camera", f"{one['lon']},{one['lat']}",
             "--bearing", "3", "--shows", "guard_post", "--distance-m", "99999"]  # fmt: skip
    refused = CliRunner().invoke(command, words)
    assert refused.exit_code == 1, refused.output
    assert "nothing was placed" in refused.output
    with desk.again() as project:
        assert (view_name(project, row.id, 1), project.store.head()) == (old, head)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "nothing was said"),
        (["--camera", "128.123456,north", "--bearing", "3"], "no LON,LAT"),
        (["--camera", "128.123456,42.1"], "give --bearing"),
        (["--bearing", "3"], "give --camera"),
        (["--from-file"], "says nothing"),
        (["--with", "x#y", "--object", "1,2"], "number of a view"),
        (["--camera-file", "nowhere.txt", "--bearing", "3"], "cannot be read"),
    ],
    ids=["nothing", "no-place", "no-bearing", "no-camera", "no-exif", "number", "no-file"],
)
def test_what_is_typed_wrongly_is_refused_and_not_repeated(desk, more, words):
    row, _ = photo(desk)
    desk.project.close()
    refused = CliRunner().invoke(command, [row.id, "--project", str(desk.root), *more])
    assert refused.exit_code == 1, refused.output
    assert words in refused.output
    assert "128.123" not in refused.output
