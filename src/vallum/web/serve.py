"""Start the app on this computer, say where, and stop it cleanly."""

from __future__ import annotations

import errno
import ipaddress
import os
import signal
import socketserver
import threading
import webbrowser
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from vallum.ground.errors import BadSetting
from vallum.steps.home import Home
from vallum.web.app import create_app

PORT = 7420
_MOST_PORTS = 50


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
    tell: Callable[[Address, Home], None],
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
        tell: told where it runs, once it can be reached.

    Raises:
        BadSetting: the host cannot be listened on, or has no TLS.
        NotAProject: a folder was named that holds no project.
    """
    is_local = _is_loopback(host)
    _check(host, is_local, tls_cert, tls_key, is_insecure)
    with Home(cwd=Path.cwd(), is_local=is_local, force=force) as home:
        home.open_here(root)
        listener, taken = _listener(host, port)
        address = Address(
            host=host,
            port=listener.server_address[1],
            is_tls=tls_cert is not None,
            is_local=is_local,
            token=home.token,
            taken=taken,
        )
        if address.port != PORT:
            home.cookie = f"{home.cookie}-{address.port}"  # cookies do not tell ports apart
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # as calm an end as Ctrl+C
        with suppress(KeyboardInterrupt):  # Ctrl+C is how it is meant to end
            tell(address, home)
            if browser:
                threading.Thread(target=webbrowser.open, args=(address.link,), daemon=True).start()
            _serve(home, listener, address, tls_cert, tls_key)


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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Listener(socketserver.TCPServer):
    """A bound socket; uvicorn speaks through it."""

    allow_reuse_address = os.name != "nt"  # there it would let two programs have one port
    request_queue_size = 128


def _listener(host: str, port: int) -> tuple[socketserver.TCPServer, tuple[int, ...]]:
    """Return a listener on the first free port from `port` on, and those that were taken."""
    taken: list[int] = []
    for candidate in range(port, min(port + _MOST_PORTS, 65536)):
        try:
            return _Listener((host, candidate), socketserver.BaseRequestHandler), tuple(taken)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise BadSetting(
                    f"--host {host} cannot be listened on ({error.strerror or error}); nothing was "
                    "started, give a name or an IPv4 address of this computer"
                ) from error
            taken.append(candidate)
    raise BadSetting(
        f"no port from {port} to {port + _MOST_PORTS - 1} is free; nothing was started, give "
        "another with --port"
    )


class _Server(uvicorn.Server):
    """A server that lets a job end at its next step when it is asked to stop."""

    def __init__(self, config: uvicorn.Config, home: Home) -> None:
        super().__init__(config)
        self._home = home

    async def shutdown(self, sockets: Any = None) -> None:
        """Ask the job to stop, then close connections."""
        self._home.jobs.ask_to_stop()
        await super().shutdown(sockets)


def _serve(
    home: Home,
    listener: socketserver.TCPServer,
    address: Address,
    cert: Path | None,
    key: Path | None,
) -> None:
    bare = address.host.lower()
    hosts = () if address.is_local else (bare,)
    server = _Server(
        uvicorn.Config(
            create_app(home, hosts=hosts),
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=3,
            ssl_certfile=str(cert) if cert else None,
            ssl_keyfile=str(key) if key else None,
        ),
        home,
    )
    with closing(listener.socket):
        server.run(sockets=[listener.socket])
