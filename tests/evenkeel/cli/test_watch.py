"""Following an experiment without a terminal prints few lines, however long it takes."""

import io
from typing import Any

import pytest
from rich.console import Console

from evenkeel.cli import watch


class Clock:
    """A clock on which time passes only when code sleeps."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Lab:
    """An experiment of 24 runs that takes `seconds`."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock, self.seconds = clock, seconds

    def experiment(self, name: str) -> dict[str, Any]:
        share = min(1.0, self.clock.now / self.seconds)
        finished = int(24 * share)
        status = {"queued": 0, "running": 24 - finished, "paused": 0, "finished": finished, "failed": 0, "cancelled": 0}
        counts = {"total": 24, "status": status, "outcome": {"diverged": 0}}
        eta = self.seconds - self.clock.now
        return {"num_runs": counts, "epochs_done": int(480 * share), "epochs_total": 480, "eta_seconds": eta}


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "fewest", "most"), [(3.0, 2, 5), (120.0, 11, 11), (3600.0, 11, 40), (3e5, 11, 80)])
def test_a_log_gets_a_line_for_each_tenth_and_stays_short(
    seconds: float, fewest: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(watch, "time", clock)
    log = io.StringIO()
    watch.watch_experiment(Lab(clock, seconds), "demo", Console(file=log, width=80))  # type: ignore[arg-type]
    lines = log.getvalue().splitlines()
    assert fewest <= len(lines) <= most
    assert lines[0].startswith("demo: 0 of 24 runs done, 24 running, 0 queued, about ")
    assert lines[-1] == "demo: 24 of 24 runs done, 0 running, 0 queued"
    assert max(map(len, lines)) <= 80


class Growing(Lab):
    """An experiment to which a rule adds seeds for as long as it trains and 5 seconds more."""

    def experiment(self, name: str) -> dict[str, Any]:
        going = self.clock.now < self.seconds + 5
        says = "2 cells get one more seed each." if going else "So the rule has stopped."
        return super().experiment(name) | {"replication": {"going": going, "says": says}}


def test_an_experiment_is_followed_until_its_rule_has_stopped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(watch, "time", clock)
    log = io.StringIO()
    watch.watch_experiment(Growing(clock, 3.0), "demo", Console(file=log, width=200))  # type: ignore[arg-type]
    *_, before, last = log.getvalue().splitlines()
    assert before == "demo: 24 of 24 runs done, 0 running, 0 queued, about 0:00 left. 2 cells get one more seed each."
    assert last == "demo: 24 of 24 runs done, 0 running, 0 queued. So the rule has stopped."


def test_a_paused_experiment_says_so_once_and_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(watch, "time", clock)
    log = io.StringIO()

    class Resting(Lab):
        """An experiment that is paused for its first 30 seconds."""

        def experiment(self, name: str) -> dict[str, Any]:
            paused = self.clock.now < 30
            detail = super().experiment(name) | {"name": name, "paused": paused}
            if paused:
                status = {"queued": 0, "running": 0, "paused": 24, "finished": 0, "failed": 0, "cancelled": 0}
                detail |= {"num_runs": {"total": 24, "status": status, "outcome": {"diverged": 0}}, "epochs_done": 0}
            return detail

    watch.watch_experiment(Resting(clock, 60.0), "demo", Console(file=log, width=200))  # type: ignore[arg-type]
    first, second, *_, last = log.getvalue().splitlines()
    says = "It is paused; to go on: evenkeel resume demo"
    assert first == f"demo: 0 of 24 runs done, 0 running, 0 queued, 24 paused. {says}"
    assert says not in second
    assert last == "demo: 24 of 24 runs done, 0 running, 0 queued"
