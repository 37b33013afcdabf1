"""The slots of a worker: when they can be borrowed, and what the worker reports about them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from children import Machine

from evenkeel.settings import Settings
from trainer.slots import Slots

pytestmark = pytest.mark.slow


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    machine = Machine("cuda:0", "cuda:1")
    monkeypatch.setattr("trainer.slots.Slot", machine.slot)
    yield machine
    machine.stop()


@pytest.fixture
def slots(machine: Machine, tmp_path: Path) -> Slots:
    return Slots(Settings(device="cuda:0,cuda:1", slots=2, data_dir=tmp_path))


def test_slots_can_be_borrowed_once_every_child_is_warm(slots: Slots) -> None:
    assert (len(slots), slots.any_is_warm, slots.device) == (4, False, "")
    with slots.borrow(0.01) as none:
        assert none is None
    slots.warm()
    assert (slots.any_is_warm, slots.device, slots.problem) == (True, "cuda:0,cuda:1", None)
    with slots.borrow(0.01) as slot:
        assert slot is not None
        assert slot.is_warm


def test_children_that_were_begun_load_on_while_others_do_their_work_and_are_the_ones_that_train(
    slots: Slots, machine: Machine
) -> None:
    slots.begin()
    begun = [slot._child for slot in machine.slots]
    assert None not in begun
    assert (slots.any_is_warm, slots.were_warm.is_set()) == (False, False)
    slots.warm()
    assert [slot._child for slot in machine.slots] == begun
    assert (slots.any_is_warm, slots.were_warm.is_set()) == (True, True)


def test_a_slot_that_is_borrowed_is_nobody_elses_until_it_is_back(slots: Slots) -> None:
    slots.warm()
    with slots.borrow(1) as one, slots.borrow(1) as two, slots.borrow(1) as three, slots.borrow(1) as four:
        assert len({one, two, three, four}) == 4
        with slots.borrow(0.01) as none:
            assert none is None
    with slots.borrow(1) as again:
        assert again is not None


def test_a_device_that_is_missing_at_the_start_is_waited_for_and_named(
    slots: Slots, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.devices.remove("cuda:1")
    said: list[str | None] = []

    def plug_it_in(seconds: float) -> None:
        said.append(slots.problem)
        machine.devices.add("cuda:1")

    monkeypatch.setattr("trainer.slots.time.sleep", plug_it_in)
    slots.warm()
    assert said == ["no slot on cuda:1: cuda:1 is missing"]
    assert slots.problem is None


def test_a_child_that_was_killed_as_it_started_is_started_again_within_a_second_and_the_pauses_grow(
    slots: Slots, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.devices.remove("cuda:1")
    pauses: list[float] = []

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            machine.devices.add("cuda:1")

    monkeypatch.setattr("trainer.slots.time.sleep", wait)
    slots.warm()
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_device_that_breaks_later_is_no_problem_until_it_was_the_last(slots: Slots, machine: Machine) -> None:
    slots.warm()
    machine.devices.clear()
    machine.kill_children()
    for slot in machine.slots:
        assert slots.problem is None
        assert not slots.start(slot)
    assert slots.problem == "no slot on cuda:0: cuda:0 is missing"
    assert slots.warning is None
    machine.devices.add("cuda:1")
    slots.keep_warm()
    assert (slots.problem, slots.any_is_warm) == (None, True)
    assert slots.warning == "2 of 4 slots cannot train: no slot on cuda:0: cuda:0 is missing"


def test_a_child_that_died_while_it_waited_is_started_before_a_run_comes(slots: Slots, machine: Machine) -> None:
    slots.warm()
    machine.kill_children()
    assert not slots.any_is_warm
    slots.keep_warm()
    assert all(slot.is_warm for slot in machine.slots)
