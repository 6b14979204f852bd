"""Settings are read strictly, and errors say where and what to do."""

from dataclasses import replace
from pathlib import Path

import pytest

from vallum import config
from vallum.ground.errors import BadSetting


@pytest.fixture
def settings() -> config.Config:
    return config.Config(
        name='tumen "north" 두만',
        border=config.Border(frontier="prk-north", start_m=0, end_m=5000, left_m=500, right_m=0),
        dates=config.Dates(before="2019", after="2022..2023"),
    )


def test_what_is_written_is_read_back(settings: config.Config, tmp_path: Path) -> None:
    path = tmp_path / "vallum.toml"
    config.write(settings, path)
    assert config.read(path) == settings
    assert config.read(path).sha256 == settings.sha256


def test_every_setting_is_explained_in_the_file(settings: config.Config, tmp_path: Path) -> None:
    path = tmp_path / "vallum.toml"
    config.write(settings, path)
    for line in path.read_text().splitlines():
        if "=" in line:
            assert "#" in line, line


def edited(settings: config.Config, tmp_path: Path, old: str, new: str) -> Path:
    path = tmp_path / "vallum.toml"
    config.write(settings, path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("section_m = 2000", "section_m = 0", "section_m is 0"),
        ("section_m = 2000", 'section_m = "long"', "must be of type int"),
        ("section_m = 2000", "secton_m = 2000", "did you mean 'section_m'"),
        ("section_m = 2000", "section_m = = 3", "at line 1[0-9], column"),
        ("left_m = 500", "left_m = -5", "must not be negative"),
        ("left_m = 500", "left_m = 0", r"left_m \+ right_m"),
        ('before = "2019"', 'before = "2024"', "swap them"),
        ("min_clear_share = 0.9", "min_clear_share = 1.5", "min_clear_share"),
        ("[dates]", "[epochs]", "unknown setting 'epochs'"),
    ],
)
def test_a_wrong_setting_says_what_to_do(
    settings: config.Config, tmp_path: Path, old: str, new: str, says: str
) -> None:
    with pytest.raises(BadSetting, match=says):
        config.read(edited(settings, tmp_path, old, new))


def test_a_missing_setting_is_named(settings: config.Config, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="'after' is missing"):
        config.read(edited(settings, tmp_path, "after = ", "#after = "))


def test_a_wrong_date_is_told_with_examples(settings: config.Config, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"^vallum\.toml: dates: 'spring' is no date.*FROM\.\.TO"):
        config.read(edited(settings, tmp_path, 'before = "2019"', 'before = "spring"'))


def test_whole_numbers_may_stand_for_decimals(settings: config.Config, tmp_path: Path) -> None:
    path = edited(settings, tmp_path, "min_length_m = 10.0", "min_length_m = 20")
    assert config.read(path).detect.min_length_m == 20.0


def test_a_changed_setting_changes_the_hash(settings: config.Config) -> None:
    assert replace(settings, is_simulated=True).sha256 != settings.sha256
