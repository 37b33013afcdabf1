"""What a training process prints is kept in the store, also if it is killed or the store is away for a while."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from services import wait_for

from evenkeel.grids.cell import make_cell
from evenkeel.grids.sharing import Device
from evenkeel.plugins import Outcome
from evenkeel.records.status import Status
from evenkeel.settings import Settings
from evenkeel.store import Store, StoreAway
from models.task import CLASSIFICATION
from trainer.output import HELD_BYTES, Output
from trainer.protocol import Began, Ended, Failed, encode
from trainer.slot import Slot
from trainer.supervisor import Supervisor

LEVELS = {"arch": "yolo", "norm": "none", "init": "he"}
BEGAN = Began(0, 0, "", exact=True, arithmetic={"threads": "1"})
# It does `script` when it is told to train, without torch.
CHILD = """
import os, socket, sys, time
supervisor = socket.socket(fileno=int(sys.argv[1]))
def send(line): supervisor.sendall(line.encode() + b"\\n")
def write(text): os.write(1, text.encode())
supervisor.recv(65536)
send(sys.argv[2])
"""


class Printing(Slot):
    """A slot whose child prints what its script says."""

    script = ""

    def start(self) -> None:
        if self._child is None:
            self._child = self._spawn()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        mine, theirs = socket.socketpair()
        printed, prints = os.pipe()
        command = [sys.executable, "-c", CHILD + self.script, str(theirs.fileno()), encode(BEGAN)]
        child = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdout=prints, stderr=prints)
        theirs.close()
        os.close(prints)
        self.output.follow(printed)
        self._socket, self._buffer = mine, b""
        return child


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(datasets_dir=tmp_path / "sets", data_dir=tmp_path, worker_name="w", max_crashes=3)


@pytest.fixture
def slot(settings: Settings) -> Iterator[Printing]:
    slot = Printing(settings, "cpu")
    yield slot
    slot.kill()


def train(store: Store, settings: Settings, slot: Printing, script: str) -> tuple[str, Status]:
    """Train a run whose child does this. Returns its id and its status afterwards."""
    slot.script = script
    slot.start()
    [run_id] = store.grids.ensure("exp", [make_cell(CLASSIFICATION, LEVELS)], [7]).created
    assert Supervisor(store, settings, "version", threading.Event()).supervise(slot, Device.CPU)
    run = store.runs.find(run_id)
    assert run is not None
    return run_id, run.status


def test_what_was_printed_before_the_end_is_there_with_the_end(
    store: Store, settings: Settings, slot: Printing, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = dict[str, str]()
    finish = store.claims.finish

    def look_and_finish(claim, *rest):  # type: ignore[no-untyped-def]
        there[claim.run_id] = store.logs.read(claim.run_id, claim.attempt)
        return finish(claim, *rest)

    monkeypatch.setattr(store.claims, "finish", look_and_finish)
    ended = encode(Ended(Outcome.COLLAPSED, None))
    run_id, _ = train(
        store, settings, slot, f"write('one\\n\\x1b[31mtwo\\n' * 1000)\nsend('''{ended}''')\ntime.sleep(9)"
    )
    assert there == {run_id: "one\n\x1b[31mtwo\n" * 1000}


def test_the_last_words_of_a_child_that_is_killed_are_kept(store: Store, settings: Settings, slot: Printing) -> None:
    run_id, status = train(store, settings, slot, "write('began\\nlast wor')\nos.kill(os.getpid(), 9)")
    assert status is Status.QUEUED
    assert store.logs.read(run_id, 1) == "began\nlast wor"


def test_each_attempt_has_what_its_own_child_printed(store: Store, settings: Settings, slot: Printing) -> None:
    run_id, _ = train(store, settings, slot, "write('first\\n')\nos.kill(os.getpid(), 9)")
    slot.script = f"write('second\\n')\nsend('''{encode(Failed('ValueError: no', 'error'))}''')\ntime.sleep(9)"
    slot.start()
    Supervisor(store, settings, "version", threading.Event()).supervise(slot, Device.CPU)
    assert [store.logs.read(run_id, attempt) for attempt in (1, 2)] == ["first\n", "second\n"]


def test_it_is_sent_while_the_run_trains_and_again_when_the_store_is_back(
    store: Store, settings: Settings, slot: Printing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("trainer.printed.SEND_SECONDS", 0.01)
    write, tried = store.logs.write, list[str]()

    def sometimes(run_id: str, attempt: int, text: str) -> bool:
        tried.append(text)
        if len(tried) < 3:
            raise StoreAway("no answer")
        return write(run_id, attempt, text)

    monkeypatch.setattr(store.logs, "write", sometimes)
    go, script = settings.data_dir / "go", "write('one\\n')\nwhile not os.path.exists('{}'): time.sleep(0.01)\n"
    done = threading.Thread(
        target=lambda: (wait_for(lambda: len(tried) >= 3, 60, "three tries"), go.touch()), daemon=True
    )
    done.start()
    ended = encode(Ended(Outcome.COLLAPSED, None))
    run_id, _ = train(store, settings, slot, script.format(go) + f"send('''{ended}''')\ntime.sleep(9)")
    done.join(60)
    assert store.logs.read(run_id, 1) == "one\n"
    assert tried == ["one\n"] * 3, "what is there is not sent again"
    assert "no answer" not in caplog.text


@pytest.fixture
def output() -> Output:
    return Output()


def feed(output: Output, *chunks: bytes) -> None:
    read, write = os.pipe()
    output.follow(read)
    for chunk in chunks:
        os.write(write, chunk)
    output.drain(10)
    os.close(write)


def test_whole_lines_are_held_up_to_the_bound(output: Output) -> None:
    feed(output, *(b"%06d " % number + b"x" * 992 + b"\n" for number in range(300)))
    tail = output.tail
    assert len(tail) <= HELD_BYTES < len(tail) + 1000
    assert (tail.splitlines()[0][:6], tail.splitlines()[-1][:6]) == ("000235", "000299")
    assert {len(line) for line in tail.splitlines()} == {999}


def test_a_line_longer_than_the_bound_keeps_its_end_and_what_is_no_text_is_marked(output: Output) -> None:
    feed(output, b"a" * 60_000, b"b" * 60_000, b"\n")
    assert output.tail == "a" * 5_535 + "b" * 60_000 + "\n"
    output.begin_run()
    feed(output, "größe 🎉 \0\x1b[1m\n".encode(), b"\xff\n")
    assert output.tail == "größe 🎉 \0\x1b[1m\n\ufffd\n"
    output.begin_run()
    assert output.tail == ""
    feed(output, b"\xff" * 65_000)
    assert 60_000 < len(output.tail.encode()) <= HELD_BYTES
