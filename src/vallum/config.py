"""`vallum.toml` -> frozen dataclasses. Every setting is declared with its meaning and unit."""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
import typing
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from vallum.ground.errors import BadDate, BadSetting
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.ground.whole import write_whole

FILE_NAME = "vallum.toml"
RETIRED = {
    "detect.line_threshold": "how many false lines to put up with is said by false_lines_per_km",
    "detect.post_threshold": "how many false posts to put up with is said by false_posts_per_km",
}
"""Settings of older projects that do nothing any more, and what came in their place."""


def setting(meaning: str, default: Any = MISSING, *, unit: str = "") -> Any:
    """Declare a setting with its meaning, default and unit."""
    notes = {"meaning": meaning, "unit": unit}
    return field(metadata=notes) if default is MISSING else field(default=default, metadata=notes)


@dataclass(frozen=True, kw_only=True)
class Border:
    """Which stretch is measured, and how far to each side."""

    frontier: str = setting("packaged line it was made from, or the name of the file")
    start_m: int = setting("chainage where the project begins", unit="m")
    end_m: int = setting("chainage where the project ends", unit="m")
    left_m: int = setting("width of the corridor left of increasing chainage", unit="m")
    right_m: int = setting("width of the corridor right of increasing chainage", unit="m")
    section_m: int = setting("length of one unit of work", 2000, unit="m")

    @property
    def extent(self) -> Span:
        """The stretch of frontier that the project is about."""
        return Span(self.start_m, self.end_m)


@dataclass(frozen=True, kw_only=True)
class Dates:
    """The two epochs that are compared."""

    before: str = setting("when 'before' images were taken: 2019, 2019-03, or FROM..TO")
    after: str = setting("when 'after' images were taken")

    @property
    def before_when(self) -> When:
        """The earlier epoch."""
        return When.parse(self.before)

    @property
    def after_when(self) -> When:
        """The later epoch."""
        return When.parse(self.after)


@dataclass(frozen=True, kw_only=True)
class Cover:
    """When a metre of frontier counts as seen."""

    min_clear_share: float = setting(
        "share of the corridor's width that must be valid and clear for a metre to be seen", 0.9
    )
    mask_clouds: bool = setting("look for cloud, haze, snow and deep shadow", True)


@dataclass(frozen=True, kw_only=True)
class Align:
    """When two images count as lying on each other."""

    search_px: int = setting("largest shift looked for", 48, unit="px")
    max_rmse_px: float = setting("largest disagreement of the tiles that agree", 1.0, unit="px")


@dataclass(frozen=True, kw_only=True)
class Detect:
    """What the machine suggests."""

    min_length_m: float = setting("shortest line kept", 10.0, unit="m")
    false_lines_per_km: float = setting(
        "false lines that may be suggested per km of a corridor 32 m to each side, as measured on "
        "the benchmark's dev half",
        1.0,
        unit="1/km",
    )
    false_posts_per_km: float = setting("the same for posts", 2.0, unit="1/km")
    max_per_km: int = setting("most candidates kept per kilometre, strongest first", 200)


