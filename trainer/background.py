"""What a worker does beside training, each in a thread of its own: be seen, reconcile, mirror."""

import logging
import threading
from collections.abc import Callable

from evenkeel.lab.queue import BrokerAway
from evenkeel.lab.store import StoreAway
from trainer.tracking import MlflowAway

log = logging.getLogger(__name__)


def repeat(name: str, seconds: float, do: Callable[[], object], stopping: threading.Event) -> threading.Thread:
    """Call `do` now and every `seconds` until `stopping`.

    A store, a broker or an MLflow that is away is logged when that changes, and waited for; anything else is logged in
    full and tried again: a worker must not lose its mirror to one bad row.
    """

    def loop() -> None:
        away = ""
        while not stopping.is_set():
            try:
                do()
                if away:
                    log.info("%s: back after %s", name, away)
                away = ""
            except (StoreAway, BrokerAway, MlflowAway) as error:
                reason = type(error).__name__
                if reason != away:
                    log.warning("%s: waiting, %s: %.300s", name, reason, error)
                away = reason
            except Exception:
                log.exception("%s: unexpected, going on", name)
            stopping.wait(seconds)

    thread = threading.Thread(target=loop, name=name, daemon=True)
    thread.start()
    return thread
