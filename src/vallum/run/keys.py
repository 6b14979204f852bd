"""Keys for one cluster: an authority that is forgotten at once, and what it signed."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vallum.ground.errors import BadSetting
from vallum.run.address import CA

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

ROLES = ("scheduler", "worker", "client")
_EARLY = timedelta(days=1)


def make(folder: Path, *, hosts: Sequence[str] = (), days: int = 365) -> list[Path]:
    """Write certificates and keys for scheduler, workers and callers of one cluster.

    All are signed by an authority of this one cluster whose own key is never written: nobody can
    add to the set later, and it is renewed by making another. A cluster takes whoever has a key of
    the set, by whatever name: keep the folder as you keep a password.

    Args:
        folder: new or empty; only its owner may read what is written.
        hosts: names and addresses of the scheduler, besides this computer's own.
        days: how long they are valid.

    Returns:
        The files: `ca.pem`, and for each role `ROLE.pem` and `ROLE-key.pem`.

    Raises:
        BadSetting: the folder holds something, or `days` is not from 1 to 3,650.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    if not 1 <= days <= 3650:
        raise BadSetting(f"keys for {days} days; nothing was made, say 1 to 3650")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadSetting(f"{folder} is there and holds something; nothing was made, name another")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    until = datetime.now(UTC) + timedelta(days=days)
    authority = ec.generate_private_key(ec.SECP256R1())
    root = _authority(authority, until)
    made = [_written(folder / CA, _pem(root))]
    for role in ROLES:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _signed(role, key, root, authority, until, hosts)
        made.append(_written(folder / f"{role}.pem", _pem(certificate)))
        made.append(_written(folder / f"{role}-key.pem", _key_pem(key)))
    return made


def _authority(key: EllipticCurvePrivateKey, until: datetime) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    name = _named("vallum cluster")
    usage = _usage(key_cert_sign=True, digital_signature=False)
    return (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - _EARLY)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _signed(
    role: str,
    key: EllipticCurvePrivateKey,
    root: x509.Certificate,
    authority: EllipticCurvePrivateKey,
    until: datetime,
    hosts: Sequence[str],
) -> x509.Certificate:
    """Return the certificate of a role; scheduler and workers call each other and are called."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
    names = []
    if role != "client":
        uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
        names = [_host(name) for name in dict.fromkeys(("localhost", "127.0.0.1", "::1", *hosts))]
    of_root = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    builder = (
        x509.CertificateBuilder(
            root.subject, _named(f"vallum {role}"), key.public_key(), x509.random_serial_number()
        )
        .not_valid_before(datetime.now(UTC) - _EARLY)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(key_cert_sign=False, digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(of_root, critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(authority, hashes.SHA256())


def _usage(*, key_cert_sign: bool, digital_signature: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=digital_signature, key_cert_sign=key_cert_sign, crl_sign=False,
        content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _named(text: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError:
        raise BadSetting(f"'{name[:80]}' is no name of a host; write it as in tls://HOST") from None


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _written(path: Path, text: bytes) -> Path:
    """Write a file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
    return path
