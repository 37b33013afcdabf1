"""A slot has a warm child that it understands, or says why not."""

import math
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.lab.settings import Settings
from trainer.codec import ProtocolError
from trainer.protocol import Dataset, Event, Ready, TrainRun, encode
from trainer.slot import ChildDied, Slot

SAY = """
import socket, sys, time
supervisor = socket.socket(fileno=int(sys.argv[1]))
supervisor.sendall(sys.argv[2].encode())
time.sleep(60)
"""


class Talkative(Slot):
    """Its child says `lines`, whatever is asked of it, and waits."""

    lines: list[str]

    def _spawn(self) -> "subprocess.Popen[bytes]":
        mine, theirs = socket.socketpair()
        said = "".join(line + "\n" for line in self.lines)
        child = subprocess.Popen([sys.executable, "-c", SAY, str(theirs.fileno()), said], pass_fds=[theirs.fileno()])
        theirs.close()
        self._socket, self._buffer = mine, b""
        return child


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


def test_a_gpu_that_is_not_there_is_named(tmp_path: Path) -> None:
    import torch

    missing = f"cuda:{torch.cuda.device_count()}"
    slot = Slot(Settings(device=missing, data_dir=tmp_path), missing)
    with pytest.raises(ChildDied, match=f"{missing}.*CUDA devices are visible"):
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
    with pytest.raises(ChildDied, match="the training process cannot be understood: unknown event 'sings'"):
        slot.receive(10)


def test_a_child_that_does_not_begin_with_ready_is_ended(slot: Talkative) -> None:
    slot.lines = [encode(Dataset("early"))]
    with pytest.raises(ChildDied, match="said Dataset before it was ready"):
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
        slot.send(TrainRun("classification", {"lr": math.nan}, 0, "/data/x"))
    assert slot.receive(10) == Dataset("one")