@dataclass(frozen=True, kw_only=True)
class Review:
    """How verdicts become findings."""

    n_agree: int = setting("analysts that must agree", 2)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What is assumed where nothing was seen."""

    missing_at_random: bool = setting(
        "print also how much border has changed if what was not seen is like what was; an "
        "assumption, in rows of its own",
        False,
    )


@dataclass(frozen=True, kw_only=True)
class Publish:
    """What is shown."""

    n_chips: int = setting("before/after pictures in the report, strongest first", 12)
    desk: str = setting("who publishes; printed in the report", "")
    languages: str = setting("languages of the report, the main one first: en, ko, zh-Hans", "en")
    n_accepts: int = setting("people who must have said yes before a finding is published", 2)
    authors: str = setting("who is cited, separated by semicolons; the desk if empty", "")
    licence: str = setting("licence of the publication itself, as an SPDX name", "")
    doi: str = setting("its DOI, if one was reserved", "")
    url: str = setting("where it will stand", "")
    contact: str = setting("where readers report mistakes: a desk's address, not a person's", "")


@dataclass(frozen=True, kw_only=True)
class Vaulted:
    """Where originals and identities are locked away."""

    folder: str = setting("folder of the vault, outside the project; empty while there is none", "")


@dataclass(frozen=True, kw_only=True)
class Released:
    """How coarsely claims are told to the public."""

    cell_m: int = setting("length of a border cell, the finest place that is told", 5000, unit="m")


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """Which servers may be asked for images."""

    private_hosts: str = setting(
        "names of servers inside your own network that may be asked as well, with commas between "
        "them, like stac.desk.example:8080; public servers need no entry",
        "",
    )


@dataclass(frozen=True, kw_only=True)
class Cueing:
    """Where free wide-area images say to look next."""

    cell_m: int = setting("length of a stretch that is ranked", 1000, unit="m")
    reach_m: int = setting("how far to each side of the line the series is read", 500, unit="m")
    false_per_100km: float = setting(
        "stretches that may be named wrongly per 100 km, as measured on simulated series",
        5.0,
        unit="1/100 km",
    )


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Where the rows of the project are kept."""

    database: str = setting(
        "PostgreSQL database that many people share, postgresql://USER@HOST/NAME without a "
        "password; empty for the file project.db",
        "",
    )


@dataclass(frozen=True, kw_only=True)
class Desked:
    """How long people stay signed in at the desk."""

    session_hours: int = setting("a browser that asks nothing this long is signed out", 72)
    session_days: int = setting("every browser is signed out after this", 30)
    invite_days: int = setting("a link that nobody used ends after this", 7)


@dataclass(frozen=True, kw_only=True)
class Config:
    """All settings of one project."""

    name: str = setting("name of the project")
    is_simulated: bool = setting("made by a program; every output says SIMULATED", False)
    border: Border = setting("the line and its corridor")
    dates: Dates = setting("the epochs")
    cover: Cover = setting("coverage", Cover())
    align: Align = setting("alignment", Align())
    detect: Detect = setting("detection", Detect())
    review: Review = setting("review", Review())
    measure: Measure = setting("measurement", Measure())
    publish: Publish = setting("publication", Publish())
    vault: Vaulted = setting("the vault", Vaulted())
    release: Released = setting("what is told of claims", Released())
    fetch: Fetch = setting("catalogues on the network", Fetch())
    cue: Cueing = setting("where to look next", Cueing())
    store: Stored = setting("the database", Stored())
    desk: Desked = setting("the desk", Desked())

    @property
    def sha256(self) -> str:
        """Hash of all settings."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def read(path: Path) -> Config:
    """Return the settings in `path`.

    Raises:
        BadSetting: the file is no TOML (with line and column), a name is unknown (with the
            nearest known one), a value is of the wrong type or out of range, a date is none.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(
            f"{path.name}: {error}; nothing was changed, correct it and retry"
        ) from error
    except UnicodeDecodeError as error:
        raise BadSetting(f"{path.name} is not UTF-8 text; save it as UTF-8 and retry") from error
    except RecursionError as error:
        raise BadSetting(
            f"{path.name}: is nested deeper than any settings are; nothing was changed, put the "
            "file back from a backup, and be wary of a folder that somebody sent you"
        ) from error
    settings: Config = _build(Config, table, path.name)
    try:
        return checked(settings)
    except BadDate as error:
        raise BadSetting(f"{path.name}: dates: {error}; nothing was changed") from error
    except BadSetting as error:
        raise BadSetting(f"{path.name}: {error}; nothing was changed") from error


