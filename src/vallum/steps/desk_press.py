"""The press of the desk: jobs that publish, freeze an edition, and make sheets."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from vallum.ground.errors import BadDate, BadInput
from vallum.steps.desk_publishing import Wanted, folder_of
from vallum.steps.done import Done, Progress
from vallum.steps.home import Home
from vallum.steps.jobs import Job

_LONGEST_WHY = 2000


@dataclass(frozen=True, kw_only=True)
class PublishWish:
    """What to publish; no languages mean those of the settings."""

    level: Wanted = "public"
    languages: tuple[str, ...] = ()
    parquet: bool = False
    overlays: bool = False


@dataclass(frozen=True, kw_only=True)
class FreezeWish:
    """An edition to be given to others; `why` and `correct` are by the name of the number."""

    note: str = ""
    day: str = ""
    why: Mapping[str, str] = field(default_factory=dict)
    correct: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SheetWish:
    """Of which findings to make a sheet each."""

    findings: tuple[str, ...] = ()
    every: bool = False
    kind: str = ""
    km: str = ""
    level: Wanted = "public"
    language: str = ""


@dataclass(kw_only=True)
class Press:
    """What begins a publication at the desk."""

    home: Home

    def publish(self, wish: PublishWish) -> Job:
        """Begin a draft: the report and all its files.

        One for the desk lies apart, so that nobody hands it on for the public one.

        Raises:
            Busy: a job is at work.
        """
        project = self.home.project
        folder = folder_of(project, "desk") if wish.level == "desk" else None

        def work(show: Progress) -> Done:
            from vallum.steps.telling import publish

            return publish(
                project,
                level=wish.level,
                folder=folder,
                show=show,
                languages=wish.languages,
                parquet=wish.parquet,
                overlays=wish.overlays,
            )

        words = [*_language_words(wish.languages)]
        words += ["--level", "desk", "--to", str(folder)] if folder else []
        words += ["--parquet"] if wish.parquet else []
        words += ["--overlays"] if wish.overlays else []
        return self.home.jobs.start("publish", _command("publish", *words), work)

    def freeze(self, wish: FreezeWish) -> Job:
        """Begin an edition that never changes again.

        Raises:
            BadDate: the day is none.
            BadInput: a reason is empty or too long.
            Busy: a job is at work.
        """
        project, day = self.home.project, _day(wish.day)
        why, correct = _reasons(wish.why), _reasons(wish.correct)

        def work(show: Progress) -> Done:
            from vallum.steps.editions import freeze

            return freeze(
                project,
                note=wish.note.strip(),
                day=day,
                why=why,
                correct=correct,
                languages=wish.languages,
                show=show,
            )

        words = ["--edition", *_language_words(wish.languages)]
        words += ["--note", wish.note.strip()] if wish.note.strip() else []
        words += ["--day", day.isoformat()] if day else []
        for option, told in (("--why", why), ("--correct", correct)):
            for name, text in told.items():
                words += [option, f"{name}={text}"]
        return self.home.jobs.start("edition", _command("publish", *words), work)

    def sheets(self, wish: SheetWish) -> Job:
        """Begin to make one page for each of some findings.

        Raises:
            BadInput: none was chosen.
            Busy: a job is at work.
        """
        if not (wish.findings or wish.every or wish.kind or wish.km.strip()):
            raise BadInput("no finding was chosen; nothing was made, choose one or all")
        project = self.home.project

        def work(show: Progress) -> Done:
            from vallum.steps.sheeting import sheet

            return sheet(
                project,
                wish.findings,
                every=wish.every,
                kind=wish.kind,
                km=wish.km.strip(),
                level=wish.level,
                language=wish.language,
                show=show,
            )

        words = ["--all"] if wish.every else list(wish.findings[:3])
        words += ["..."] if len(wish.findings) > 3 and not wish.every else []
        words += ["--kind", wish.kind] if wish.kind else []
        words += ["--km", wish.km.strip()] if wish.km.strip() else []
        words += ["--level", wish.level] if wish.level != "public" else []
        words += ["--language", wish.language] if wish.language else []
        return self.home.jobs.start("sheet", _command("sheet", *words), work)


def _command(verb: str, *words: str) -> str:
    return " ".join(["vallum", verb, *(w if w == "..." else shlex.quote(w) for w in words)])


def _language_words(languages: Sequence[str]) -> list[str]:
    return [word for tag in languages for word in ("--language", tag)]


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadDate("this is no day; no edition was made, write 2026-11-22") from error


def _reasons(told: Mapping[str, str]) -> dict[str, str]:
    """Return reasons on one line each; empty ones are left out."""
    kept = {name: " ".join(text.split()) for name, text in told.items()}
    for name, text in kept.items():
        if len(text) > _LONGEST_WHY:
            raise BadInput(f"{name}: the reason is too long; no edition was made, shorten it")
    return {name: text for name, text in kept.items() if text}
