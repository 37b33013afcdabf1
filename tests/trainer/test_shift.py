"""When a worker on a machine that is only lent to it ends."""

import time
from typing import Any

import pytest

from trainer import shift
from trainer.shift import SLURM_END, Shift


class Clock:
    """A clock that tests turn."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(shift, "time", clock)
    return clock


def test_a_worker_that_was_lent_nothing_stays(clock: Clock) -> None:
    stays = Shift()
    clock.now += 1e9
    assert stays.over() == ""


def test_a_worker_ends_once_it_has_had_nothing_to_train_for_the_time(clock: Clock) -> None:
    until_idle = Shift(until_idle=600)
    clock.now += 10_000
    assert until_idle.over() == "", "it still starts"
    until_idle.begin()
    clock.now += 599
    assert until_idle.over() == ""
    with until_idle.at_work(), until_idle.at_work():
        clock.now += 10_000
        assert until_idle.over() == ""
    clock.now += 599
    assert until_idle.over() == "", "the time begins anew with the end of each run"
    clock.now += 1
    assert until_idle.over() == "it had nothing to train for 600 s"


def test_a_worker_with_a_problem_is_idle_while_it_waits_for_the_end_of_it(clock: Clock) -> None:
    until_idle = Shift(until_idle=600)
    until_idle.begin()
    with until_idle.at_work():
        clock.now += 600
        assert until_idle.over("no slot on cuda") == "no slot on cuda"


@pytest.mark.parametrize(("limit", "left"), [(14_400.0, 120.0), (600.0, 60.0), (10.0, 1.0)])
def test_a_worker_ends_two_minutes_before_its_time_is_over_or_a_tenth_of_it(
    clock: Clock, limit: float, left: float
) -> None:
    limited = Shift(time_limit=limit)
    with limited.at_work():
        clock.now += limit - left - 0.001
        assert limited.over() == ""
        clock.now += 0.002
        assert limited.over() == "its time is nearly over"


@pytest.mark.parametrize(
    ("options", "end", "after"),
    [
        ([], None, None),
        ([], "", None),
        ([], "soon", None),
        ([], "4600", 3480),
        (["--time-limit", "2h"], "4600", 3480),
        (["--time-limit", "10m"], "4600", 540),
        (["--time-limit", "0.5h"], None, 1680),
        ([], "10", 0),
        (["--until-idle", "90s"], None, 90),
        (["--until-idle", "2d", "--time-limit", "1d"], None, 86_280),
    ],
)
def test_the_options_and_slurm_say_how_long_a_worker_stays(
    clock: Clock, options: list[str], end: str | None, after: float | None
) -> None:
    stays = Shift.from_command(options, {} if end is None else {SLURM_END: end})
    stays.begin()
    if after is None:
        clock.now += 1e9
        assert stays.over() == ""
        return
    if after > 0:
        clock.now += after - 0.01
        assert stays.over() == ""
    clock.now += 0.02
    assert stays.over() != ""


@pytest.mark.parametrize("time_", ["10", "m", "0s", "-1m", "1w", "ten minutes", "nans"])
def test_a_time_that_is_none_is_refused_and_the_units_are_named(time_: str, capsys: Any) -> None:
    with pytest.raises(SystemExit, match="2"):
        Shift.from_command(["--until-idle", time_], {})
    said = capsys.readouterr().err
    assert said.splitlines()[-1].startswith("evenkeel worker: error: argument --until-idle:")
    assert time_.startswith("-") or "write a number and its unit: 90s, 10m, 4h or 2d" in said


def test_the_clock_of_a_real_worker_runs() -> None:
    idle = Shift(until_idle=1e-9)
    idle.begin()
    time.sleep(0.001)
    assert idle.over() == "it had nothing to train for 0 s"
