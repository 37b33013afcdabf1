"""Who is signed in with a browser: a key that was pasted once became a session, whose secret only the browser keeps."""

import secrets
from threading import Lock

from cachetools import TTLCache

from api.keyring import REFRESH_SECONDS, KeyRing
from evenkeel.records.keys import ApiKey, hash_secret
from evenkeel.store import Store

COOKIE = "evenkeel_session"
MAX_KEPT = 10_000
MAX_LENGTH = 100  # characters of a secret; longer ones are none of ours


class SignedIn:
    """The sessions of the store. As with keys, a process that knew one may accept it for some seconds after its end.

    Args:
        seconds: How long a session lasts.
    """

    def __init__(self, store: Store, keys: KeyRing, seconds: float) -> None:
        self.sessions, self.keys, self.seconds = store.sessions, keys, seconds
        # hash of a secret -> id of its key
        self._kept: TTLCache[str, str] = TTLCache(MAX_KEPT, REFRESH_SECONDS)
        self._lock = Lock()

    def begin(self, key: ApiKey) -> str:
        """Begin a session of a key. Returns its secret."""
        secret = secrets.token_urlsafe(32)
        self.sessions.clean()
        self.sessions.add(hash_secret(secret), key.id, self.seconds)
        return secret

    def find(self, secret: str) -> ApiKey | None:
        """The key of a session; None if there is no such session, if it is over, or if its key was revoked."""
        if not secret or len(secret) > MAX_LENGTH:
            return None
        kept_hash = hash_secret(secret)
        with self._lock:
            key_id = self._kept.get(kept_hash)
        if key_id is None:
            key_id = self.sessions.find(kept_hash)
            if key_id is None:
                return None
            with self._lock:
                self._kept[kept_hash] = key_id
        return self.keys.live(key_id)

    def end(self, secret: str) -> None:
        """End a session."""
        self.sessions.end(hash_secret(secret))
        with self._lock:
            self._kept.pop(hash_secret(secret), None)

    def end_all(self, key_id: str) -> int:
        """End every session of a key. Returns their number."""
        ended = self.sessions.end_all(key_id)
        with self._lock:
            self._kept.clear()
        return ended
