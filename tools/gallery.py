"""Make docs/gallery: what vallum publishes of open data, and of the simulated demo, with pictures.

python tools/gallery.py            (needs ../shared/data; writes the pages and their pictures anew)
python tools/gallery.py --check    (makes the publications again and compares the numbers only)
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from vallum import steps
from vallum.project import open_project

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs/gallery"
SHARED = Path(os.environ.get("VALLUM_SHARED", ROOT.parent / "shared")) / "data"
WIDTH_PX = 1800
COLOURS = 256
Model = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One page: which numbers it prints and which figures it shows, with a sentence for each."""

    page: str
    title: str
    intro: str
    commands: tuple[str, ...]
    numbers: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    after: str
    credit: str


FENCE = Entry(
    page="us-mexico-fence",
    title="The US-Mexico fence of 2017",
    intro="Real data: 743 fence lines that others mapped, laid on the border line. No image was "
    "compared, so the report says how long the listed fence is, by type, and how much of the "
    "border has any of it nearby; it does not say that it still stands.",
    commands=(
        "vallum new fence-2017 --frontier usa-mex --before 2016 --after 2017",
        "vallum add --barriers usa-mex-fence-2017.geojson --subtype gen_type --credit "
        '"Reveal from The Center for Investigative Reporting and OpenStreetMap contributors" '
        "--licence ODbL --project fence-2017",
        "vallum run --project fence-2017",
    ),
    numbers=(
        "barrier_km_imported_all", "barrier_km_imported_pedestrian",
        "barrier_km_imported_vehicle", "barrier_km_imported_unknown",
        "border_km_with_imported_barrier_within_100_m",
        "border_km_with_imported_barrier_within_300_m",
        "border_km_with_imported_barrier_within_1000_m", "border_km_not_comparable",
    ),
    figures=(
        ("strip-chart", "The strip chart. The hatch is border about which no pair of images says "
         "anything: here, all of it."),
        ("map", "The line and the listed fence."),
        ("locator", "Where the line runs."),
    ),
    after="Length of barrier and length of border are kept apart: parallel rows count twice in the "
    "first and once in the second. How the numbers were checked: "
    "[use existing barriers](../how-to/use-existing-barriers.md).",
    credit="Fence: Reveal from The Center for Investigative Reporting and OpenStreetMap "
    "contributors (link: https://www.revealnews.org/wall/), ODbL 1.0. Border line: © OpenStreetMap "
    "contributors, ODbL 1.0.",
)  # fmt: skip
COVERAGE = Entry(
    page="turkey-syria-coverage",
    title="Turkey-Syria: what could be compared at all",
    intro="Real data: a catalogue of footprints, no pixels. Before anybody buys an image, the "
    "report says on how many kilometres of border any comparison is possible, before and after "
    "the earthquake of February 2023.",
    commands=(
        "vallum new turkey-syria --frontier tur-syr --before 2023-01-01..2023-02-05 "
        "--after 2023-02-06..2023-12-31",
        "vallum add --footprints maxar-open-catalog.geojson.gz --project turkey-syria",
        "vallum run --project turkey-syria",
    ),
    numbers=(
        "frontier_km", "border_km_under_any_image", "border_km_on_two_or_more_dates",
        "border_km_imaged_before", "border_km_imaged_after", "border_km_not_comparable",
        "border_km_not_examined",
    ),
    figures=(
        ("coverage-calendar", "Every image by where along the border it lies and when it was "
         "taken."),
        ("strip-chart", "The strip chart: almost all of it is hatch, and that is the finding."),
        ("map", "The same on the map."),
    ),
    after="A footprint says that an image was taken, not that it is clear: "
    "[coverage without images](../how-to/coverage-without-images.md).",
    credit="Footprints: Qiusheng Wu (opengeos/maxar-open-data), MIT; the images they outline are "
    "those of the Maxar Open Data programme, CC BY-NC 4.0, and are not shown. Border line: © "
    "OpenStreetMap contributors, ODbL 1.0.",
)  # fmt: skip
DEMO = Entry(
    page="simulated-hoeryong",
    title="SIMULATED: the demo's report",
    intro="Nothing on this page is real but the border line: `vallum demo` makes pictures, "
    "analysts, papers and findings by program, so that every figure has something to show and "
    "every number can be held against the truth.",
    commands=("vallum demo demo-border --yes",),
    numbers=(
        "barrier_km_all_new", "border_km_changed", "border_km_changed_estimated",
        "border_km_not_comparable", "posts_new",
    ),
    figures=(),
    after="What each figure answers, and how to read it: [figures](../explain/figures.md).",
    credit="SIMULATED by vallum. Border line: © OpenStreetMap contributors, ODbL 1.0.",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Write the gallery, or compare it; return 1 where a page does not say what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--only", default="", help="one page")
    given = parser.parse_args(arguments)
    stale = []
    for entry, make in ((FENCE, _fence), (COVERAGE, _coverage), (DEMO, _demo)):
        if given.only and given.only != entry.page:
            continue
        with tempfile.TemporaryDirectory() as folder:
            report = make(Path(folder))
            text = page(entry, report)
            if given.check:
                stale += [] if _numbers_of(OUT / f"{entry.page}.md") == _numbers_in(text) else [
                    entry.page
                ]  # fmt: skip
            else:
                write(entry, report, text)
    for name in stale:
        sys.stderr.write(f"docs/gallery/{name}.md is stale; run python tools/gallery.py\n")
    return 1 if stale else 0


def _fence(folder: Path) -> Path:
    project, _ = steps.new(folder / "fence-2017", frontier="usa-mex", before="2016", after="2017")
    with project:
        steps.add_barriers(
            project,
            SHARED / "barriers/usa-mex-fence-2017.geojson",
            subtype="gen_type",
            credit="Reveal from The Center for Investigative Reporting and OpenStreetMap "
            "contributors",
            licence="ODbL",
        )
    return _published(folder / "fence-2017")


def _coverage(folder: Path) -> Path:
    project, _ = steps.new(
        folder / "turkey-syria",
        frontier="tur-syr",
        before="2023-01-01..2023-02-05",
        after="2023-02-06..2023-12-31",
    )
    with project:
        steps.add_footprints(project, SHARED / "footprints/maxar-open-catalog.geojson.gz")
    return _published(folder / "turkey-syria")


def _published(root: Path) -> Path:
    with open_project(root) as project:
        steps.run(project)
        return project.out_folder / "report"


def _demo(folder: Path) -> Path:
    done = steps.demo(folder / "demo-border")
    return Path(done.files[0]).parent


def page(entry: Entry, report: Path) -> str:
    """Return a page: what it is, how it was made, the numbers as printed, the figures."""
    model = json.loads((report / "report.json").read_bytes())
    numbers = {one["name"]: one for one in model["numbers"]}
    rows = [
        f"| {one['label']} | {_glued(one['printed'])} | {_glued(one['bounds'])} | `{name}` |"
        for name in entry.numbers
        if (one := numbers.get(name))
    ]
    shown = [
        f"![{_short(figure['alt'])}](pictures/{entry.page}-{stem}.png)\n\n*{said}*"
        for stem, said, figure in _figures(entry, report, model)
    ]
    lines = "\n".join(f"$ {command}" for command in entry.commands)
    return "\n\n".join(
        [
            "<!-- Written by tools/gallery.py; run it to write the page anew. -->",
            f"# {entry.title}",
            entry.intro,
            f"> {model['headline']['found']}; {model['headline']['unseen']}.",
            f"```console\n{lines}\n```",
            "| number | printed | bounds | trace |\n|---|---|---|---|\n" + "\n".join(rows),
            *shown,
            entry.after,
            f"{entry.credit} {model['line']['disclaimer']}",
        ]
    ) + "\n"  # fmt: skip


def _short(alt: str) -> str:
    """Return what kind of figure it is; its numbers stand in the table of the page."""
    mark, _, rest = alt.partition("SIMULATED. ") if alt.startswith("SIMULATED. ") else ("", "", alt)
    first = re.split(r"(?<=[a-z\d”)])[.:;] ", rest, maxsplit=1)[0]
    return f"{'SIMULATED. ' if rest != alt else mark}{first.rstrip('.')}."


def _glued(text: str) -> str:
    return text.replace("\u202f", "\u00a0") or "–"


def _figures(entry: Entry, report: Path, model: Model) -> list[tuple[str, str, Model]]:
    """Return stem, sentence and model entry of each figure that the publication has."""
    from vallum.report.plates import PLATES

    names = {plate.stem: (plate.name, plate.what) for plate in PLATES}
    wanted = entry.figures or tuple((stem, f"{what[:1].upper()}{what[1:]}.") for stem, (_, what)
                                    in names.items())  # fmt: skip
    return [
        (stem, said, model["figures"][names[stem][0]])
        for stem, said in wanted
        if stem in names and (report / f"figures/{stem}.png").is_file()
    ]


def write(entry: Entry, report: Path, text: str) -> None:
    """Write a page and its pictures, small enough for a page."""
    (OUT / "pictures").mkdir(parents=True, exist_ok=True)
    for old in (OUT / "pictures").glob(f"{entry.page}-*.png"):
        old.unlink()
    model = json.loads((report / "report.json").read_bytes())
    for stem, _, _ in _figures(entry, report, model):
        picture = Image.open(report / f"figures/{stem}.png").convert("RGB")
        if picture.width > WIDTH_PX:
            tall = round(picture.height * WIDTH_PX / picture.width)
            picture = picture.resize((WIDTH_PX, tall), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            out, "PNG", optimize=True
        )
        (OUT / f"pictures/{entry.page}-{stem}.png").write_bytes(out.getvalue())
    (OUT / f"{entry.page}.md").write_text(text, encoding="utf-8")


def _numbers_of(path: Path) -> list[str]:
    return _numbers_in(path.read_text(encoding="utf-8")) if path.is_file() else []


def _numbers_in(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
