"""A SIMULATED project over a whole packaged border: all rows, hardly a pixel, made in seconds.

The line is the packaged `prk-north` from end to end: 1,384 km at its 1 m tolerance (others publish
1,418 km for the same border). Nothing on it is real but the line and its names: what stands where,
who saw it and when is drawn by chance from `seed`, so the same call makes the same rows.

    python tests/whole_border.py FOLDER          # 20,000 candidates, of which 7,000 are posts
    python tests/whole_border.py FOLDER --n 2000 # a tenth of it
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_bounds
from shapely.geometry import LineString, Point

from vallum import config
from vallum.frontier import Frontier, Section
from vallum.ground.kinds import Answer, Change, Kind, Reason, Seen
from vallum.ground.records import (
    Candidate,
    Comparison,
    Fit,
    Look,
    Row,
    Scene,
    Sighting,
    Verdict,
)
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.project import Project, create

LINE = "prk-north"
N, POSTS_SHARE = 20_000, 0.35
IMAGE = "imagery/simulated.tif"
"""All images share these pixels: a few, grey, over the whole border."""

MADE_WITH = hashlib.sha256(b"SIMULATED").hexdigest()
BLOCK_M = 20_000
"""Border that one order of images covers."""

ANALYSTS = ("analyst one", "analyst two", "analyst three", "analyst four")
EPOCHS = (
    ("2019-03-14", "2019-04-02", "2019-05-20"),
    ("2022-03-30", "2022-04-09", "2022-05-01"),
    ("2020-04-18", "2021-04-25"),
)
"""Days before, after and between; each block shifts them by some days."""

_LINES = (Kind.FENCE, Kind.DOUBLE_FENCE, Kind.WALL, Kind.PATROL_ROAD, Kind.CLEARED_STRIP)
_LINE_SHARES = (0.52, 0.14, 0.08, 0.14, 0.12)
_POSTS = (Kind.GUARD_POST, Kind.WATCHTOWER, Kind.BUILDING)
_POST_SHARES = (0.72, 0.2, 0.08)
_CHANGES = (Change.NEW, Change.UPGRADED, Change.EXTENDED, Change.REPLACED, Change.REMOVED)
_CHANGE_SHARES = (0.74, 0.1, 0.06, 0.03, 0.07)
_REASONS = (Reason.SHADOW, Reason.SEASON, Reason.CROP, Reason.MISALIGNED)
_START = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)
_GAP_SHARE = 0.12


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much of it is made.

    Attributes:
        n: candidates; 35 % of them are posts.
        km: of border from its beginning; all of it if 0.
        answered: share of the candidates that somebody answered.
        seed: of everything drawn.
        is_settled: whether findings are settled and numbers measured from the verdicts.
    """

    n: int = N
    km: int = 0
    answered: float = 0.7
    seed: int = 10
    is_settled: bool = True

    @property
    def name(self) -> str:
        """Folder of this size among others."""
        return f"whole-{self.n}-{self.km}-{self.answered:g}-{self.seed}-{int(self.is_settled)}"


