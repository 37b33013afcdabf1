"""API keys of the form `ek_<id>_<secret>`. A key is shown once. The lab keeps only a hash of its secret.

The secret is 256 random bits, so nobody can guess it from a dictionary. One round of SHA-256 is therefore enough.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "ek"


class Role(StrEnum):
    """What a key allows. `read` allows reading. `write` also allows posting, cancelling and changing."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class ApiKey:
    """A key as the store keeps it. `hash` is the one of its secret. Times are milliseconds since 1970 (UTC)."""

    id: str
    name: str
    role: Role
    hash: str
    created_ms: int
    revoked_ms: int | None


@dataclass(frozen=True)
class Session:
    """A browser that has signed in with a key. `hash` is the one of the secret that the browser keeps. Times are
    milliseconds since 1970 (UTC)."""

    hash: str
    key_id: str
    created_ms: int
    ends_ms: int


def make_key() -> tuple[str, str, str]:
    """A new key: (its id, the hash that the lab keeps, the key that its owner gets)."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return key_id, hash_secret(secret), f"{PREFIX}_{key_id}_{secret}"


def split_key(text: str) -> tuple[str, str] | None:
    """(id, secret) of a key; None if the text is not a key."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    return (key_id, secret) if prefix == PREFIX and key_id and secret and text.isascii() else None


def hash_secret(secret: str) -> str:
    """The SHA-256 of a key's secret, as 64 hex digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def fits(secret: str, kept_hash: str) -> bool:
    """Whether a secret has this hash. The comparison takes constant time, so its duration gives nothing away."""
    return hmac.compare_digest(hash_secret(secret), kept_hash)
