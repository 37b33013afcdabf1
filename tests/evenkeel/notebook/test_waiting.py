"""Waiting for an experiment shows how far it is, and without a terminal in few lines, however long it takes."""

import io
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from evenkeel.notebook import showing, waiting
from evenkeel.notebook.answers import Experiment
from evenkeel.notebook.progress import Now, describe_progress, what_keeps_it
from evenkeel.notebook.waiting import StillGoing
from evenkeel.talk import ApiError, EvenkeelError, Talk, Unreachable


class Lab:
    """An experiment of 24 runs that takes `seconds`. Time passes only in pauses, `pace` times as fast."""

    def __init__(self, seconds: float, pace: float = 1.0) -> None:
        self.seconds, self.pace, self.now = seconds, pace, 0.0

    def monotonic(self) -> float:
        return self.now

    def experiment(self) -> dict[str, Any]:
        share = min(1.0, self.now / self.seconds)
        finished = int(24 * share)
        status = {"queued": 0, "running": 24 - finished, "paused": 0, "finished": finished, "failed": 0, "cancelled": 0}
        counts = {"total": 24, "status": status, "outcome": {"diverged": 0}}
        eta = self.seconds - self.now
        done = {"epochs_done": int(480 * share), "epochs_total": 480}
        return {"name": "demo", "num_runs": counts, "eta_seconds": eta} | done

    def workers(self) -> list[dict[str, Any]]:
        run = {"id": "a", "experiment": "demo", "cell": "yolo-<b>", "seed": 3, "epochs": 20, "num_epochs": 7}
        return [worker(trains=[run, run | {"id": "b", "experiment": "other", "seed": 4}])]

    def summary(self) -> dict[str, Any]:
        return {"metric": "val_accuracy", "cells": [cell("yolo-<b>", [0.1, 0.5])]}


def worker(**changes: Any) -> dict[str, Any]:
    return {"name": "box-7", "device": "cpu", "problem": None, "trains": []} | changes


def cell(name: str, mean: list[float | None], **divergence: int) -> dict[str, Any]:
    """A cell of a summary whose seeds lie 0.1 around their mean."""
    band: dict[str, Any] = {"mean": mean, "n": [3] * len(mean)}
    band |= {end: [v and v + by for v in mean] for end, by in (("min", -0.1), ("max", 0.1))}
    return {
        "cell": name,
        "bands": {"survivors": band},
        "divergence": {"diverged": 0, "collapsed": 0} | divergence,
    }


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Experiment]:
    def wait(
        lab: Lab, progress: bool | Console = False, seconds: float | None = None, patience: float = 60.0
    ) -> Experiment:
        def ask(question: Callable[[], Any]) -> Callable[[], Talk[Any]]:
            def talk() -> Talk[Any]:
                yield from ()
                return question()

            return talk

        monkeypatch.setenv("TERM", "xterm")
        for module in (showing, waiting):
            monkeypatch.setattr(module, "time", lab)
        asks = waiting.Asks(ask(lambda: Experiment(lab.experiment())), ask(lab.workers), ask(lab.summary))
        talk = waiting.wait_for(asks, seconds, progress, patience)
        try:
            while True:
                lab.now += lab.pace * next(talk).seconds  # type: ignore[union-attr]
        except StopIteration as end:
            found: Experiment = end.value
            return found

    return wait


def lines_of(wait: Callable[..., Experiment], lab: Lab, width: int = 200) -> list[str]:
    log = io.StringIO()
    wait(lab, Console(file=log, width=width))
    return log.getvalue().splitlines()


