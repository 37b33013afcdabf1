"""Renews the lease of one claim in a thread of its own, so that a slow training or a slow write never costs the lease.

The thread also looks more often whether somebody asked the run to stop.
"""

import logging
import threading
import time
from types import TracebackType
from typing import Self

from evenkeel.claims import Claims
from evenkeel.records.leases import Claim, Lease
from evenkeel.settings import Settings
from evenkeel.store import StoreAway

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
JOIN_SECONDS = 5.0


class LeaseKeeper:
    """Keeps the lease within a `with` block.

    Attributes:
        state: What the store last answered. It stays HELD while the store does not answer: the store decides whether
            the lease has expired, and says so as soon as it answers again.
    """

    def __init__(self, claims: Claims, claim: Claim, settings: Settings) -> None:
        self._claims, self._claim, self._lease_seconds = claims, claim, settings.lease_seconds
        # A setting with shorter leases must not cost them.
        self._every = min(settings.renew_seconds, settings.lease_seconds / 4)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{claim.run_id[:8]}", daemon=True)
        self.state = Lease.HELD

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join(JOIN_SECONDS)

    def _keep(self) -> None:
        renewed = time.monotonic()
        while not self._ended.wait(min(LOOK_SECONDS, self._every)) and self.state is not Lease.LOST:
            try:
                if time.monotonic() - renewed < self._every:
                    self.state = self._claims.look(self._claim)
                    continue
                self.state = self._claims.renew(self._claim, self._lease_seconds)
                renewed = time.monotonic()
            except StoreAway as error:
                log.warning("run %s: its lease is renewed later: %.300s", self._claim.run_id, error)
