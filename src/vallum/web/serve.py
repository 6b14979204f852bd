"""Start the app on this computer or for invited people, say where, and stop it cleanly."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import socket
import socketserver
import ssl
import stat
import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from vallum.config import FILE_NAME
from vallum.ground.errors import BadSetting, NotAllowed, NotAProject, VallumError
from vallum.ground.kinds import Role
from vallum.web.opening import PORT, Opening, warm
from vallum.web.opening import Address as Address
from vallum.web.wire import MOST_CONNECTIONS, Wire, is_loopback

if TYPE_CHECKING:
    from vallum.steps.home import Home

_GRACE_S, _SERVED_GRACE_S = 10, 30
_MOST_PORTS = 50


def open_app(
    root: Path | None,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    browser: bool = True,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    is_insecure: bool = False,
    force: bool = False,
    tell: Callable[[Address], None],
    warn: Callable[[VallumError], None] = lambda _: None,
    then: Callable[[], None] = lambda: None,
) -> None:
    """Serve the app until Ctrl+C.

    Args:
        root: folder of the project; None for the one here, if it is one.
        host: address to listen on; this computer only unless another is given.
        port: to listen on; the next free one if it is taken.
        browser: open the link in the browser.
        tls_cert: certificate (PEM), for other hosts.
        tls_key: its key.
        is_insecure: other hosts without TLS; whoever can read the network reads everything.
        force: projects on network drives too.
        tell: told where it runs, once it can be reached; the project is read after that.
        warn: told why the project here could not be opened; the start page says it as well.
        then: done once everything is answered.

    Raises:
        BadSetting: the host cannot be listened on, or has no TLS.
        NotAProject: a folder was named that holds no project.
    """
    is_local = is_loopback(host)
    _check(host, is_local, tls_cert, tls_key, is_insecure)
    if root is not None:
        _check_folder(root)
    listener, taken = _listener(host, port)
    address = Address(
        host=host,
        port=listener.server_address[1],
        is_tls=tls_cert is not None,
        is_local=is_local,
        token=secrets.token_urlsafe(24),
        taken=taken,
    )
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as calm an end as Ctrl+C
    opening = Opening(root, address, force=force, warn=warn, then=then)
    with closing(listener.socket), closing(opening):
        with suppress(KeyboardInterrupt):  # Ctrl+C is how it is meant to end
            tell(address)
            if browser:
                threading.Thread(target=webbrowser.open, args=(address.link,), daemon=True).start()
            config = _settings(
                opening.lobby,
                ssl_certfile=str(tls_cert) if tls_cert else None,
                ssl_keyfile=str(tls_key) if tls_key else None,
            )
            server = _Server(config, opening.ask_to_stop)
            opening.begin(server.stop)
            server.run(sockets=[listener.socket])
        opening.check()


def _check_folder(root: Path) -> None:
    """Refuse a folder that holds no project before anything is started."""
    if not (root / FILE_NAME).is_file():
        raise NotAProject(
            f"{root.resolve()} is no vallum project (no {FILE_NAME}); "
            "go to its folder, use --project FOLDER, or make one with `vallum new`"
        )


def _check(
    host: str, is_local: bool, cert: Path | None, key: Path | None, is_insecure: bool
) -> None:
    if (cert is None) != (key is None):
        raise BadSetting("--tls-cert and --tls-key belong together; nothing was started, give both")
    for path in (cert, key):
        if path is not None and not path.is_file():
            raise BadSetting(f"{path} does not exist; nothing was started, check the path")
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - refused
        raise BadSetting(
            f"--host '{host}' is every address at once; nothing was started, give the one name or "
            "address that people will type"
        )
    if not is_local and cert is None and not is_insecure:
        raise BadSetting(
            f"--host {host} can be reached from other computers, and without TLS whoever is on the "
            "network can read everything; nothing was started, give --tls-cert and --tls-key (or "
            "--insecure, on a network that you trust)"
        )
    if cert is not None and key is not None:
        _check_pair(cert, key)


def _check_pair(cert: Path, key: Path) -> None:
    """See that a certificate and its key can be used, before a link is made that is shown once."""

    def locked() -> str:
        raise BadSetting(
            f"{key} is locked with a passphrase; nothing was started, give a key without one that "
            "only you may read (chmod 600)"
        )

    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key, locked)
    except OSError as error:
        why = getattr(error, "reason", "") or error.strerror or "cannot be read"
        raise BadSetting(
            f"{cert} and {key} are no certificate (PEM) and the key that belongs to it ({why}); "
            "nothing was started, check that they belong together and that you may read both"
        ) from error


class _Listener(socketserver.TCPServer):
    """A bound socket; uvicorn speaks through it."""

    allow_reuse_address = os.name != "nt"  # there it would let two programs have one port
    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind; connections then send a body without waiting 40 ms for word of its head.

        asyncio sees to that only for sockets that name their protocol, and these do not.
        """
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().server_bind()


