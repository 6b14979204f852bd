"""Who executes the tasks, as it is written: `local`, `tls://HOST:PORT`, `tcp://127.0.0.1:PORT`.

An address comes from the person alone: from the command line or their environment, never from
the settings of a project, which may be a stranger's. Who has the keys of a cluster may run any
program on it, and its workers send what they like to the caller.
"""

from __future__ import annotations

import ipaddress
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from vallum.ground.errors import BadSetting

SCHEDULERS = ("", "local")
SCHEDULER = "VALLUM_SCHEDULER"
KEYS = "VALLUM_CLUSTER_KEYS"
CA, CERTIFICATE, KEY = "ca.pem", "client.pem", "client-key.pem"
_WRITTEN = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253}):([0-9]{1,5})")


@dataclass(frozen=True, kw_only=True)
class Address:
    """A scheduler of a Dask cluster that may be asked."""

    protocol: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.protocol}://{self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """True when the host is this computer."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Files that prove who one is to a cluster, and that it is the right one."""

    ca: str
    certificate: str
    key: str


def parsed(scheduler: str) -> str | Address:
    """Return "", "local", or the address of a cluster.

    Raises:
        BadSetting: it is none of these, or unencrypted and not on this computer.
    """
    if scheduler in SCHEDULERS:
        return scheduler
    found = _WRITTEN.fullmatch(scheduler)
    if not found or not 0 < int(found[3]) < 65536:
        raise BadSetting(
            f"scheduler '{scheduler[:100]}' is unknown; nothing was done. Leave it out, or write "
            "local, tls://HOST:PORT, or tcp://127.0.0.1:PORT for a cluster on this computer"
        )
    address = Address(protocol=found[1], host=found[2], port=int(found[3]))
    if address.protocol == "tcp" and not address.is_local:
        raise BadSetting(
            f"{address} is another computer, and tcp:// neither encrypts nor asks who one is: "
            "whoever reaches that port could read the images and run programs on it. Nothing was "
            "sent. Make keys with `vallum cluster keys FOLDER`, start the cluster with them, and "
            f"write tls://{address.host}:{address.port}"
        )
    return address


def keys(asked: dict[str, str | None] | None = None) -> Keys:
    """Return the files that prove who one is to a cluster.

    Args:
        asked: what Dask's own settings say: `ca_file`, `cert`, `key`. They count where no folder
            is named by `VALLUM_CLUSTER_KEYS`.

    Raises:
        BadSetting: none are named, one is not there, or others may read the key.
    """
    folder = os.environ.get(KEYS, "").strip()
    if folder:
        base = Path(folder)
        names = [base / CA, base / CERTIFICATE, base / KEY]
    else:
        told = asked or {}
        ca, certificate = told.get("ca_file"), told.get("cert")
        if not ca or not certificate:
            raise BadSetting(
                "tls:// needs the keys of the cluster, and none are named; nothing was sent. "
                f"Name their folder: --cluster-keys FOLDER, or {KEYS}; "
                "`vallum cluster keys FOLDER` makes new ones"
            )
        names = [Path(ca), Path(certificate), Path(told.get("key") or certificate)]
    for path in names:
        if not path.is_file():
            raise BadSetting(
                f"the cluster's keys: there is no file {path}; nothing was sent. Name the folder "
                "that `vallum cluster keys` made"
            )
    if os.name == "posix" and stat.S_IMODE(names[2].stat().st_mode) & 0o007:
        raise BadSetting(
            f"every user of this computer may read {names[2]}, so it proves nothing; nothing was "
            f"sent. Make new keys if others use this computer, else: chmod 600 {names[2]}"
        )
    return Keys(ca=str(names[0]), certificate=str(names[1]), key=str(names[2]))
