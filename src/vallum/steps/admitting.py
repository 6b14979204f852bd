"""Who may come to the desk, from the command line; a desk that is served notices at once."""

from __future__ import annotations

from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Role
from vallum.project import Project, actor
from vallum.steps.desk import Desk, Person
from vallum.steps.desk_people import PersonRow
from vallum.steps.done import Done


def people_list(project: Project) -> Done:
    """Say who is at the desk, by name."""
    rows = Desk(project).people()
    return Done(
        step="people list",
        lines=tuple(_line(row) for row in rows)
        or ("nobody was invited yet; invite with `vallum people invite NAME:ROLE`",),
        facts={
            "people": [
                {"name": row.name, "role": row.role.value, "is_active": row.is_active,
                 "is_signed_in": row.is_signed_in, "link": row.link}
                for row in rows
            ]
        },
    )  # fmt: skip


def _line(row: PersonRow) -> str:
    if not row.is_active:
        state = "may not enter"
    elif row.is_signed_in:
        state = "signed in"
    elif row.link:
        state = "invited, link not used" if row.link == "open" else "invited, link over"
    else:
        state = "signed out"
    return f"{row.name} ({row.role.value}): {state}"


def people_invite(project: Project, name: str, role: Role) -> Done:
    """Make a one-time link for a person, new or known; a browser that was in is out at once.

    Raises:
        BadInput: it is no name.
    """
    made = Desk(project).invite_whoever(name, role)
    days = project.config.desk.invite_days
    return Done(
        step="people invite",
        lines=(
            f"for {made.name} ({role.value}), once, after the address of the desk: {made.link}",
            f"it ends when it is used, or after {days} days; it is shown now and kept nowhere",
        ),
        facts={"name": made.name, "role": role.value, "link": made.link},
    )


def people_end(project: Project, name: str, *, yes: bool) -> Done:
    """Sign a person's browser out, and end a link that was not used.

    Raises:
        BadSetting: it was not confirmed.
        NotThere: nobody is called so.
    """
    if not yes:
        raise BadSetting(
            f"this signs {name} out at once; nothing was changed, give --yes if it is meant"
        )
    Desk(project).end_session(Person(name=actor(), role=Role.KEEPER), name)
    return Done(step="people end", lines=(f"{name} is signed out; a new link lets in again",))
