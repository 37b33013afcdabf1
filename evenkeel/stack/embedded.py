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
    """Start with `start`, keep with `keep`, end with `stop`. `report` gets a line for everything worth knowing."""

    def __init__(self, addresses: Addresses, slots: int, report: Callable[[str], None]) -> None:
        self.addresses, self.report = addresses, report
        self.services = make_services(addresses, slots)

    def start(self) -> None:
        """Returns when /readyz says 200: a run that is posted now is taken at once. Raises StackError, with the last
        words of whoever failed."""
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
                waited = f"not ready after {READY_SECONDS:.0f} s: waited for {', '.join(missing)}"
                raise StackError(f"{waited}; the logs are in {self.addresses.logs}")
            time.sleep(0.2)

    def _migrate(self) -> None:
        try:
            with closing(Store(self.addresses.database_url)) as store:
                store.migrate()
        except (SchemaError, StoreAway) as error:
            raise StackError(str(error)) from error

    def _forget_workers(self) -> None:
        """The worker that runs no more is not taken for one that is ready."""
        with suppress(StoreAway), closing(Store(self.addresses.database_url)) as store:
            store.workers.forget()

    def _missing(self) -> list[str] | None:
        """What /readyz says is not ready, the workers with the reason; None while the API itself does not answer."""
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
        """Start again whoever died. Raises StackError where that does not help."""
        for service in self.services:
            code = service.exit_code
            if code is None:
                continue
            service.signal_group(signal.SIGKILL)
            if service.keeps_dying:
                raise StackError(f"{service.name} keeps ending (exit {code}). Its last words:\n{service.last_words()}")
            self.report(f"{service.name} ended (exit {code}): starting it again")
            if service.name == "worker":
                self._forget_workers()
            service.start()

    def stop(self) -> None:
        """Worker first, so that it gives its runs back; Redis last."""
        for service in reversed(self.services):
            service.signal_group(signal.SIGTERM)
            try:
                if service.process is not None:
                    service.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.report(f"{service.name} did not end within {STOP_SECONDS:.0f} s: killed")
            service.signal_group(signal.SIGKILL)


@contextmanager
def lock_folder(data: Path) -> Iterator[None]:
    """One stack at a time for one folder. Raises StackError where another has it."""
    data.mkdir(parents=True, exist_ok=True)
    try:
        held = FileLock(data / "lock").acquire(timeout=0)
    except Timeout:
        raise StackError(f"another 'evenkeel up' is using {data}; name another folder with --data") from None
    with held:
        yield