def retired(path: Path) -> list[str]:
    """Return a line for each setting in `path` that does nothing any more; none where it is gone.

    Such a setting is no mistake of anybody's: an older vallum wrote it.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    return [
        f"{path.name}: {name} does nothing any more: {why}; the line may be removed"
        for name, why in RETIRED.items()
        if isinstance(part := table.get(name.partition(".")[0]), dict)
        and name.partition(".")[2] in part
    ]


def checked(config: Config) -> Config:
    """Return `config` if its values make sense together.

    Raises:
        BadSetting: a number is out of range, or the epochs overlap or are swapped.
    """
    border = config.border
    if border.left_m < 0 or border.right_m < 0 or border.start_m < 0:
        raise BadSetting("border.left_m, right_m and start_m must not be negative")
    positive = {
        "border.left_m + right_m": border.left_m + border.right_m,
        "border.end_m - start_m": border.end_m - border.start_m,
        "border.section_m": border.section_m,
        "review.n_agree": config.review.n_agree,
        "detect.max_per_km": config.detect.max_per_km,
        "detect.false_lines_per_km": config.detect.false_lines_per_km,
        "detect.false_posts_per_km": config.detect.false_posts_per_km,
        "release.cell_m - 4999": config.release.cell_m - 4999,
        "cue.cell_m - 99": config.cue.cell_m - 99,
        "cue.reach_m - 49": config.cue.reach_m - 49,
        "cue.false_per_100km": config.cue.false_per_100km,
        "desk.session_hours": config.desk.session_hours,
        "desk.session_days": config.desk.session_days,
        "desk.invite_days": config.desk.invite_days,
    }
    for name, value in positive.items():
        if value <= 0:
            raise BadSetting(f"{name} is {value}; it must be above 0")
    if not 0 < config.cover.min_clear_share <= 1:
        raise BadSetting("cover.min_clear_share must lie above 0 and not above 1")
    before, after = config.dates.before_when, config.dates.after_when
    if not before.is_before(after):
        raise BadSetting(
            f"dates: before ({before}) must end earlier than after ({after}) begins; "
            "swap them or make them narrower"
        )
    return config


def _build(cls: Any, table: dict[str, Any], where: str) -> Any:
    known = {entry.name: entry for entry in fields(cls)}
    types = typing.get_type_hints(cls)
    values = {}
    for name, value in table.items():
        if f"{where.split()[-1]}.{name}" in RETIRED:
            continue
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
            raise BadSetting(f"{where}: unknown setting '{name[:60]}'; {hint}")
        values[name] = _value(types[name], value, f"{where}: {name}")
    missing = [
        name for name, entry in known.items() if name not in values and entry.default is MISSING
    ]
    if missing:
        raise BadSetting(f"{where}: '{missing[0]}' is missing; add it")
    return cls(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    if is_dataclass(hint):
        if not isinstance(value, dict):
            raise BadSetting(f"{where} must be a table, like [{where.split()[-1]}]")
        return _build(hint, value, where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise BadSetting(f"{where} is {value!r}; it must be of type {hint.__name__}")
    return value


def write(config: Config, path: Path) -> None:
    """Write `config` with the meaning of every setting beside it; whole or not at all."""
    lines = [f"# Settings of the vallum project '{config.name}'.", ""]
    tables = []
    for entry in fields(config):
        value = getattr(config, entry.name)
        if is_dataclass(value):
            tables.append((entry, value))
        else:
            lines += _lines(entry, value)
    for entry, table in tables:
        lines += ["", f"[{entry.name}]  # {entry.metadata['meaning']}"]
        for inner in fields(table):
            lines += _lines(inner, getattr(table, inner.name))
    write_whole(path, ("\n".join(lines) + "\n").encode())


def _lines(entry: Any, value: Any) -> list[str]:
    unit = f" [{entry.metadata['unit']}]" if entry.metadata["unit"] else ""
    plain = json.dumps(value, ensure_ascii=False)
    return [f"{entry.name} = {plain}  # {entry.metadata['meaning']}{unit}"]


__all__ = [
    "Align",
    "Border",
    "Config",
    "Cover",
    "Cueing",
    "Dates",
    "Desked",
    "Detect",
    "Fetch",
    "Publish",
    "Released",
    "Review",
    "Stored",
    "Vaulted",
    "checked",
    "read",
    "replace",
    "write",
]
