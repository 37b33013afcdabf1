"""The embedded stack: a private Redis, MLflow on SQLite, the API and one worker, as children of one process."""

import json
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from evenkeel.lab.store import SchemaError, Store, StoreAway
from evenkeel.stack.errors import StackError
from evenkeel.stack.services import Addresses, make_services

# Longer than the worker waits for a child to start.
READY_SECONDS = 330.0
STOP_SECONDS = 20.0


class Stack:
    """The running stack. `start` starts it, `keep` restarts what died, `stop` ends it. `report` is called with each
    message for the user."""

    def __init__(self, addresses: Addresses, slots: int, report: Callable[[str], None]) -> None:
        self.addresses, self.report = addresses, report
        self.services = make_services(addresses, slots)

    def start(self) -> None:
        """Start every service, and wait until /readyz answers 200. A run that is posted then is taken at once.

        Raises:
            StackError: If the stack is not ready in time, or a service keeps ending. The message then has the end of
                its log.
        """
        self._migrate()
        self._forget_workers()
        for service in self.services:
            service.start()
        deadline = time.monotonic() + READY_SECONDS
        missing = ["api"]
        while (now_missing := self._missing()) != []:
            if now_missing != missing and now_missing is not None:
                missing = now_missing
                self.report(f"waiting for {', '.join(missing)}")
            self.keep()
            if time.monotonic() > deadline:
                waited = f"not ready after {READY_SECONDS:.0f} s of waiting for {', '.join(missing)}"
                raise StackError(f"{waited}. The logs are in {self.addresses.logs}")
            time.sleep(0.2)

    def _migrate(self) -> None:
        try:
            with closing(Store(self.addresses.database_url)) as store:
                store.migrate()
        except (SchemaError, StoreAway) as error:
            raise StackError(str(error)) from error

    def _forget_workers(self) -> None:
        """Delete the record of the last worker, so that it does not pass for one that is ready."""
        with suppress(StoreAway), closing(Store(self.addresses.database_url)) as store:
            store.workers.forget()

    def _missing(self) -> list[str] | None:
        """What is not ready according to /readyz; None while the API does not answer. Workers come with the reason."""
        try:
            with urllib.request.urlopen(f"{self.addresses.api}/readyz", timeout=5):
                return []
        except urllib.error.HTTPError as error:
            checks = json.loads(error.read() or b"{}").get("checks", {})
            missing = [name for name, check in checks.items() if not check["ok"]] or ["api"]
            return [f"{name}: {checks[name]['detail']}" if name == "workers" else name for name in missing]
        except OSError:
            return None

    def keep(self) -> None:
        """Restart every service that died. Raises StackError if a service keeps dying."""
        for service in self.services:
            code = service.exit_code
            if code is None:
                continue
            service.signal_group(signal.SIGKILL)
            if service.keeps_dying:
                raise StackError(
                    f"{service.name} keeps ending (exit {code}). Its log ends with:\n{service.last_words()}"
                )
            self.report(f"{service.name} ended (exit {code}): starting it again")
            if service.name == "worker":
                self._forget_workers()
            service.start()

    def stop(self) -> None:
        """Stop all services. The worker stops first, so that it can give its runs back, and Redis stops last."""
        for service in reversed(self.services):
            service.signal_group(signal.SIGTERM)
            try:
                if service.process is not None:
                    service.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.report(f"{service.name} did not end within {STOP_SECONDS:.0f} s and was killed")
            service.signal_group(signal.SIGKILL)


@contextmanager
def lock_folder(data: Path) -> Iterator[None]:
    """Lock the folder, so that only one stack uses it. Raises StackError if another stack uses it already."""
    data.mkdir(parents=True, exist_ok=True)
    try:
        held = FileLock(data / "lock").acquire(timeout=0)
    except Timeout:
        raise StackError(f"another 'evenkeel up' is using {data}; name another folder with --data") from None
    with held:
        yield
