"""API keys: `ek_<id>_<secret>`, shown once, kept as a hash.

The secret is 256 random bits, so one round of SHA-256 is hash enough: there is no dictionary to try.
"""

import hashlib
import hmac
import secrets
from enum import StrEnum

PREFIX = "ek"


class Role(StrEnum):
    """`read` may look; `write` may also post, cancel and change."""

    READ = "read"
    WRITE = "write"


def make_key() -> tuple[str, str, str]:
    """A fresh key: (its id, the hash to keep, the key to hand out)."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return key_id, hash_secret(secret), f"{PREFIX}_{key_id}_{secret}"


def split_key(text: str) -> tuple[str, str] | None:
    """(id, secret) of a key as it was handed out; None for anything else."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    return (key_id, secret) if prefix == PREFIX and key_id and secret and text.isascii() else None


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def fits(secret: str, kept_hash: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(hash_secret(secret), kept_hash)