@pytest.mark.parametrize(
    ("seconds", "pace", "fewest", "most"), [(3.0, 1, 2, 5), (120.0, 1, 11, 11), (3600.0, 1, 11, 40), (3e5, 60, 11, 80)]
)
def test_a_log_gets_a_line_for_each_tenth_and_stays_short(
    seconds: float, pace: float, fewest: int, most: int, wait: Callable[..., Experiment]
) -> None:
    lines = lines_of(wait, Lab(seconds, pace), 80)
    assert fewest <= len(lines) <= most
    assert lines[0].startswith("demo: 0 of 24 runs done, 24 running, 0 queued, about ")
    assert lines[-1] == "demo: 24 of 24 runs done, 0 running, 0 queued"
    assert max(map(len, lines)) <= 80


class Growing(Lab):
    """An experiment to which a rule adds seeds for as long as it trains and 5 seconds more."""

    def experiment(self) -> dict[str, Any]:
        going = self.now < self.seconds + 5
        says = "2 cells get one more seed each." if going else "So the rule has stopped."
        return super().experiment() | {"replication": {"going": going, "says": says}}


def test_an_experiment_is_followed_until_its_rule_has_stopped_too(wait: Callable[..., Experiment]) -> None:
    *_, before, last = lines_of(wait, Growing(3.0))
    assert before == "demo: 24 of 24 runs done, 0 running, 0 queued, about 0:00 left. 2 cells get one more seed each."
    assert last == "demo: 24 of 24 runs done, 0 running, 0 queued. So the rule has stopped."


def test_a_paused_experiment_says_so_once_and_how_to_go_on(wait: Callable[..., Experiment]) -> None:
    class Resting(Lab):
        """An experiment that is paused for its first 30 seconds."""

        def experiment(self) -> dict[str, Any]:
            paused = self.now < 30
            detail = super().experiment() | {"paused": paused}
            if paused:
                status = {"queued": 0, "running": 0, "paused": 24, "finished": 0, "failed": 0, "cancelled": 0}
                detail |= {"num_runs": {"total": 24, "status": status, "outcome": {"diverged": 0}}, "epochs_done": 0}
            return detail

    first, second, *_, last = lines_of(wait, Resting(60.0))
    says = "It is paused; to go on: evenkeel resume demo"
    assert first == f"demo: 0 of 24 runs done, 0 running, 0 queued, 24 paused. {says}"
    assert says not in second
    assert last == "demo: 24 of 24 runs done, 0 running, 0 queued"


def screen_of(wait: Callable[..., Experiment], lab: Lab, error: type[Exception], **how: Any) -> str:
    """What a terminal shows in the end, if waiting ends with an error."""
    screen = io.StringIO()
    with pytest.raises(error):
        wait(lab, Console(file=screen, width=120, force_terminal=True, color_system=None), **how)
    return screen.getvalue()


def test_a_terminal_gets_a_bar_for_each_run_that_trains_now(wait: Callable[..., Experiment]) -> None:
    screen = screen_of(wait, Lab(20.0), StillGoing, seconds=5)
    assert "all epochs" in screen
    assert "yolo-<b> seed 3" in screen
    assert "7/20" in screen
    assert "seed 4" not in screen


