"""Settings as a page shows them, and changing one of them."""

from __future__ import annotations

import tempfile
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from vallum import config
from vallum.ground.errors import BadSetting
from vallum.project import Project

Value = bool | int | float | str
_FROZEN = frozenset({"", "border"})


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting with its meaning; `default` is None where a value must be given."""

    table: str
    name: str
    value: Value
    default: Value | None
    meaning: str
    unit: str
    type: str
    is_frozen: bool


def settings(values: config.Config) -> list[Setting]:
    """Return every setting with its meaning, in the order of the file."""
    found = []
    for entry in fields(values):
        value = getattr(values, entry.name)
        if is_dataclass(value):
            found += [_setting(entry.name, f, getattr(value, f.name)) for f in fields(value)]
        else:
            found.append(_setting("", entry, value))
    return found


def _setting(table: str, entry: Field[Any], value: Value) -> Setting:
    return Setting(
        table=table,
        name=entry.name,
        value=value,
        default=None if entry.default is MISSING else entry.default,
        meaning=entry.metadata["meaning"],
        unit=entry.metadata["unit"],
        type=type(value).__name__,
        is_frozen=table in _FROZEN,
    )


def change_setting(project: Project, table: str, name: str, value: Value) -> config.Config:
    """Write one setting into `vallum.toml` and return all; open the project again to use them.

    Raises:
        BadSetting: there is no such setting, it cannot be changed any more, or the value makes no
            sense. The file is then as it was.
        StoreLocked: another vallum is at work in the project.
    """
    known_ones = {(s.table, s.name): s for s in settings(project.config)}
    old = known_ones.get((table, name))
    if old is None:
        raise BadSetting(
            f"there is no setting '{name}' in '{table}'; nothing was changed, see the settings page"
        )
    if old.is_frozen:
        raise BadSetting(
            f"{name} was fixed when the project was made; nothing was changed, start a new project "
            "for another border"
        )
    inner = getattr(project.config, table)
    changed = replace(project.config, **{table: replace(inner, **{name: value})})
    with project.alone():
        with tempfile.TemporaryDirectory() as folder:
            # What will be read from the file is what is checked, types and all.
            draft = Path(folder) / config.FILE_NAME
            try:
                config.write(changed, draft)
                again = config.read(draft)
            except (UnicodeError, OverflowError) as error:
                raise BadSetting(f"{table}.{name}: {error}; nothing was changed") from error
        config.write(again, project.root / config.FILE_NAME)
    return again
