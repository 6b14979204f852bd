"""The same acquisition twice: which of the two counts when one is set aside, or comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vallum.ground.records import Scene
from vallum.project import Project


def heirs(project: Project, scene: Scene) -> list[Scene]:
    """Return rows by which the repeats of `scene` do without it, the one that counts first.

    That is the finest with most ground; the others repeat it from then on. A scene that does not
    count itself, as a repeat or set aside before, leaves nothing to inherit.
    """
    if scene.set_aside or scene.repeats:
        return []
    rows = {one.id: one for one in project.rows(Scene)}
    repeats = [one for one in rows.values() if scene.id in _origins(one, rows)]
    in_use = [one for one in repeats if not one.set_aside]
    if not in_use:
        return []
    first = max(in_use, key=lambda one: (not one.looking_only, one.footprint.area, one.id))
    rest = [replace(one, repeats=first.id) for one in repeats if one is not first]
    return [replace(first, repeats=""), *rest]


def _origins(scene: Scene, rows: Mapping[str, Scene]) -> list[str]:
    """Return what a scene repeats, and what that repeats, as far as it goes."""
    found: list[str] = []
    while scene.repeats and scene.repeats not in found:
        found.append(scene.repeats)
        if scene.repeats not in rows:
            break
        scene = rows[scene.repeats]
    return found


def returned(project: Project, scene: Scene) -> tuple[Scene, str, list[Scene]]:
    """Return a scene that is used again, what to say, and other rows that change with it.

    While it was out of use another delivery of the same acquisition may have begun to count: the
    better of the two does, and of equals the one that came back.
    """
    from vallum.imagery.deliveries import same

    back = replace(scene, set_aside="", repeats="")
    rows = {one.id: one for one in project.rows(Scene)}
    original = rows.get(scene.repeats)
    if original is not None and not original.set_aside:
        return replace(scene, set_aside=""), "", []
    for other in rows.values():
        if other.id == scene.id or other.repeats or other.set_aside:
            continue
        twin = same.twin(other, [back], project.path_of)
        if twin is None:
            continue
        if not twin.is_better:
            note = f"the same acquisition as {other.name} ({twin.why}), which goes on counting"
            return replace(back, repeats=other.id), note, []
        note = f"the same acquisition as {other.name} ({twin.why}): this one counts again"
        followers = [one for one in rows.values() if one.repeats == other.id and one.id != scene.id]
        return back, note, [replace(one, repeats=scene.id) for one in (other, *followers)]
    return back, "", []
