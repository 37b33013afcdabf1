"""Repeats the jobs that a worker does beside training, such as reporting its state and copying runs to MLflow."""

import logging
import threading
from collections.abc import Callable

from evenkeel.lab.queue import BrokerAway
from evenkeel.store import StoreAway
from trainer.away import MlflowAway

log = logging.getLogger(__name__)


def repeat(name: str, seconds: float, do: Callable[[], object], stopping: threading.Event) -> threading.Thread:
    """Call `do` in a thread of its own, now and then every `seconds`, until `stopping` is set.

    If the store, the broker or MLflow cannot be reached, this is logged once, and `do` is called again later. Any other
    error is logged with its traceback, and `do` is called again too, since one bad row must not stop the mirror.

    Args:
        name: The job's name in the log.
        seconds: The pause between the end of one call and the start of the next.

    Returns:
        The thread, which has been started.
    """

    def loop() -> None:
        away = ""
        while not stopping.is_set():
            try:
                do()
                if away:
                    log.info("%s: works again after %s", name, away)
                away = ""
            except (StoreAway, BrokerAway, MlflowAway) as error:
                reason = type(error).__name__
                if reason != away:
                    log.warning("%s: waiting because of %s: %.300s", name, reason, error)
                away = reason
            except Exception:
                log.exception("%s: unexpected error, trying again", name)
            stopping.wait(seconds)

    thread = threading.Thread(target=loop, name=name, daemon=True)
    thread.start()
    return thread
