"""Which addresses vallum asks: public servers over https, and private ones that a person named.

A catalogue is foreign. Its links may point at the machine itself, at the router, at the service
by which cloud machines get their passwords, or at a name that is public when it is checked and
private when it is used (DNS rebinding). So a name is resolved once, every address it has is
checked, and the connection goes to one of those addresses (OWASP, Server-Side Request Forgery
Prevention Cheat Sheet; the special addresses are those of the IANA registries, as Python's
`ipaddress` knows them).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from vallum.ground.errors import AddressRefused, NotReached
from vallum.imagery import stated

Resolve = Callable[[str, int], Sequence[str]]
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_LONGEST_ADDRESS = 8_192
_PORTS = {"https": 443, "http": 80}
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
# All that is handed out to the public (RFC 4291, 2.4); whatever else there is has another meaning.
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
_TRANSLATED = ipaddress.IPv6Network("::ffff:0:0:0/96")  # RFC 2765
_ISATAP = {0x00005EFE, 0x02005EFE}  # RFC 5214: stands before the version 4 address
# Where cloud machines answer questions about themselves; not all of these are link-local.
_METADATA = {
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200")
}
_STEP = "vallum asks public https servers, and those in [fetch] private_hosts of vallum.toml"


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, as the system knows them.

    Raises:
        OSError: it is not known.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address that may be asked.

    Attributes:
        scheme: https, or http for a private host that was named.
        host: in small letters, without port.
        port: where it answers.
        target: path and query, as they are sent.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def netloc(self) -> str:
        """Host, and the port where it is not the usual one."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def href(self) -> str:
        """All of it; it may carry a signature, so it is never shown or kept."""
        return f"{self.scheme}://{self.netloc}{self.target}"

    def __repr__(self) -> str:
        return f"Address({shown(self.href)!r})"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What may be asked.

    Attributes:
        private: hosts, with or without a port, that a person named although they are private.
        resolver: how a name becomes addresses.
    """

    private: frozenset[str] = frozenset()
    resolver: Resolve = field(default=resolve, repr=False)

    @classmethod
    def of(cls, private_hosts: str, catalogue: str, *, resolver: Resolve = resolve) -> Rules:
        """Return the rules for one catalogue.

        A private server is asked only on behalf of a catalogue that is one itself: a public
        catalogue cannot use vallum to reach into the own network, whatever is named there.

        Args:
            private_hosts: as in vallum.toml: names with commas between them.
            catalogue: address that the person gave.
            resolver: how a name becomes addresses.
        """
        named = frozenset(name.strip().lower() for name in private_hosts.split(",") if name.strip())
        rules = cls(private=named, resolver=resolver)
        parts = _parts(catalogue)
        return rules if rules._is_named(parts[1], parts[2]) else cls(resolver=resolver)

    def check(self, href: str) -> Address:
        """Return the address if its form is one that vallum asks; nothing is sent.

        Raises:
            AddressRefused: no https, a name and password inside, or no host.
        """
        scheme, host, port, target = _parts(href)
        if scheme != "https" and not (scheme == "http" and self._is_named(host, port)):
            raise AddressRefused(f"{shown(href)}: is not https; nothing was sent, {_STEP}")
        return Address(scheme=scheme, host=host, port=port, target=target)

    def addresses(self, address: Address) -> list[str]:
        """Return the numeric addresses to connect to, all of them allowed.

        Raises:
            AddressRefused: at least one of them lies in a private or special network.
            NotReached: the name is not known.
        """
        try:
            found = list(self.resolver(address.host, address.port))
        except (OSError, UnicodeError) as error:
            raise NotReached(
                f"{address.host}: there is no server of this name, or no network; check the "
                "address and the connection, and run it again"
            ) from error
        is_named = self._is_named(address.host, address.port)
        for text in found:
            why = _refusal(text, is_named)
            if why:
                raise AddressRefused(
                    f"{shown(address.href)}: leads to {why}; nothing was sent, {_STEP}"
                )
        if not found:
            raise NotReached(f"{address.host}: has no address; check the spelling")
        return found

    def _is_named(self, host: str, port: int) -> bool:
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{port}" in self.private or (
            name in self.private and port in _PORTS.values()
        )


def _parts(href: str) -> tuple[str, str, int, str]:
    """Return scheme, host, port and target of an address.

    Raises:
        AddressRefused: it is none, or holds what an address must not.
    """
    is_odd = len(href) > _LONGEST_ADDRESS or any(
        ord(sign) <= 32 or ord(sign) == 127 for sign in href
    )
    try:
        parts = urlsplit("" if is_odd or "\\" in href else href)
        host, scheme = (parts.hostname or "").rstrip("."), parts.scheme.lower()
        port = _PORTS.get(scheme, 0) if parts.port is None else parts.port
        host = host if ":" in host else host.encode("idna").decode()
    except ValueError:  # also what idna cannot write
        scheme, host, port = "", "", 0
    if scheme not in _PORTS or not host or not port:
        raise AddressRefused(
            f"'{shown(href)}': is no address of a web server; nothing was sent, {_STEP}"
        )
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(
            f"{shown(href)}: has a name or password inside; nothing was sent, give the address "
            "without it"
        )
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]{}|\"")
    return scheme, host.lower(), port, path + (f"?{query}" if query else "")


def _refusal(text: str, is_named: bool) -> str:
    """Return in words why an address is not asked; empty when it may be."""
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return "something that is no address"
    for one in (address, *_inside(address)):
        if one in _METADATA:
            return "the service that tells a cloud machine its passwords"
        if one.is_link_local or one.is_multicast or one.is_unspecified:
            return "a link-local, multicast or unspecified address"
        if not is_named and not _is_public(one):
            return "this machine" if one.is_loopback else "a private network"
    return ""


def _is_public(address: IpAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _PUBLIC_6:
        return address in _NAT64[0]  # a public server, in a network without version 4
    return address.is_global


def _inside(address: IpAddress) -> list[IpAddress]:
    """Return the version 4 addresses that a version 6 address stands for."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    found: list[IpAddress] = [a for a in (address.ipv4_mapped, address.sixtofour) if a is not None]
    found += address.teredo or ()
    is_inside = any(address in network for network in (*_NAT64, _TRANSLATED))
    is_inside |= (int(address) >> 32) & 0xFFFFFFFF in _ISATAP
    if is_inside or int(address) >> 32 == 0:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found


def shown(href: str) -> str:
    """Return an address as it may be shown and kept: no password, no query, no signature."""
    try:
        parts = urlsplit(href[:_LONGEST_ADDRESS])
        host = parts.hostname or ""
        netloc = f"[{host}]" if ":" in host else host
        netloc += f":{parts.port}" if parts.port else ""
        plain = urlunsplit((parts.scheme, netloc, parts.path, "", ""))
    except ValueError:
        plain = "?"
    return stated.words(unquote(plain), 300)


def joined(base: str, href: str) -> str:
    """Return the address that a link means, seen from where it stands.

    Raises:
        AddressRefused: it is none.
    """
    try:
        found = urljoin(base, href)
        urlsplit(found).port  # noqa: B018 - what is no number is found out only here
    except ValueError as error:
        raise AddressRefused(
            f"'{stated.words(href, 80)}': is no address; nothing was sent"
        ) from error
    return found


def same_origin(one: str, other: str) -> bool:
    """Say whether two addresses are of one server."""
    return _parts(one)[:3] == _parts(other)[:3]
