"""How long browsers stay signed in: what ends a session, what ends a link, who was here lately.

A session ends when the browser asked nothing for `[desk] session_hours`, and `session_days` after
it began whatever it asked. When it began is in the ledger; when it last asked is in memory alone,
for that would be a diary of people's days. After a restart nobody knows it, so the newest row that
the person wrote, or the day the key was given, stands in its place: a restart may sign somebody
out who only read, and never keeps anybody in who should be out.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from vallum.ground.records import Analyst
from vallum.project import Project
from vallum.steps.desk_mirror import Mirror

ENDED = "ended"
"""In place of a key's hash, when the session was ended; no key has it."""

_KEY_BYTES = 32
_AHEAD = timedelta(days=1)
"""So far clocks may differ; a key given later than that would never end, and was not given here."""

_NOW = timedelta(minutes=10)
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)

LastSeen = Literal["never", "now", "day", "week", "earlier"]
"""As coarse as the keeper needs it: whether a session may be forgotten somewhere."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Sessions:
    """Browsers that are signed in; lasts as long as the server.

    Attributes:
        keys: of the person at this computer, hashed.
        used: when each key of an invited person last asked for something, by its hash. Only keys
            that are known are noted, so it holds no more than there are people.
        now: the clock.
    """

    keys: set[str] = field(default_factory=set)
    used: dict[str, datetime] = field(default_factory=dict)
    now: Callable[[], datetime] = _utc_now
    _begun: dict[tuple[str, str], datetime] = field(default_factory=dict, repr=False)

    def carry_on(self, older: Sessions) -> None:
        """Remember what another desk over the same project knew."""
        self.used |= older.used

    def begun(self, project: Project, row: Analyst, name: Literal["key", "invite"]) -> datetime:
        """Return when a key or a link was given; of older rows, when the ledger first held it."""
        given: datetime | None = getattr(row, f"{name}_given")
        mark: str = getattr(row, f"{name}_sha256")
        if given is not None:
            return given
        known = (row.id, mark)
        if known not in self._begun:
            first = next(
                entry.at
                for entry in project.store.history(row.id)
                if getattr(entry.row(), f"{name}_sha256") == mark
            )
            self._begun[known] = datetime.fromisoformat(first)
        return self._begun[known]


def hashed(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def new_key() -> str:
    """Return a key that nobody can guess."""
    return secrets.token_urlsafe(_KEY_BYTES)


def is_same(mark: str, other: str) -> bool:
    """Say whether two hashes are one, in a time that does not tell how much of them agrees."""
    return secrets.compare_digest(mark.encode(), other.encode())


# -- when it ends --------------------------------------------------------------------------------


def is_signed_in(mirror: Mirror, sessions: Sessions, row: Analyst) -> bool:
    """Say whether a person's browser may still come in."""
    if not row.is_active or not row.key_sha256 or row.key_sha256 == ENDED:
        return False
    limits, now = mirror.project.config.desk, sessions.now()
    begun = sessions.begun(mirror.project, row, "key")
    if begun - now > _AHEAD or now - begun > timedelta(days=limits.session_days):
        return False
    return now - _last_use(mirror, sessions, row) <= timedelta(hours=limits.session_hours)


def is_link_over(mirror: Mirror, sessions: Sessions, row: Analyst) -> bool:
    """Say whether a link that nobody used has ended."""
    begun, now = sessions.begun(mirror.project, row, "invite"), sessions.now()
    return begun - now > _AHEAD or now - begun > timedelta(
        days=mirror.project.config.desk.invite_days
    )


def _last_use(mirror: Mirror, sessions: Sessions, row: Analyst) -> datetime:
    known = sessions.used.get(row.key_sha256)
    if known is not None:
        return known
    begun = sessions.begun(mirror.project, row, "key")
    acted = mirror.acted.get(row.name.casefold())
    return begun if acted is None else max(begun, datetime.fromisoformat(acted))


def last_seen(mirror: Mirror, sessions: Sessions, row: Analyst) -> LastSeen:
    """Return roughly when a person's browser last asked for something."""
    if not row.key_sha256 or row.key_sha256 == ENDED:
        return "never"
    ago = sessions.now() - _last_use(mirror, sessions, row)
    steps: tuple[tuple[timedelta, LastSeen], ...] = ((_NOW, "now"), (_DAY, "day"), (_WEEK, "week"))
    return next((word for longest, word in steps if ago <= longest), "earlier")


def ended(row: Analyst) -> Analyst:
    """Return the row of a person whose session and unused link are over."""
    return replace(row, key_sha256=ENDED, invite_sha256="", key_given=None, invite_given=None)