def test_a_notebook_gets_one_output_that_changes_and_is_escaped(
    wait: Callable[..., Experiment], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[dict[str, str]] = []
    handle = SimpleNamespace(update=lambda data, raw: shown.append(data))
    displayed: list[Any] = []

    def display(*what: Any, **how: Any) -> Any:
        displayed.append(what)
        return handle

    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    wait(Lab(2.0), Console(force_jupyter=True))
    assert len(displayed) == 1
    assert "0 of 24 runs done" in shown[0]["text/plain"]
    assert "24 of 24 runs done" in shown[-1]["text/html"]
    assert "yolo-&lt;b&gt; seed 3" in shown[0]["text/html"]
    assert "<b>" not in "".join(each["text/html"] for each in shown)


def test_waiting_ends_with_an_error_after_the_time_that_the_caller_gives(wait: Callable[..., Experiment]) -> None:
    lab = Lab(100.0)
    with pytest.raises(EvenkeelError, match=r"^demo has not ended after 5 s, and goes on: 1 of 24 runs done, 23 runn"):
        wait(lab, seconds=5)
    assert lab.now == 5


def test_an_api_that_is_away_for_less_than_a_minute_is_asked_again(wait: Callable[..., Experiment]) -> None:
    class Restarting(Lab):
        away = (10.0, 60.0)

        def experiment(self) -> dict[str, Any]:
            if self.away[0] <= self.now <= self.away[1]:
                raise Unreachable("no answer")
            return super().experiment()

    assert wait(Restarting(80.0))["epochs_done"] == 480
    lasting = Restarting(80.0)
    lasting.away = (10.0, 75.0)
    with pytest.raises(Unreachable):
        wait(lasting)
    at_once = Restarting(80.0)
    at_once.away = (0.0, 5.0)
    with pytest.raises(Unreachable):
        wait(at_once)


class Leaving(Lab):
    """A lab whose API is away for 20 seconds, and whose store for 20 more."""

    def experiment(self) -> dict[str, Any]:
        if 10 <= self.now < 30:
            raise Unreachable("no answer")
        if 30 <= self.now < 50:
            raise ApiError(503, "the store does not answer", [])
        return super().experiment()


def test_a_log_says_once_that_the_api_is_away_and_once_that_it_is_back(wait: Callable[..., Experiment]) -> None:
    lines = lines_of(wait, Leaving(120.0))
    away = [place for place, line in enumerate(lines) if "has not answered" in line]
    [place] = away
    assert lines[place] == (
        "The API has not answered for 0:03. Runs train on without it, and this goes on when it is back."
    )
    assert lines[place + 1] == "The API answers again."
    assert lines[place + 2].startswith("demo: 10 of 24 runs done")


def test_a_terminal_shows_meanwhile_what_it_knew(wait: Callable[..., Experiment]) -> None:
    screen = screen_of(wait, Leaving(120.0), ApiError, patience=25)
    assert "demo: 1 of 24 runs done" in screen
    assert "The API has not answered for 0:24. Runs train on without it" in screen


@pytest.mark.parametrize(
    ("workers", "says"),
    [
        ([], "No worker was seen lately. Queued runs wait until one is back."),
        ([worker(problem="the disk is full")], "box-7: the disk is full"),
    ],
)
def test_a_worker_that_is_away_or_cannot_train_is_named_once(
    workers: list[dict[str, Any]], says: str, wait: Callable[..., Experiment]
) -> None:
    class Troubled(Lab):
        def workers(self) -> list[dict[str, Any]]:
            return workers if 5 <= self.now < 10 else super().workers()

    assert lines_of(wait, Troubled(20.0)).count(says) == 1


def test_runs_that_wait_for_a_device_that_no_worker_has_are_explained() -> None:
    detail = Lab(10.0).experiment() | {"device": "cuda"}
    assert what_keeps_it(Now(detail, [worker()])) == [
        "Its runs wait for a worker with the device cuda, and there is none."
    ]
    assert what_keeps_it(Now(detail, [worker(device="cuda:0")])) == []


def test_collapsed_runs_are_counted_beside_diverged_ones() -> None:
    detail = Lab(10.0).experiment()
    detail["num_runs"]["outcome"] = {"diverged": 2, "collapsed": 1}
    assert "2 diverged, 1 collapsed" in describe_progress(detail)


def test_a_terminal_gets_the_band_of_each_cell(wait: Callable[..., Experiment]) -> None:
    screen = io.StringIO()
    wait(Lab(2.0), Console(file=screen, width=100, force_terminal=True, color_system=None))
    assert "val_accuracy: mean of surviving seeds, from 0.1 to 0.5" in screen.getvalue()
    assert "0.400-0.600  n = 3" in screen.getvalue()


def test_a_log_has_no_bands(wait: Callable[..., Experiment]) -> None:
    assert not any("val_accuracy" in line for line in lines_of(wait, Lab(20.0)))
