"""`status` and `runs`: what a project holds, what is due, what is blocked, and what ran when."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime

from vallum import __version__, config
from vallum.ground.records import (
    SCHEMA_VERSION,
    Comparison,
    Estimate,
    Finding,
    Fit,
    Json,
    Look,
    Run,
    Scene,
)
from vallum.ground.span import Spans
from vallum.project import Project
from vallum.steps.done import Done, km
from vallum.steps.due import due, due_steps
from vallum.steps.judging import current_candidates, verdicts_in_force
from vallum.steps.past import PastRun, past, sections_of
from vallum.steps.trusting import calibration
from vallum.steps.vaulting import drill_due

_MOST_REASONS = 8
_MOST_RUNS = 200


def status(project: Project) -> Done:
    """Return what the project holds, what is due, and what is blocked and why.

    The keys of `facts` are described in `docs/how-to/watch-a-desk.md`; they stay.
    """
    rows = {cls.kind(): project.rows(cls) for cls in (Scene, Look, Fit, Comparison, Finding)} | {
        "Verdict": verdicts_in_force(project)
    }
    n_candidates = len(current_candidates(project))
    comparisons = project.rows(Comparison)
    reasons = Counter(c.blocked_by for c in comparisons if c.blocked_by)
    seq, head = project.store.head()
    drill = drill_due(project, datetime.now(UTC).date())
    facts: dict[str, Json] = {kind.lower() + "s": len(found) for kind, found in rows.items()}
    facts |= {
        "candidates": n_candidates,
        "ledger_rows": seq,
        "ledger_head": head,
        "extent_m": project.extent.length_m,
        "blocked": dict(reasons),
        "blocked_m": _blocked_m(comparisons),
        "due": due_steps(project),
        "drill_due": drill,
    }
    facts |= _kept(project)
    lines = [
        *_about(project),
        f"{len(rows['Scene']):,} images, {len(rows['Look']):,} looks, "
        f"{len(rows['Fit']):,} alignments, {len(rows['Comparison']):,} comparisons",
        f"{n_candidates:,} candidates, {len(rows['Verdict']):,} verdicts, "
        f"{len(rows['Finding']):,} findings",
        *_numbers(project),
        *(f"blocked: {n} x {why}" for why, n in reasons.most_common(_MOST_REASONS)),
    ]
    known = calibration(project) if rows["Comparison"] else None
    if known is not None and known.rate is not None:
        low, high = known.rate.interval(known.rate.floor)
        lines.append(
            f"false lines: about {known.rate.per_km(known.rate.floor):.2f} per km of border "
            f"({low:.2f} to {high:.2f}), from {known.rate.n:,} marked as removed"
        )
        facts["calibration"] = known.facts
    lines += [drill] if drill else []
    lines += config.retired(project.root / config.FILE_NAME)
    lines.append(f"ledger: {seq:,} rows, head {head[:16]}")
    then = due(
        project,
        n_scenes=len(rows["Scene"]),
        n_comparisons=len(comparisons),
        n_candidates=n_candidates,
        n_verdicts=len(rows["Verdict"]),
        n_findings=len(rows["Finding"]),
    )
    return Done(step="status", lines=tuple(lines), facts=facts, next=then)


def _about(project: Project) -> list[str]:
    dates, border = project.config.dates, project.config.border
    mark = "SIMULATED · " if project.config.is_simulated else ""
    return [
        f"{mark}{project.config.name}: {project.frontier}",
        f"measured: {project.extent}, {km(project.extent.length_m)}; corridor "
        f"{border.left_m} m left, {border.right_m} m right",
        f"before {dates.before_when}, after {dates.after_when}",
    ]


def _numbers(project: Project) -> list[str]:
    return [
        f"  {e.name} = {e.value:,.3f} {e.unit} ({e.wording})"
        for e in project.rows(Estimate)
        if e.name.startswith("border_km")
    ]


def _blocked_m(comparisons: list[Comparison]) -> dict[str, Json]:
    """Return the metres of border that each reason keeps from being compared."""
    seen = Spans(part for c in comparisons if not c.blocked_by for part in c.seen)
    spans: dict[str, Spans] = {}
    for c in comparisons:
        if c.blocked_by:
            spans[c.blocked_by] = Spans([*spans.get(c.blocked_by, Spans()), c.span])
    lost = {why: (there - seen).length_m for why, there in sorted(spans.items())}
    return {why: length_m for why, length_m in lost.items() if length_m}


def _kept(project: Project) -> dict[str, Json]:
    """Return what is told of the rows' keeping: store, backup, last runs, protection, room."""
    from vallum.ground import foreign
    from vallum.steps.backing import last_backup

    backup = last_backup(project)
    protection = foreign.protection()
    newest: dict[str, PastRun] = {}
    for one in past(project, last=_MOST_RUNS):
        newest.setdefault(one.step, one)
    return {
        "version": __version__,
        "schema": SCHEMA_VERSION,
        "store": {"kind": project.store.kind},
        "backup": None
        if backup is None
        else {"at": backup["at"], "rows": backup["rows"], "days": _days_since(backup["at"])},
        "last_runs": {
            step: {
                "run": one.run,
                "at": one.at.isoformat(timespec="seconds"),
                "seconds": None if one.seconds is None else round(one.seconds, 1),
                "n_added": one.n_added,
                "how": one.how,
                "error": one.error,
            }
            for step, one in sorted(newest.items())
        },
        "protection": {
            "network": protection.network,
            "files": protection.files,
            "programs": protection.programs,
            "limits": protection.limits,
            "landlock_abi": protection.landlock_abi,
            "why_not": list(protection.why_not),
        },
        "disk_free_bytes": shutil.disk_usage(project.root).free,
    }


def _days_since(at: str) -> float | None:
    try:
        return round((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds() / 86_400, 2)
    except (ValueError, TypeError):
        return None


def blocked_sections(project: Project) -> tuple[int, ...]:
    """Return the numbers of the sections of which no pair could be compared."""
    comparisons = project.rows(Comparison)
    open_ = {c.span for c in comparisons if not c.blocked_by}
    return sections_of(project, Spans(c.span for c in comparisons if c.span not in open_))


# -- runs ---------------------------------------------------------------------------------------


def runs(project: Project, *, last: int = 50) -> Done:
    """Return the newest runs: step, when, how long, what it added, what was blocked, how it ended.

    Args:
        project: whose past.
        last: how many.
    """
    found = past(project, last=last)
    return Done(
        step="runs",
        lines=tuple(_line(one) for one in found) or ("nothing ran here yet",),
        facts={
            "runs": [one.as_json() for one in found],
            "n_runs_in_ledger": len(project.rows(Run)),
        },
        next="vallum status",
    )


def _line(one: PastRun) -> str:
    took = "" if one.seconds is None else f" {_took(one.seconds)}"
    added = ", ".join(f"{n:,} {kind}" for kind, n in one.kinds.items()) or (
        f"{one.n_added:,} rows" if one.n_added else "nothing new"
    )
    lost = sum(part.length_m for part in one.blocked)
    blocked = f"; {km(lost)} blocked: {', '.join(p.why for p in one.blocked)}" if lost else ""
    ended = "" if one.how == "done" else f"; {one.how}{f' ({one.error})' if one.error else ''}"
    return f"{one.at:%Y-%m-%d %H:%M}Z {one.step:12}{took:>9}  {added}{blocked}{ended}"


def _took(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6_000 else f"{seconds / 3600:.1f} h"
