"""The app and its project made ready while the port is open already."""

from __future__ import annotations

import gc
import importlib
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vallum.ground.errors import VallumError
from vallum.ground.loading import import_in_turn
from vallum.ground.unhurried import unhurried
from vallum.web.lobby import Lobby

if TYPE_CHECKING:
    from vallum.steps.desk import Desk, Person
    from vallum.steps.home import Home

PORT = 7420


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the app is reached.

    Attributes:
        host: as given.
        port: the one that was free.
        is_tls: https.
        is_local: this computer only.
        token: opens it for the keeper.
        taken: ports that were tried and taken.
    """

    host: str
    port: int
    is_tls: bool
    is_local: bool
    token: str
    taken: tuple[int, ...] = ()

    @property
    def url(self) -> str:
        """The address without the token."""
        return f"{'https' if self.is_tls else 'http'}://{self.host}:{self.port}"

    @property
    def link(self) -> str:
        """The address that lets the keeper in."""
        return f"{self.url}/?token={self.token}"


class Opening:
    """The app and the project, made ready in a thread while the port is open already.

    It must be closed. Until it is ready, the lobby lets those wait who need it.
    """

    def __init__(
        self,
        root: Path | None,
        address: Address,
        *,
        force: bool,
        warn: Callable[[VallumError], None],
        then: Callable[[], None],
    ) -> None:
        self.lobby = Lobby()
        self._root, self._address, self._force = root, address, force
        self._warn, self._then = warn, then
        self._home: Home | None = None
        self._problem: BaseException | None = None
        self._thread: threading.Thread | None = None

    def begin(self, stop: Callable[[], None]) -> None:
        """Begin to open; `stop` is called when it cannot be done."""

        def make() -> None:
            try:
                self._make()
            except BaseException as error:
                self._problem = error
                stop()

        import_in_turn()
        self._thread = threading.Thread(target=make, name="opening", daemon=True)
        self._thread.start()

    def _make(self) -> None:
        with unhurried():
            from vallum.steps.home import Home
            from vallum.web.app import complete, create_app, import_later

            address = self._address
            home = Home(
                cwd=Path.cwd(),
                token=address.token,
                is_local=address.is_local,
                force=self._force,
                prepare=lambda desk: warm(desk, after=self.lobby.is_told),
            )
            if address.port != PORT:
                home.cookie = f"{home.cookie}-{address.port}"  # cookies do not tell ports apart
            hosts = () if address.is_local else (address.host.lower(),)
            app = create_app(home, hosts=hosts, is_whole=False)
            self._home = home
            if address.is_local:
                self.lobby.show(app)
            home.open_here(self._root)
            gc.freeze()  # it stays: nobody need look through it for garbage
        self.lobby.admit(app, rest=(import_later, lambda: complete(app)))
        if home.problem is not None:
            self._warn(home.problem)
        self._then()

    def ask_to_stop(self) -> None:
        """Ask the job at work to stop."""
        if self._home is not None:
            self._home.jobs.ask_to_stop()

    def check(self) -> None:
        """Raise what hindered the opening."""
        if self._problem is not None:
            raise self._problem

    def close(self) -> None:
        """Close the project, once it is open."""
        if self._thread is not None:
            self._thread.join()
        if self._home is not None:
            self._home.close()


def warm(desk: Desk, *, after: threading.Event | None = None) -> None:
    """Prepare what pages need while the browser loads the first one, and go on after each write.

    Args:
        desk: whose pages.
        after: what only other pages need waits for this, so that the first one has the processor.
    """

    def prepare() -> None:
        # The project may be closed or another opened meanwhile; whoever asks is told what is wrong.
        with suppress(VallumError, OSError):
            desk.kept.warm()
            if after is not None:
                after.wait(_LONGEST_S)
            if desk.kept.is_resting(_BEFORE_MORE_S):
                return
            desk.kept.warm(is_more=True)
            _import_what_comes_later()
            for ask in _FIRST_CALLS:
                if desk.kept.is_resting(_BETWEEN_S):
                    return
                with suppress(VallumError):  # such as: there is nothing to draw a sample from
                    ask(desk)
            desk.kept.tend()

    threading.Thread(target=prepare, name="preparing", daemon=True).start()


def _import_what_comes_later() -> None:
    """Import what some pages need and the first does not."""
    from vallum.web.app import import_later

    import_later()
    for name in _LATER:
        importlib.import_module(name)


_LATER = (
    "vallum.review.agreement", "vallum.steps.sampling", "vallum.steps.backing",
    "vallum.steps.telling", "vallum.steps.gating", "vallum.steps.sheeting",
    "sklearn.linear_model", "vallum.imagery.ribbon",
)  # fmt: skip
_BEFORE_MORE_S, _BETWEEN_S, _LONGEST_S = 2.0, 0.3, 10.0


def _keeper(desk: Desk) -> Person:
    from vallum.steps.desk_people import keeper

    with desk.fresh() as mirror:
        return keeper(mirror)


def _overview(desk: Desk) -> None:
    from vallum.steps import overview

    overview.coverage(desk)


def _start_page(_: Desk) -> None:
    from vallum.frontier import Frontier, packaged_names
    from vallum.ground import foreign

    foreign.protection()
    for name in packaged_names():
        Frontier.packaged(name).length_m  # noqa: B018 - it is kept from then on


def _history(desk: Desk) -> None:
    from vallum.web import watching

    watching.history(_keeper(desk), desk)


def _dates(desk: Desk) -> None:
    from vallum.web import pictures

    pictures.dates(_keeper(desk), desk)


def _plan(desk: Desk) -> None:
    from vallum.steps.desk_sampling import Asked

    desk.sample_plan(_keeper(desk), Asked(n=20))


_FIRST_CALLS: tuple[Callable[[Desk], object], ...] = (
    _overview,
    lambda desk: desk.queue(_keeper(desk), "dating"),
    lambda desk: desk.queue(_keeper(desk), "disagreements"),
    lambda desk: desk.agreement(_keeper(desk)),
    lambda desk: desk.progress(_keeper(desk)),
    _start_page,
    _dates,
    _history,
    _plan,
    lambda desk: desk.queue(_keeper(desk), "triage", is_like=True),
)
"""What is asked of pages at first, so that nobody waits for what can be known before."""