def tenth(**more: object) -> Size:
    """A tenth of everything on a tenth of the border."""
    return Size(**({"n": N // 10, "km": 140} | more))


def make(folder: Path, size: Size | None = None) -> Path:
    """Return the root of the project of one size in `folder`; made once, and whole or not at all."""
    size = size or Size()
    root = folder / size.name
    if (root / config.FILE_NAME).is_file():
        return root
    draft = folder / f".{size.name}.part"
    shutil.rmtree(draft, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    with written(draft, size) as project:
        if size.is_settled:
            from vallum import steps

            steps.settle(project)
            steps.measure(project)
    draft.rename(root)
    return root


def written(root: Path, size: Size) -> Project:
    """Write the project with its verdicts; nothing is settled yet."""
    line = Frontier.packaged(LINE)
    settings = config.Config(
        name="whole border", is_simulated=True,
        border=config.Border(
            frontier=LINE, start_m=0, end_m=min(size.km * 1000 or line.length_m, line.length_m),
            left_m=1000, right_m=1000,
        ),
        dates=config.Dates(before="2019", after="2022"),
        publish=config.Publish(n_accepts=1),  # where two differed, one yes and a final word stand
    )  # fmt: skip
    project = create(root, settings, line)
    _paint(root / IMAGE, line)
    random = np.random.default_rng(size.seed)
    scenes = scenes_of(project, random)
    looks, fits = looks_of(project, scenes, random)
    pairs = pairs_of(project, looks, fits, random)
    found = candidates(project, size.n, pairs, random)
    _add(project, "add", [scene for block in scenes for scene in block])
    _add(project, "cover", [look for here in looks.values() for look in here])
    _add(project, "align", fits)
    _add(project, "detect", [*found, *listing(pairs, found)])
    _add(project, "sight", list(sightings(found, scenes, random)))
    _add(project, "review", list(verdicts(found, size.answered, random)))
    return project


def _paint(path: Path, line: Frontier) -> None:
    """Write one small image over the whole line, EPSG:4326."""
    west, south, east, north = line.line.buffer(0.1).bounds
    size = 64
    place = from_bounds(west, south, east, north, size, size)
    grey = np.random.default_rng(1).integers(60, 180, (3, size, size), dtype=np.uint8)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=size,
        height=size,
        count=3,
        dtype="uint8",
        crs="EPSG:4326",
        transform=place,
    ) as target:
        target.write(grey)


def _add(project: Project, step: str, rows: Sequence[Row]) -> None:
    """Put rows on disk in one transaction; the first alone, which opens the run."""
    if rows:
        with project.run(step, by="simulated") as work:
            work.add(rows[0])
            work.add_all(rows[1:])


# -- images -----------------------------------------------------------------------------------


def scenes_of(project: Project, random: np.random.Generator) -> list[list[Scene]]:
    """Return the images of each block, footprints only: before, after, between."""
    blocks = []
    extent = project.extent
    for number, start in enumerate(range(extent.start_m, extent.end_m, BLOCK_M)):
        span = Span(max(0, start - 2000), min(extent.end_m, start + BLOCK_M + 2000))
        hull = project.frontier.line_of(span).simplify(1e-3).buffer(0.03).envelope
        days = [day for epoch in EPOCHS for day in epoch]
        blocks.append(
            [
                Scene(
                    sha256=_hash(number, day), name=f"SIM-{number:03d}-{day}.tif",
                    taken=When.on(date.fromisoformat(day) + timedelta(days=number % 9)),
                    taken_from="simulated", sensor=f"SIM-{k % 3}", gsd_m=0.5,
                    off_nadir_deg=round(float(random.uniform(2, 28)), 2),
                    cloud_percent=round(float(random.uniform(0, 9)), 1),
                    sun_azimuth_deg=round(float(random.uniform(140, 175)), 2),
                    sun_elevation_deg=round(float(random.uniform(38, 62)), 2),
                    n_bands=3, dtype="uint8", crs="EPSG:32652", footprint=hull,
                    href=IMAGE, licence="SIMULATED",
                    credit="SIMULATED, no real place", may_publish=True, is_simulated=True,
                )
                for k, day in enumerate(days)
            ]
        )  # fmt: skip
    return blocks


def _hash(*words: object) -> str:
    """Return what stands for the hash of a file that is not there."""
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()


def looks_of(
    project: Project, scenes: Sequence[Sequence[Scene]], random: np.random.Generator
) -> tuple[dict[int, list[Look]], list[Fit]]:
    """Return the looks over each section by its number, and how they lie on the first of them."""
    looks: dict[int, list[Look]] = {}
    fits = []
    for section in project.sections:
        here = scenes[(section.span.start_m - project.extent.start_m) // BLOCK_M]
        hole = _hole(section, random)
        looks[section.number] = [
            _look(scene, section, hole if k in (0, 3) else Spans()) for k, scene in enumerate(here)
        ]
        first, *others = looks[section.number]
        fits += [
            Fit(
                look=look.id, reference=first.id, dx_m=round(float(random.normal(1.2, 0.4)), 3),
                dy_m=round(float(random.normal(-0.6, 0.4)), 3),
                rmse_m=round(float(random.uniform(0.1, 0.5)), 3), n_tiles=40, reliability=0.9,
                made_with=MADE_WITH,
            )
            for look in others
        ]  # fmt: skip
    return looks, fits


def _look(scene: Scene, section: Section, hole: Spans) -> Look:
    whole = Spans((section.span,))
    return Look(
        scene=scene.id, span=section.span, seen=whole - hole, valid=whole, clear_share=0.97,
        hidden=("cloud 0.030",), masked_by="vallum", made_with=MADE_WITH,
    )  # fmt: skip


def _hole(section: Section, random: np.random.Generator) -> Spans:
    """Return what clouds hide of a section: all of some, a part of others."""
    span, chance = section.span, random.random()
    if chance < _GAP_SHARE / 2:
        return Spans((span,))
    if chance > 3 * _GAP_SHARE or span.length_m < 500:
        return Spans()
    start = span.start_m + int(random.uniform(0, 0.7) * span.length_m)
    return Spans.of((start, min(span.end_m, start + int(random.uniform(100, 600)))))


@dataclass(frozen=True, kw_only=True)
class _Paired:
    """A section with its pair of images."""

    section: Section
    before: Look
    after: Look
    fit: Fit
    second: tuple[Look, Look, Fit] | None


def pairs_of(
    project: Project, looks: dict[int, list[Look]], fits: Sequence[Fit], random: np.random.Generator
) -> list[_Paired]:
    """Return the pair of each section; some have a second one for what the first leaves open."""
    by_look = {fit.look: fit for fit in fits}
    pairs = []
    for section in project.sections:
        here = looks[section.number]
        second = (here[1], here[4], by_look[here[4].id]) if random.random() < 0.5 else None
        pairs.append(
            _Paired(section=section, before=here[0], after=here[3], fit=by_look[here[3].id],
                    second=second)
        )  # fmt: skip
    return pairs


def listing(pairs: Sequence[_Paired], found: Sequence[Candidate]) -> Iterator[Comparison]:
    """Yield the comparisons, each with the candidates that it lists."""
    number = {pair.section.span.start_m: k for k, pair in enumerate(pairs)}
    starts = np.array(sorted(number))
    listed: list[list[str]] = [[] for _ in pairs]
    at = np.searchsorted(starts, [one.span.middle_m for one in found], side="right") - 1
    for one, k in zip(found, at.tolist(), strict=True):
        listed[k].append(one.id)
    for pair, ids in zip(pairs, listed, strict=True):
        seen = pair.before.seen & pair.after.seen
        blocked = "" if seen else "cloud over both dates: nothing of the corridor is clear"
        yield Comparison(
            span=pair.section.span, slot=0, before=pair.before.id, after=pair.after.id,
            fit="" if blocked else pair.fit.id, seen=seen, piece_ids=() if blocked else tuple(ids),
            candidate_ids=() if blocked else tuple(ids), threshold=0.2, made_with=MADE_WITH,
            blocked_by=blocked,
        )  # fmt: skip
        left = (pair.second[0].seen & pair.second[1].seen) - seen if pair.second else Spans()
        if pair.second is not None and left:
            yield Comparison(
                span=pair.section.span, slot=1, before=pair.second[0].id, after=pair.second[1].id,
                fit=pair.second[2].id, seen=left, candidate_ids=tuple(ids) if blocked else (),
                threshold=0.2, made_with=MADE_WITH,
            )  # fmt: skip


# -- what the machine suggests ----------------------------------------------------------------


def candidates(
    project: Project, n: int, pairs: Sequence[_Paired], random: np.random.Generator
) -> list[Candidate]:
    """Return lines and posts along the extent, denser in some places, none where nobody can see."""
    n_posts = round(POSTS_SHARE * n)
    line = project.frontier
    open_m = Spans(
        part
        for pair in pairs
        for part in (pair.before.seen & pair.after.seen)
    )  # fmt: skip
    middles = np.sort(_places(open_m, n, random))
    is_post = np.zeros(n, bool)
    is_post[random.choice(n, n_posts, replace=False)] = True
    kinds = np.where(
        is_post,
        random.choice(len(_POSTS), n, p=_POST_SHARES),
        random.choice(len(_LINES), n, p=_LINE_SHARES),
    )
    lengths = np.where(is_post, 2.0, np.clip(random.lognormal(4.3, 0.8, n), 12, 1500))
    off_m = random.choice((-1.0, 1.0), n) * random.uniform(15, 400, n)
    changes = random.choice(len(_CHANGES), n, p=_CHANGE_SHARES)
    scores = np.round(random.beta(2, 2.5, n), 4)
    share = np.linspace(-0.5, 0.5, 6)
    at_m = np.clip(middles[:, None] + share * lengths[:, None], 0, project.extent.end_m - 1)
    sway = off_m[:, None] + random.normal(0, 0.8, at_m.shape)
    lon, lat = line.points_at(at_m, np.where(is_post[:, None], off_m[:, None], sway))
    starts = np.array([pair.section.span.start_m for pair in pairs])
    section = np.searchsorted(starts, middles, side="right") - 1
    made = []
    for k in range(n):
        pair = pairs[int(section[k])]
        kind = _POSTS[kinds[k]] if is_post[k] else _LINES[kinds[k]]
        start = int(at_m[k, 0])
        made.append(
            Candidate(
                span=Span(start, max(start + 1, int(at_m[k, -1]))), off_m=round(float(off_m[k]), 2),
                category=kind, change=_CHANGES[changes[k]], score=float(scores[k]),
                length_m=0.0 if is_post[k] else round(float(lengths[k]) * 1.01, 2),
                shape=Point(lon[k, 0], lat[k, 0]) if is_post[k]
                else LineString(np.column_stack([lon[k], lat[k]])),
                before=pair.before.scene, after=pair.after.scene,
                kinds=(f"{kind} 0.62", "building 0.21"),
                evidence=() if is_post[k] else tuple(
                    round(float(v), 2) for v in random.uniform(0, 4, int(lengths[k] // 10) + 1)
                ),
                group=f"g{k // 4}" if k % 4 != 3 else "", flags=("beside a road",) * (k % 5 == 0),
            )
        )  # fmt: skip
    return made


def _places(open_m: Spans, n: int, random: np.random.Generator) -> np.ndarray:
    """Return (n,) chainages among these metres: half spread out, half in forty crowded places."""
    lengths = np.array([part.length_m for part in open_m], float)
    starts = np.array([part.start_m for part in open_m], float)
    total = np.concatenate([[0.0], np.cumsum(lengths)])
    spread = random.uniform(0, total[-1], n - n // 2)
    crowds = random.uniform(0, total[-1], 40)
    crowded = random.choice(crowds, n // 2) + random.normal(0, 2500, n // 2)
    at = np.clip(np.concatenate([spread, crowded]), 0, total[-1] - 1)
    part = np.searchsorted(total, at, side="right") - 1
    return np.asarray(starts[part] + at - total[part])


def sightings(
    found: Sequence[Candidate], scenes: Sequence[Sequence[Scene]], random: np.random.Generator
) -> Iterator[Sighting]:
    """Yield what the machine says of a tenth of them on the two images between the epochs."""
    of_before = {block[0].id: block for block in scenes}
    for one in found[::10]:
        turn = int(random.integers(0, 3))
        for k, scene in enumerate(of_before[one.before][-2:]):
            yield Sighting(
                about=one.id, scene=scene.id, state=Seen.PRESENT if k >= turn else Seen.ABSENT,
                snr=round(float(random.uniform(2, 9)), 2), share_seen=1.0, made_with=MADE_WITH,
            )  # fmt: skip


# -- what people say --------------------------------------------------------------------------


def verdicts(
    found: Sequence[Candidate], share: float, random: np.random.Generator
) -> Iterator[Verdict]:
    """Yield the answers: two people for most of what was read, one for some, three where in doubt.

    People take the border in four parts; the next one reads a part a second time.
    """
    n = round(share * len(found))
    chosen = np.sort(random.choice(len(found), n, replace=False))
    part = -(-len(found) // len(ANALYSTS))
    for number, k in enumerate(chosen.tolist()):
        one = found[k]
        is_there = random.random() < 0.35 + 0.6 * one.score
        readers = 1 if random.random() < 0.15 else 2
        first = k // part
        said = [
            _verdict(one, ANALYSTS[(first + turn) % len(ANALYSTS)], is_there, number, random)
            for turn in range(readers)
        ]
        yield from said
        if readers == 2 and said[0].answer is not said[1].answer and random.random() < 0.7:
            yield _verdict(
                one, ANALYSTS[(first + 2) % len(ANALYSTS)], is_there, number, random, is_final=True
            )


def _verdict(
    one: Candidate,
    analyst: str,
    is_there: bool,
    number: int,
    random: np.random.Generator,
    *,
    is_final: bool = False,
) -> Verdict:
    chance = random.random()
    is_yes = is_there != (chance < 0.06)
    answer = Answer.CANNOT_TELL if chance > 0.97 else Answer.YES if is_yes else Answer.NO
    return Verdict(
        about=one.id, analyst=analyst, answer=answer,
        category=one.category if answer is Answer.YES else None,
        reason=Reason.NONE if answer is Answer.YES
        else Reason.OTHER if answer is Answer.CANNOT_TELL
        else _REASONS[number % len(_REASONS)],
        looked_at=(one.before, one.after), looked_s=(1.2, 1.4),
        seconds=round(float(random.lognormal(0.9, 0.5)), 2),
        at=_START + timedelta(seconds=5 * number + (1 if is_final else 0)), mode="triage",
        is_final=is_final, is_simulated=True,
    )  # fmt: skip


def main() -> None:
    """Make it, and say where it is."""
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("folder", type=Path)
    told.add_argument("--n", type=int, default=N)
    told.add_argument("--km", type=int, default=0)
    options = told.parse_args()
    made = make(options.folder, Size(n=options.n, km=options.km))
    sys.stdout.write(f"{made}\n")


if __name__ == "__main__":
    main()