def _listener(
    host: str, port: int, n_ports: int = _MOST_PORTS
) -> tuple[socketserver.TCPServer, tuple[int, ...]]:
    """Return a listener on the first free port from `port` on, and those that were taken."""
    taken: list[int] = []
    for candidate in range(port, min(port + n_ports, 65536)):
        try:
            return _Listener((host, candidate), socketserver.BaseRequestHandler), tuple(taken)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise BadSetting(
                    f"--host {host} cannot be listened on ({error.strerror or error}); nothing was "
                    "started, give a name or an IPv4 address of this computer"
                ) from error
            taken.append(candidate)
    if n_ports == 1:
        raise BadSetting(
            f"port {port} is taken, or not yours to take; nothing was started, give another with "
            "--port"
        )
    raise BadSetting(
        f"no port from {port} to {port + _MOST_PORTS - 1} is free; nothing was started, give "
        "another with --port"
    )


class _Server(uvicorn.Server):
    """A server that lets a job end at its next step when it is asked to stop."""

    def __init__(self, config: uvicorn.Config, ask_to_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._ask_to_stop = ask_to_stop

    def stop(self) -> None:
        """End as soon as what is asked has been answered."""
        self.should_exit = True

    async def shutdown(self, sockets: Any = None) -> None:
        """Ask the job to stop, then close connections."""
        self._ask_to_stop()
        await super().shutdown(sockets)


def _settings(app: Any, *, grace_s: int = _GRACE_S, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Wire,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=grace_s,
        h11_max_incomplete_event_size=64 << 10,
        **more,
    )


# -- for a crowd --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Door:
    """How invited people reach the server; one of TLS, proxy and socket at least.

    Attributes:
        host: the name that people type; the only one that is answered to besides this computer's.
        port: to listen on.
        listen: address to listen on, where it is another than that of `host`.
        tls_cert: certificate (PEM).
        tls_key: its key.
        unix_socket: a path to listen on instead of a port: for a proxy here, or a tunnel of ssh.
        behind_proxy: `https://NAME` of the proxy on this computer that ends TLS.
    """

    host: str = ""
    port: int = PORT
    listen: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    unix_socket: Path | None = None
    behind_proxy: str = ""

    @property
    def url(self) -> str:
        """The address that people type; links begin with it."""
        if self.behind_proxy:
            return self.behind_proxy.rstrip("/")
        if self.tls_cert is not None:
            return f"https://{self.host}" + ("" if self.port == 443 else f":{self.port}")
        return f"http://localhost:{self.port}"

    @property
    def name(self) -> str:
        """The name in it, without a port."""
        bare = self.url.partition("://")[2].partition("/")[0]
        name, _, port = bare.rpartition(":")
        return (name if name and port.isdecimal() else bare).lower()


@dataclass(frozen=True, kw_only=True)
class Served:
    """Where it runs, and the links that were made; each lets one person in, once."""

    url: str
    where: str
    links: tuple[tuple[str, str, str], ...]
    invite_days: int


def serve_app(
    root: Path,
    door: Door,
    *,
    invites: Sequence[tuple[str, Role]] = (),
    force: bool = False,
    tell: Callable[[Served], None],
) -> None:
    """Serve one project to invited people until SIGTERM or Ctrl+C; requests are finished first.

    Nobody comes in without an invitation. Where there is no keeper who could invite, one is
    invited, and the link is told once.

    Args:
        root: folder of the project.
        door: how it is reached.
        invites: people to invite now, or to give a new link.
        force: a project on a network drive too.
        tell: told where it runs, once it can be reached.

    Raises:
        BadSetting: it cannot be served so.
        NotAProject: there is no project.
    """
    _check_door(door)
    _let_many_in()
    from vallum.steps.home import Home
    from vallum.web.app import create_app

    home = Home(
        cwd=root.resolve(), is_local=False, is_served=True, token="", force=force, prepare=warm
    )
    if door.url.startswith("https://"):
        home.cookie = "__Host-vallum"  # a browser takes it from this host alone, over TLS alone
    with home, _bound(door) as (listening, port):
        project = home.open(root)
        links = invited(home, invites)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        where = str(door.unix_socket) if door.unix_socket else f"port {port}"
        days = project.config.desk.invite_days
        with suppress(KeyboardInterrupt):
            url = door.url if door.port == port else door.url.replace(f":{door.port}", f":{port}")
            made = tuple((name, role.value, f"{url}{link}") for name, role, link in links)
            tell(Served(url=url, where=where, links=made, invite_days=days))
            config = _settings(
                create_app(home, hosts=(door.name,), is_proxied=bool(door.behind_proxy)),
                grace_s=_SERVED_GRACE_S,
                ssl_certfile=str(door.tls_cert) if door.tls_cert else None,
                ssl_keyfile=str(door.tls_key) if door.tls_key else None,
            )
            _Server(config, home.jobs.ask_to_stop).run(sockets=[listening])


def invited(home: Home, wanted: Sequence[tuple[str, Role]]) -> list[tuple[str, Role, str]]:
    """Invite people, and a first keeper where there is none; return names, roles and links."""
    from vallum.steps.desk_people import first_keeper

    desk = home.desk
    if desk is None:
        raise NotAllowed("no project is open, so nobody can be invited; name one with --project")
    with desk.fresh() as mirror:
        name = first_keeper(mirror, desk.sessions)
    asked = list(wanted)
    if name and not any(role is Role.KEEPER for _, role in asked):
        asked.insert(0, (name, Role.KEEPER))
    return [(one, role, desk.invite_whoever(one, role).link) for one, role in asked]


def _check_door(door: Door) -> None:
    if door.behind_proxy and not door.behind_proxy.startswith("https://"):
        raise BadSetting(
            f"--behind-proxy '{door.behind_proxy}' is no address that begins with https://; "
            "nothing was started, give the address that people will type"
        )
    if door.behind_proxy and door.tls_cert is not None:
        raise BadSetting(
            "TLS ends at the proxy or here, not at both; nothing was started, leave out "
            "--behind-proxy or --tls-cert"
        )
    if door.unix_socket is not None or door.behind_proxy:
        if door.host or door.listen:
            raise BadSetting(
                "--host and --listen belong to TLS here; nothing was started, leave them out with "
                "--unix-socket or --behind-proxy"
            )
        _check("127.0.0.1", True, door.tls_cert, door.tls_key, False)
        return
    if not door.host or door.tls_cert is None:
        raise BadSetting(
            "others would reach the desk without encryption; nothing was started, give --host with "
            "--tls-cert and --tls-key, or --behind-proxy https://NAME, or --unix-socket PATH"
        )
    _check(door.host, False, door.tls_cert, door.tls_key, False)


@contextmanager
def _bound(door: Door) -> Iterator[tuple[socket.socket, int]]:
    """Yield what is listened on, and its port."""
    if door.unix_socket is not None:
        with _unix(door.unix_socket) as bound:
            yield bound, door.port
        return
    host = "127.0.0.1" if door.behind_proxy else door.listen or door.host
    listener, _ = _listener(host, door.port, 1)
    with closing(listener.socket):
        yield listener.socket, listener.server_address[1]


@contextmanager
def _unix(path: Path) -> Iterator[socket.socket]:
    """Yield a socket at a path, which only its owner and group may use; it is removed again."""
    if path.exists():
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise BadSetting(f"{path} is there and no socket; nothing was started, name another")
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                path.unlink()  # it was left behind
            else:
                raise BadSetting(f"{path} is in use; nothing was started, stop the other server")
    bound = socket.socket(socket.AF_UNIX)
    old = os.umask(0o117)
    try:
        bound.bind(str(path))
    except OSError as error:
        bound.close()
        raise BadSetting(
            f"{path} cannot be listened on ({error.strerror or error}); nothing was started, name "
            "a path in a folder of yours, of under 100 letters"
        ) from error
    finally:
        os.umask(old)
    try:
        with closing(bound):
            bound.listen(128)
            yield bound
    finally:
        path.unlink(missing_ok=True)


def _let_many_in() -> None:
    """Ask the system for as many open files as there may be connections, where it has a limit."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS + 512
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
