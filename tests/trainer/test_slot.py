"""A slot has a warm child that it understands, or says why not."""

import math
import os
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from children import Talkative

from evenkeel.records.endings import Reason
from evenkeel.settings import Settings
from trainer.codec import ProtocolError
from trainer.protocol import Dataset, Event, Ready, TrainRun, encode
from trainer.slot import FULL_SECONDS, ChildDied, Slot


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[Talkative]:
    slot = Talkative(Settings(data_dir=tmp_path), "cpu")
    yield slot
    slot.kill()


def events(slot: Slot) -> Iterator[Event]:
    while True:
        event = slot.receive(10)
        assert event is not None
        yield event


@pytest.mark.stack
def test_a_gpu_that_is_not_there_is_named(tmp_path: Path) -> None:
    import torch

    missing = f"cuda:{torch.cuda.device_count()}"
    slot = Slot(Settings(device=missing, data_dir=tmp_path), missing)
    with pytest.raises(ChildDied, match=f"{missing}' was asked for, but torch sees"):
        slot.start()
    slot.kill()


def test_events_are_heard_one_by_one(slot: Talkative) -> None:
    slot.lines = [encode(Ready("cpu")), encode(Dataset("one")), encode(Dataset("two"))]
    slot.start()
    assert slot.device == "cpu"
    heard = events(slot)
    assert [next(heard), next(heard)] == [Dataset("one"), Dataset("two")]
    assert slot.receive(0.01) is None


def test_a_child_that_says_what_is_not_known_is_of_no_more_use(slot: Talkative) -> None:
    slot.lines = [encode(Ready("cpu")), '{"type": "sings"}']
    slot.start()
    with pytest.raises(ChildDied, match="the training process sent an unknown message: unknown event 'sings'"):
        slot.receive(10)


def test_a_child_that_does_not_begin_with_ready_is_ended(slot: Talkative) -> None:
    slot.lines = [encode(Dataset("early"))]
    with pytest.raises(ChildDied, match="the training process sent Dataset before it was ready"):
        slot.start()
    assert slot._child is None


def test_a_child_that_is_killed_is_told_by_its_signal(slot: Talkative) -> None:
    slot.lines = [encode(Ready("cpu"))]
    slot.start()
    assert slot._child is not None
    slot._child.kill()
    with pytest.raises(ChildDied, match="the training process was killed by SIGKILL"):
        slot.receive(10)


def test_an_order_that_cannot_be_sent_is_refused_and_the_child_lives_on(slot: Talkative) -> None:
    slot.lines = [encode(Ready("cpu")), encode(Dataset("one"))]
    slot.start()
    with pytest.raises(ProtocolError, match="train cannot be sent"):
        slot.send(TrainRun("classification", {"lr": math.nan}, 0, "/data/x", 0, 1, ""))
    assert slot.receive(10) == Dataset("one")


@pytest.mark.stack
@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux'")
@pytest.mark.parametrize(("own", "given"), [(None, "passive"), ("active", "active")])
def test_threads_of_a_child_do_not_spin_while_they_wait_unless_the_user_wants_it(
    own: str | None, given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if own is not None:
        monkeypatch.setenv("OMP_WAIT_POLICY", own)
    slot = Slot(Settings(device="cpu", data_dir=tmp_path), "cpu")
    slot._child = slot._spawn()
    try:
        environment = Path(f"/proc/{slot._child.pid}/environ").read_bytes().split(b"\0")
    finally:
        slot.kill()
    assert [line for line in environment if line.startswith(b"OMP_")] == [f"OMP_WAIT_POLICY={given}".encode()]
    assert f"HOME={os.environ['HOME']}".encode() in environment


def test_a_slot_is_warm_while_its_child_lives_and_was_ready(slot: Talkative) -> None:
    assert not slot.is_warm
    slot.lines = [encode(Ready("cpu"))]
    slot.start()
    assert slot.is_warm
    assert slot._child is not None
    slot._child.kill()
    slot._child.wait()
    assert not slot.is_warm
    slot.start()
    assert slot.is_warm
    slot.kill()
    assert not slot.is_warm


def test_a_slot_whose_disk_was_full_waits_for_room_but_not_forever(
    slot: Talkative, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The quota of a user may be exhausted, and then the disk always seems to have room."""
    now = time.monotonic()
    slot.after_failure(Reason.DISK_FULL, tmp_path)
    with pytest.raises(ChildDied, match=f"the disk of {tmp_path} is full"):
        slot.start()
    monkeypatch.setattr("trainer.slot.time.monotonic", lambda: now + FULL_SECONDS + 60)
    slot.check_room()


def test_a_child_that_has_loaded_a_plug_in_trains_nothing_else(slot: Talkative) -> None:
    slot.lines = [encode(Ready("cpu"))]
    slot.start()
    children = [slot._child]
    for code in ("", "nets==0.1.0 aa", "nets==0.1.0 aa", "nets==0.1.0 bb", "nets==0.2.0 cc", "", ""):
        slot.use(code)
        assert slot.is_warm
        children.append(slot._child)
    fresh = [after is not before for before, after in pairwise(children)]
    assert fresh == [False, False, False, True, True, True, False]


def test_a_child_that_started_before_a_package_was_installed_is_replaced_by_one_that_finds_it(slot: Talkative) -> None:
    slot.lines = [encode(Ready("cpu"))]
    slot.start()
    first = slot._child
    slot.use("", since=time.monotonic())
    assert slot._child is first
    slot.use("nets==0.1.0 aa", since=time.monotonic())
    second = slot._child
    assert second is not first
    slot.use("nets==0.1.0 aa", since=time.monotonic())
    assert slot._child is second
