"""Tables and settings from outside: read or refused by name in one line, whatever lies in them."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from torture import mutations
from vallum import config
from vallum.frontier import Frontier
from vallum.ground import context
from vallum.ground.errors import VallumError
from vallum.imagery.shots.plan import Plan
from vallum.measure import prices
from vallum.review import rows
from vallum.steps import comparing, surveying
from vallum.steps.reading import own_places
from vallum.steps.shooting import read_points

N_SPOILED = 36
SETTINGS = """
name = "small"

[border]
frontier = "prk-north"
start_m = 0
end_m = 20000
left_m = 500
right_m = 500

[dates]
before = "2019"
after = "2022-04..2022-06"

[review]
n_agree = 2
"""
GOOD: dict[str, tuple[str, str]] = {
    "settings": ("vallum.toml", SETTINGS),
    "prices-csv": ("prices.csv", "provider,name,gsd_m,price_per_km2\nA,one,0.5,12.5\nB,two,3,1\n"),
    "prices-toml": ("prices.toml", '[[product]]\nprovider = "A"\nname = "one"\ngsd_m = 0.5\n'
                    "price_per_km2 = 12.5\nsince = 2019-01-01\n"),
    "points": ("points.csv", "column,row,lon,lat\n1,2,129.1,42.1\n30,40,129.2,42.2\n"),
    "verdicts": ("verdicts.csv", "candidate,answer,class,reason\nc-1,yes,fence,\nc-2,no,,shadow\n"),
    "context": ("context.csv", "series,unit,when,value,source,source_url,accessed\n"
                "price,EUR,2019-05,12.5,somebody,https://example.org,2024-01-01\n"),
    "places": ("places.csv", "name,other,lon,lat,country,within_m\nOldmill,,129.1,42.0,KP,500\n"),
    "land-classes": ("classes.csv", "value,class\n10,trees\n20,shrubs\n"),
    "report": ("report.json", '{"numbers": [{"name": "a", "value": 1.5}], "history": {"changes": '
               '[{"name": "a", "was": "1", "why": [], "is_correction": false}]}}'),
    "frontier": ("frontier.geojson", '{"type": "FeatureCollection", "features": [{"type": "Feature"'
                 ', "properties": {"name": "n", "source": "s", "licence": "l", "tolerance_m": 1}, '
                 '"geometry": {"type": "LineString", "coordinates": [[129.0, 42.0], [129.2, '
                 "42.1]]}}]}"),
    "capture-plan": ("plan.json", '{"kind": "vallum capture plan", "name": "p", "span": [0, 900], '
                     '"frames": [{"number": 1, "span": [0, 300], "lon": 129.1, "lat": 42.0}]}'),
}  # fmt: skip


def _verdicts(path: Path) -> object:
    return rows.read_rows(path, [])


def _plan(path: Path) -> object:
    import json

    try:
        told = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
    return Plan.from_json(told, path.name) if isinstance(told, dict) else None


READERS: dict[str, Callable[[Path], object]] = {
    "settings": config.read,
    "prices-csv": prices.read,
    "prices-toml": prices.read,
    "points": read_points,
    "verdicts": _verdicts,
    "context": context.read,
    "places": own_places,
    "land-classes": surveying._classes,
    "report": comparing._read,
    "frontier": Frontier.read,
    "capture-plan": _plan,
}


@pytest.mark.parametrize("name", [one for one in GOOD if one != "frontier"])
def test_a_spoiled_table_is_read_or_refused_by_name_in_one_line(name: str, tmp_path: Path) -> None:
    file, text = GOOD[name]
    path = tmp_path / file
    path.write_text(text)
    if name != "capture-plan":
        READERS[name](path)
    n_refused = 0
    for how, content in mutations.spoiled(text.encode(), N_SPOILED, random.Random(name)):
        path.write_bytes(content)
        try:
            READERS[name](path)
        except VallumError as error:
            n_refused += 1
            told = str(error)
            assert "\n" not in told, (how, told)
            assert len(told) < 500, (how, told)
            assert file in told, (how, told)
            assert str(tmp_path) not in told, (how, told)
    assert n_refused, "spoiling does not work"


@pytest.mark.parametrize("name", GOOD)
def test_a_spoiled_file_never_becomes_itself(name: str) -> None:
    text = GOOD[name][1].encode()
    for how, content in mutations.spoiled(text, 30, random.Random(name)):
        assert content != text, how


def test_the_same_seed_spoils_the_same_way() -> None:
    text = SETTINGS.encode()
    one, two = (mutations.spoiled(text, 20, random.Random("a")) for _ in range(2))
    assert one == two
    assert one != mutations.spoiled(text, 20, random.Random("b"))
