"""What a provider's mask hides is hidden in every step; a bad mask costs one line."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

import small_border
import vallum
from vallum import steps
from vallum.ground.records import Comparison, Fit, Look, Scene
from vallum.imagery.cloud import Cover, kept
from vallum.project import Project


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A border of 1 km with an image of each of two dates."""
    folder = tmp_path_factory.mktemp("masking")
    small = small_border.make(folder)
    project, _ = steps.new(
        folder / "border",
        frontier=small.line,
        before="2019",
        after="2022",
        corridor_m=60,
        is_simulated=True,
    )
    with project:
        steps.add(project, [small.images])
        return project.root


@pytest.fixture
def border(made: Path, tmp_path: Path) -> Iterator[Project]:
    """A copy of it for each test."""
    with vallum.open(shutil.copytree(made, tmp_path / "border")) as project:
        yield project


def later(project: Project) -> Scene:
    return max(project.rows(Scene), key=lambda scene: scene.taken)


def state(project: Project, scene: Scene, **more: object) -> None:
    """Write down more about an image, as its delivery would."""
    with project.run("simulated delivery") as work:
        work.add(replace(scene, **more))


def give_mask(project: Project, scene: Scene, west_share: float = 0.5) -> None:
    """Lay a provider's mask beside an image: snow on its western part."""
    path = project.path_of(scene)
    with rasterio.open(path) as image:
        profile = image.profile | {"count": 1, "dtype": "uint8", "driver": "GTiff", "nodata": None}
        values = np.zeros(image.shape, np.uint8)
    values[:, : round(west_share * values.shape[1])] = Cover.SNOW
    mask = path.with_name(f"{path.stem}-mask.tif")
    with rasterio.open(mask, "w", **profile) as target:
        target.write(values, 1)
    state(project, scene, mask_href=f"imagery/{mask.name}")


def look_of(project: Project, scene: Scene) -> Look:
    (look,) = [look for look in project.rows(Look) if look.scene == scene.id]
    return look


def test_a_delivered_mask_decides_what_was_seen_and_compared(border: Project) -> None:
    give_mask(border, later(border))
    done = steps.cover(border)
    assert "1 images masked by the provider" in done.lines
    look = look_of(border, later(border))
    assert look.masked_by == "provider"
    assert look.hidden[0].startswith("snow 0.5")
    assert 400 < look.seen.length_m < 600
    assert look.valid.length_m > 950
    other = min(border.rows(Scene), key=lambda scene: scene.taken)
    assert (look_of(border, other).masked_by, look_of(border, other).hidden) == ("vallum", ())
    steps.align(border)
    assert [fit.blocked_by for fit in border.rows(Fit)] == [""]


def test_a_second_time_nothing_is_masked_again_until_the_mask_changes(border: Project) -> None:
    give_mask(border, later(border))
    steps.cover(border)
    before = look_of(border, later(border))
    again = steps.cover(border)
    assert not any("masked" in line or "looks" in line for line in again.lines)
    give_mask(border, later(border), west_share=0.25)
    steps.cover(border)
    assert look_of(border, later(border)).seen.length_m > before.seen.length_m + 150


def test_a_mask_that_is_gone_costs_one_line_and_the_own_mask_answers(border: Project) -> None:
    state(border, later(border), mask_href="imagery/gone-mask.tif")
    done = steps.cover(border)
    (line,) = [line for line in done.lines if "own cloud mask" in line]
    assert line.startswith(f"{later(border).name}: vallum's own cloud mask is used, ")
    assert "gone-mask.tif: is not there" in line
    assert look_of(border, later(border)).masked_by == "vallum"


def test_a_mask_taken_back_is_forgotten(border: Project) -> None:
    scene = later(border)
    give_mask(border, scene)
    steps.cover(border)
    assert kept.beside(border.path_of(scene)).exists()
    state(border, later(border), mask_href="")
    steps.cover(border)
    assert not kept.beside(border.path_of(scene)).exists()
    assert look_of(border, later(border)).seen.length_m > 950


def test_images_for_looking_and_second_deliveries_are_seen_but_not_paired(border: Project) -> None:
    state(border, later(border), looking_only="tilted by 9 degrees")
    steps.cover(border)
    assert look_of(border, later(border)).seen.length_m > 950
    steps.align(border)
    assert list(border.rows(Fit)) == []


def test_a_comparison_says_how_unlike_its_dates_are(border: Project) -> None:
    for step in (steps.cover, steps.align, steps.detect):
        step(border)
    (compared,) = [c for c in border.rows(Comparison) if not c.blocked_by]
    assert compared.conditions == (
        "leaves coming or falling on both (9 days apart in the year); sun not known"
    )


def test_without_the_optional_network_cover_says_what_would_mask_better(
    border: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vallum.imagery.cloud.network.is_there", lambda: False)
    assert not any("clouds" in line for line in steps.cover(border).lines)
    state(border, later(border), bands=("red", "green", "blue", "nir"), reflectance=(1 / 255, 0.0))
    (line,) = [line for line in steps.cover(border).lines if "vallum[clouds]" in line]
    assert line.startswith("1 images have near infrared")
