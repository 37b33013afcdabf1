"""The queue is played through as the scheduler would take the runs."""

from evenkeel.grids.sharing import Device
from evenkeel.lab.slots import Line, Slot, play

CPU, CUDA = Device.CPU, Device.CUDA


def line(count: int, seconds: float, priority: int = 0, served_ms: int = 0, max_running: int | None = None) -> Line:
    return Line([{CPU: seconds, CUDA: seconds / 10}] * count, priority, served_ms, max_running)


def ends(slots: list[Slot], *lines: Line) -> list[float]:
    """When the runs of the last line end."""
    placed = play(slots, lines, len(lines) - 1)
    assert placed is not None
    return [run.end for run in placed]


def test_runs_share_the_slots_and_wait_for_busy_ones() -> None:
    assert ends([Slot(CPU), Slot(CPU, free_in=5)], line(3, 10)) == [10, 15, 20]
    assert ends([Slot(CPU, free_in=7)], line(2, 10)) == [17, 27]


def test_a_higher_priority_goes_first_and_an_equal_one_takes_turns() -> None:
    assert ends([Slot(CPU)], line(3, 10, priority=1), line(2, 1)) == [31, 32]
    # The other experiment has waited less long.
    assert ends([Slot(CPU)], line(3, 10, served_ms=5), line(2, 1)) == [1, 12]
    # On two slots, each experiment has one of them.
    assert ends([Slot(CPU), Slot(CPU)], line(9, 10, served_ms=5), line(3, 10)) == [10, 20, 30]


def test_an_experiment_that_has_running_runs_comes_after_one_that_has_none() -> None:
    held = [Slot(CPU), Slot(CPU, free_in=100, line=0)]
    assert ends(held, line(5, 10), line(2, 10, served_ms=9)) == [10, 20]


def test_no_more_runs_train_at_once_than_the_experiment_allows() -> None:
    assert ends([Slot(CPU)] * 4, line(3, 10, max_running=1)) == [10, 20, 30]
    assert ends([Slot(CPU), Slot(CPU, free_in=3)], line(4, 10, max_running=1), line(1, 1, priority=-1)) == [4]


def test_each_kind_of_device_takes_its_own_time_and_only_runs_that_are_meant_for_it() -> None:
    placed = play([Slot(CPU), Slot(CUDA)], [line(3, 10)], 0)
    assert placed is not None
    assert [(run.end, run.kind) for run in placed] == [(10, CPU), (1, CUDA), (2, CUDA)]
    assert play([Slot(CUDA)], [Line([{CPU: 1.0}])], 0) is None
    assert play([], [line(1, 1)], 0) is None
