"""Identity files as age writes them, but whose passphrase takes a moment to try, not two seconds.

The format is that of age (https://age-encryption.org/v1, recipient type scrypt), so that whatever
reads them is the real thing; only the work factor, which age writes into the file, is 2^10.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LOG_N = 10
_MOST = 64 << 10


def encrypt(content: bytes, passphrase: str) -> bytes:
    """Lock a few bytes with a passphrase."""
    assert len(content) < _MOST, "longer texts are cut into parts, which no test needs"
    file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    wrapping = hashlib.scrypt(
        passphrase.encode(), salt=b"age-encryption.org/v1/scrypt" + salt, n=1 << LOG_N, r=8, p=1,
        dklen=32,
    )  # fmt: skip
    wrapped = ChaCha20Poly1305(wrapping).encrypt(bytes(12), file_key, None)
    head = f"age-encryption.org/v1\n-> scrypt {_text(salt)} {LOG_N}\n{_text(wrapped)}\n---".encode()
    mark = hmac.digest(_derived(file_key, b"", b"header"), head, "sha256")
    payload = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    last = bytes(11) + b"\x01"
    return head + f" {_text(mark)}\n".encode() + nonce + payload.encrypt(last, content, None)


def _derived(key: bytes, salt: bytes, what: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, what).derive(key)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")
