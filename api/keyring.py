"""Keeps the store's API keys in the memory of a process."""

import time

from evenkeel.records.keys import ApiKey, fits, split_key
from evenkeel.store import Store

# A process that knew a key may still accept it for so long after it was revoked.
REFRESH_SECONDS = 5.0
# For a key that is not known, the store is read again, but not more often than this.
LOOK_AGAIN_SECONDS = 0.2


class KeyRing:
    """The store's keys. They are kept for some seconds, because otherwise each request would need a query."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._keys: dict[str, ApiKey] = {}
        self._looked = -REFRESH_SECONDS

    def is_empty(self) -> bool:
        """Whether the lab has never had a key."""
        self._refresh(REFRESH_SECONDS if self._keys else LOOK_AGAIN_SECONDS)
        return not self._keys

    def find(self, text: str) -> ApiKey | None:
        """The key with this text; None if it is not known or was revoked."""
        parts = split_key(text)
        if parts is None:
            return None
        key_id, secret = parts
        key = self.live(key_id)
        return key if key is not None and fits(secret, key.hash) else None

    def live(self, key_id: str) -> ApiKey | None:
        """The key with this id; None if it is not known or was revoked."""
        self._refresh(REFRESH_SECONDS if key_id in self._keys else LOOK_AGAIN_SECONDS)
        key = self._keys.get(key_id)
        return key if key is not None and key.revoked_ms is None else None

    def _refresh(self, older_than_seconds: float) -> None:
        if time.monotonic() - self._looked >= older_than_seconds:
            self._keys = {key.id: key for key in self.store.keys.all()}
            self._looked = time.monotonic()
