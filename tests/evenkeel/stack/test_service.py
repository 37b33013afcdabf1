"""A service that dies is started again after a pause, which grows while it dies soon after its start."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from services import wait_for

from evenkeel.stack.service import Service


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(tmp_path: Path, clock: Clock) -> Iterator[Service]:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    made = Service("sleeper", command, dict(os.environ), tmp_path / "log", clock=clock)
    yield made
    made.signal_group(signal.SIGKILL)
    if made.process is not None:
        made.process.wait(30)


def die(service: Service, clock: Clock, after_seconds: float) -> float:
    """Start the service and kill it. Returns the pause that follows."""
    service.start()
    assert service.notice_end() is None
    clock.now += after_seconds
    assert service.process is not None
    service.process.kill()
    service.process.wait()
    assert service.notice_end() == "exit -9"
    assert service.notice_end() is None
    return service.pause_seconds


@pytest.mark.slow
def test_the_pause_doubles_up_to_half_a_minute_and_begins_again_after_a_while_of_life(
    service: Service, clock: Clock
) -> None:
    assert [die(service, clock, 1) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert die(service, clock, 11) == 1
    assert die(service, clock, 9) == 2
    assert service.num_ends == 9


def test_a_service_is_due_when_its_pause_is_over_and_not_while_it_runs(service: Service, clock: Clock) -> None:
    for pause in (1, 2):
        assert die(service, clock, 1) == pause
        clock.now += pause - 0.1
        assert not service.is_due
        clock.now += 0.2
        assert service.is_due
    service.start()
    clock.now += 100
    assert not service.is_due


def test_what_a_service_had_started_dies_with_it(service: Service, tmp_path: Path) -> None:
    told = tmp_path / "child"
    code = "import subprocess, sys, time; from pathlib import Path\nchild = subprocess.Popen(['sleep', '60'])\n"
    service.command = [sys.executable, "-c", f"{code}Path({str(told)!r}).write_text(str(child.pid)); sys.exit(3)"]
    service.start()
    assert service.process is not None
    service.process.wait(30)
    assert service.notice_end() == "exit 3"
    wait_for(lambda: state(told.read_text()) in ("", "Z"), 10, "the end of its child")


def state(pid: str) -> str:
    """The first letter of the state of a process, as ps shows it: Z if it has ended. Empty if there is no such one."""
    return subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True).stdout.strip()[:1]
