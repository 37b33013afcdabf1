"""The embedded stack: a private Redis, MLflow on SQLite, the API and one worker, as children of one process."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from evenkeel.records.workers import is_disk_full
from evenkeel.settings import get_settings
from evenkeel.stack.errors import StackError
from evenkeel.stack.giving_back import GivingBack, give_back
from evenkeel.stack.service import Service
from evenkeel.stack.services import WORKER, Addresses, make_services
from evenkeel.store import SchemaError, Store, StoreAway

# Longer than the worker waits for a child to start.
READY_SECONDS = 330.0
STOP_SECONDS = 20.0
# A service that died this often before it was ready for the first time will not get ready.
TRIES = 5

# It needs no store, so it starts while that is prepared.
BEFORE_STORE = ("redis",)
# No run needs it to train, and its start would take a core from the worker's. It starts once a slot is ready.
AFTER_READY = ("mlflow",)

# A check of /readyz -> the service that it is about. The API itself is ready if it answers.
CHECKED = {"broker": "redis", "mlflow": "mlflow", "workers": WORKER}


class Stack:
    """The running stack. `start` starts it, `keep` starts again what died, `stop` ends it. `report` is called with each
    message for the user."""

    def __init__(self, addresses: Addresses, slots: int, report: Callable[[str], None]) -> None:
        self.addresses, self.report = addresses, report
        self.services = make_services(addresses, slots)
        # The services that were ready once. They work, so however often they die, they are started again.
        self.worked: set[str] = set()
        # The services that are still to be started for the first time.
        self._later: set[str] = set()
        self.max_crashes = _max_crashes()
        self._giving_back = GivingBack(addresses.database_url, self.max_crashes)

    def start(self) -> None:
        """Start every service, and wait until a run that is posted is taken at once. MLflow then starts.

        Raises:
            StackError: If the stack is not ready in time, or a service keeps ending before it was ever ready. The
                message then has the end of its log.
        """
        self._later = {service.name for service in self.services}
        self._begin(BEFORE_STORE)
        self._prepare_store()
        self._begin(self._later.difference(AFTER_READY))
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
        self.worked |= {service.name for service in self.services}.difference(AFTER_READY)
        self._begin(AFTER_READY)

    def _begin(self, names: Collection[str]) -> None:
        self._later.difference_update(names)
        for service in self.services:
            if service.name in names:
                self._start(service)

    def _prepare_store(self) -> None:
        """Migrate the store. Whatever trained here before was cut off, so its runs are queued again at once."""
        try:
            with closing(Store(self.addresses.database_url)) as store:
                store.migrate()
                if given_back := give_back(store, self.max_crashes):
                    self.report(f"{given_back} runs were cut off when the lab ended: they go on")
        except (SchemaError, StoreAway) as error:
            raise StackError(str(error)) from error

    def _missing(self) -> list[str] | None:
        """What is not ready according to /readyz; None while the API does not answer. Workers come with the reason."""
        try:
            with urllib.request.urlopen(f"{self.addresses.api}/readyz", timeout=5):
                return []
        except urllib.error.HTTPError as error:
            checks = json.loads(error.read() or b"{}").get("checks", {})
            self.worked |= {"api"} | {
                CHECKED[name] for name, check in checks.items() if check["ok"] and name in CHECKED
            }
            away = [name for name, check in checks.items() if not check["ok"]] or ["api"]
            missing = [name for name in away if CHECKED.get(name) not in AFTER_READY]
            if missing == ["workers"] and is_disk_full(str(checks["workers"]["detail"])):
                # Nothing trains until there is room. With the lab running, its user can delete experiments.
                self.report(str(checks["workers"]["detail"]))
                return []
            return [f"{name}: {checks[name]['detail']}" if name == "workers" else name for name in missing]
        except OSError:
            return None

    def keep(self) -> None:
        """Start every service again that died, each after its own pause. This waits for nothing.

        Raises:
            StackError: If a service keeps ending and was never ready.
        """
        for service in self.services:
            pid = service.process.pid if service.process else 0
            if (how := service.notice_end()) is not None:
                self._lament(service, how)
                if service.name == WORKER:
                    self._giving_back.begin(_worker_name(pid))
            if service.name in AFTER_READY and service.has_lived:
                self.worked.add(service.name)
            waits = service.name in self._later or (service.name == WORKER and self._giving_back.goes_on)
            if service.is_due and not waits:
                self._start(service)

    def _start(self, service: Service) -> None:
        try:
            service.start()
        except OSError as error:
            service.rest()
            self._lament(service, str(error))

    def _lament(self, service: Service, how: str) -> None:
        if service.num_ends >= TRIES and service.name not in self.worked:
            words = service.last_words()
            raise StackError(f"{service.name} keeps ending ({how}). Its log ends with:\n{words}")
        self.report(f"{service.name} ended ({how}): starting it again in {service.pause_seconds:.0f} s")

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


def _max_crashes() -> int:
    try:
        return get_settings().max_crashes
    except ValidationError as error:
        raise StackError(str(error)) from error


def _worker_name(pid: int) -> str:
    """The name under which the worker with that process id had reported itself (`Settings.worker_name`)."""
    return os.environ.get("EVENKEEL_WORKER_NAME") or f"{socket.gethostname()}-{pid}"


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
