"""What is new at a border since it was last told: images, kilometres, suggestions, obstacles.

Only public fields go into it, and places no closer than a section: it is made to be mailed to the
desk, and no name of a file, a person or a source is in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vallum.ground.logbook import Cause, cause_of
from vallum.ground.records import Candidate, Comparison, Json, Look, Scene
from vallum.ground.span import Span, Spans
from vallum.project import Project
from vallum.steps.done import km
from vallum.steps.judging import current_candidates, verdicts_in_force

_MOST_STRETCHES = 12
_MOST_IMAGES = 20
_CAUSES = {
    Cause.NO_IMAGE: "no image of one of the dates",
    Cause.NO_OVERLAP: "images that do not overlap",
    Cause.FOOTPRINT: "only footprints, no pixels",
    Cause.CLOUD: "cloud, haze, snow or deep shadow",
    Cause.NOT_ALIGNED: "images that could not be laid on each other",
    Cause.NO_DATE: "images without a usable date",
    Cause.MISSING: "a working copy that is missing",
    Cause.UNREADABLE: "an image that cannot be read",
    Cause.WORKER: "a process that died or took too long",
    Cause.REFUSED: "an image that was refused",
    Cause.OTHER: "another reason, see `vallum status`",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a border stands: what is compared with what was told before.

    Attributes:
        scenes: ids of images.
        compared: metres compared.
        candidates: ids of the suggestions in force.
        blocked: metres that cannot be compared, by cause.
    """

    scenes: frozenset[str] = frozenset()
    compared: Spans = field(default_factory=Spans)
    candidates: frozenset[str] = frozenset()
    blocked: Mapping[str, Spans] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """Return it as plain JSON."""
        return {
            "scenes": [*sorted(self.scenes)],
            "compared": _plain(self.compared),
            "candidates": [*sorted(self.candidates)],
            "blocked": {why: _plain(spans) for why, spans in sorted(self.blocked.items())},
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Standing:
        """Rebuild what `to_json` returned."""
        return cls(
            scenes=frozenset(told["scenes"]),
            compared=_spans(told["compared"]),
            candidates=frozenset(told["candidates"]),
            blocked={why: _spans(parts) for why, parts in told["blocked"].items()},
        )


def _plain(spans: Spans) -> list[Json]:
    return [[part.start_m, part.end_m] for part in spans]


def _spans(parts: Iterable[Sequence[int]]) -> Spans:
    return Spans(Span(*part) for part in parts)


def standing(project: Project) -> Standing:
    """Return how a border stands now."""
    comparisons = project.rows(Comparison)
    compared = Spans(part for c in comparisons if not c.blocked_by for part in c.seen)
    blocked: dict[str, list[Span]] = {}
    for c in comparisons:
        if c.blocked_by and cause_of(c.blocked_by) is not Cause.REPLACED:
            blocked.setdefault(cause_of(c.blocked_by).value, []).append(c.span)
    # What was never looked at has no image that shows it: that is not news when it is looked at.
    asked = Spans(c.span for c in comparisons)
    blocked.setdefault(Cause.NO_IMAGE.value, []).extend(Spans([project.extent]) - asked)
    lost = {why: Spans(spans) - compared for why, spans in blocked.items()}
    return Standing(
        scenes=frozenset(scene.id for scene in project.rows(Scene)),
        compared=compared,
        candidates=frozenset(row.id for row in current_candidates(project)),
        blocked={why: spans for why, spans in lost.items() if spans},
    )


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One telling of what is new.

    Attributes:
        number: 1 for the first.
        at: when the newest of it came, UTC.
        border: name of the project.
        is_simulated: no real place is shown.
        images: each new image in words.
        more: stretches that can be compared now and could not before.
        less: stretches that could be compared before and cannot now.
        candidates: how many suggestions are new, by what they are.
        where: the same by section, in km.
        gone: suggestions that are no longer in force.
        gone_answered: those of them about which people have answered.
        blocked: metres newly kept from being compared, by cause.
        n_left_out: files that could not be used.
        n_open: suggestions that wait for an answer.
        next: what a person should do.
    """

    number: int
    at: datetime
    border: str
    is_simulated: bool = False
    images: tuple[str, ...] = ()
    more: Spans = field(default_factory=Spans)
    less: Spans = field(default_factory=Spans)
    candidates: Mapping[str, int] = field(default_factory=dict)
    where: tuple[tuple[Span, str], ...] = ()
    gone: int = 0
    gone_answered: int = 0
    blocked: Mapping[str, int] = field(default_factory=dict)
    n_left_out: int = 0
    n_open: int = 0
    next: str = ""

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to tell."""
        return not (
            self.images or self.more or self.less or self.candidates or self.gone
            or self.blocked or self.n_left_out
        )  # fmt: skip

    @property
    def name(self) -> str:
        """Name of its files, without ending."""
        return f"{self.at:%Y-%m-%d}-{self.number:04d}"

    @property
    def title(self) -> str:
        """One line: what a subject says."""
        mark = "SIMULATED · " if self.is_simulated else ""
        return f"{mark}{self.border}: {self.headline}"

    @property
    def headline(self) -> str:
        """The most of it, in few words."""
        n = sum(self.candidates.values())
        parts = [
            _many(len(self.images), "new image") if self.images else "",
            f"{km(self.more.length_m)} newly comparable" if self.more else "",
            f"{km(self.less.length_m)} no longer comparable" if self.less else "",
            _many(n, "new suggestion") if n else "",
            f"{self.gone_answered:,} answers no longer count" if self.gone_answered else "",
            _many(self.n_left_out, "file") + " left out" if self.n_left_out else "",
        ]
        return ", ".join(filter(None, parts)) or "changes in what is in force"

    def to_json(self) -> dict[str, Json]:
        """Return it as plain JSON."""
        return {
            "number": self.number,
            "at": self.at.isoformat(timespec="seconds"),
            "title": self.title,
            "images": [*self.images],
            "newly_comparable_m": _plain(self.more),
            "no_longer_comparable_m": _plain(self.less),
            "new_candidates": dict(self.candidates),
            "where": [{"start_m": s.start_m, "end_m": s.end_m, "what": w} for s, w in self.where],
            "gone": self.gone,
            "gone_answered": self.gone_answered,
            "blocked_m": dict(self.blocked),
            "n_left_out": self.n_left_out,
            "n_open": self.n_open,
            "next": self.next,
        }


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def issue(
    project: Project, before: Standing, *, number: int, at: datetime, n_left_out: int = 0
) -> tuple[Issue, Standing]:
    """Return what is new since `before`, and how the border stands now.

    Args:
        project: the border.
        before: how it stood when news were last told.
        number: of this telling.
        at: when the newest of it came, UTC.
        n_left_out: files that could not be used, and were not told of before.
    """
    now = standing(project)
    new = now.candidates - before.candidates
    gone = before.candidates - now.candidates
    answered = {verdict.about for verdict in verdicts_in_force(project)}
    added = list(project.store.latest(Candidate, *sorted(new))) if new else []
    blocked = {
        why: (spans - before.blocked.get(why, Spans())).length_m
        for why, spans in sorted(now.blocked.items())
    }
    n_open = len(now.candidates - answered)
    return (
        Issue(
            number=number,
            at=at,
            border=project.config.name,
            is_simulated=project.config.is_simulated,
            images=tuple(_images(project, now.scenes - before.scenes)),
            more=now.compared - before.compared,
            less=before.compared - now.compared,
            candidates=dict(sorted(Counter(map(_what, added)).items())),
            where=tuple(_where(project, added)),
            gone=len(gone),
            gone_answered=len(gone & answered),
            blocked={why: length_m for why, length_m in blocked.items() if length_m},
            n_left_out=n_left_out,
            n_open=n_open,
            next=_next(n_open=n_open, n_left_out=n_left_out, n_gone=len(gone & answered)),
        ),
        now,
    )


def _what(row: Candidate) -> str:
    return f"{row.category.value.replace('_', ' ')}, {row.change.value}"


def _images(project: Project, new: frozenset[str]) -> list[str]:
    seen: dict[str, Spans] = {}
    for look in project.rows(Look):
        if look.scene in new:
            seen[look.scene] = seen.get(look.scene, Spans()) | look.seen
    scenes = project.store.latest(Scene, *sorted(new)) if new else []
    told = []
    for scene in sorted(scenes, key=lambda one: (one.taken, one.id)):
        shows = seen.get(scene.id, Spans())
        what = f"shows {km(shows.length_m)}" if shows else "shows nothing of the corridor"
        told.append(f"{scene.sensor or 'image'} {scene.taken}, {scene.gsd_m:.3g} m: {what}")
    return told


def _where(project: Project, added: Sequence[Candidate]) -> list[tuple[Span, str]]:
    """Return what is new in each section, along the line."""
    here: dict[Span, Counter[str]] = {}
    sections = [one.span for one in project.sections]
    starts = [span.start_m for span in sections]
    for row in added:
        span = sections[max(0, bisect_right(starts, row.span.middle_m) - 1)]
        here.setdefault(span, Counter())[_what(row)] += 1
    return [
        (span, "; ".join(f"{n} {what}" for what, n in sorted(counts.items())))
        for span, counts in sorted(here.items())
    ]


def _next(*, n_open: int, n_left_out: int, n_gone: int) -> str:
    if n_open:
        return f"look at {_many(n_open, 'suggestion')}: vallum open"
    if n_left_out:
        return "see which files were left out: vallum watch said so; fetch them again"
    if n_gone:
        return "see what became of the answers that no longer count: vallum status"
    return "nothing has to be looked at: vallum run writes the numbers and the report anew"


def in_words(one: Issue) -> list[str]:
    """Return the news as lines of plain text."""
    told = [one.title, ""]
    told += ["For the desk: suggestions of a machine that nobody has checked yet.", ""]
    if one.images:
        told += ["New images", *(f"  {text}" for text in one.images[:_MOST_IMAGES])]
        told += [*_rest(len(one.images), _MOST_IMAGES), ""]
    for head, spans in (("Newly comparable", one.more), ("No longer comparable", one.less)):
        if spans:
            told += [f"{head}: {km(spans.length_m)}"]
            told += [f"  {part}" for part in spans.parts[:_MOST_STRETCHES]]
            told += [*_rest(len(spans), _MOST_STRETCHES), ""]
    if one.candidates:
        told += ["New suggestions", *(f"  {n:,} {what}" for what, n in one.candidates.items())]
        told += ["where", *(f"  {span}: {what}" for span, what in one.where[:_MOST_STRETCHES])]
        told += [*_rest(len(one.where), _MOST_STRETCHES), ""]
    if one.gone:
        told += [
            f"{_many(one.gone, 'suggestion')} no longer in force: better images, or a change of "
            f"settings; people have answered about {one.gone_answered:,} of them",
            "",
        ]
    if one.blocked:
        told += ["Newly kept from being compared", *_blocked(one.blocked), ""]
    if one.n_left_out:
        told += [
            f"{_many(one.n_left_out, 'file')} could not be used; `vallum watch` says which",
            "",
        ]
    told += [f"{one.n_open:,} suggestions wait for an answer in all.", f"Next: {one.next}"]
    return told


def _blocked(blocked: Mapping[str, int]) -> list[str]:
    return [f"  {km(length_m)}: {_CAUSES[Cause(why)]}" for why, length_m in blocked.items()]


def _rest(n: int, most: int) -> list[str]:
    return [f"  and {n - most:,} more"] if n > most else []
