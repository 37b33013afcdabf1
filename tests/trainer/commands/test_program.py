"""A program is ended as programs expect it, and leaves nothing behind, however the process that started it ends."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from services import wait_for

from trainer.commands.program import Program

pytestmark = pytest.mark.slow


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_program_heeds_sigterm_although_the_process_of_a_slot_does_not(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        program = Program(["sleep", "60"], os.environ, tmp_path, stop_seconds=8)
        program.end()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert program.exit_code == -signal.SIGTERM


def test_a_killed_process_leaves_neither_its_program_nor_what_that_started(tmp_path: Path) -> None:
    starts = """
    import os, sys, time
    from pathlib import Path
    from trainer.commands.program import Program
    Program(["/bin/sh", "-c", "sleep 60 & echo $$ $! done > pids; wait"], os.environ, Path(sys.argv[1]), 1)
    time.sleep(60)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(starts), str(tmp_path)])
    pids = tmp_path / "pids"
    wait_for(lambda: pids.exists() and "done" in pids.read_text(), 20, "a program")
    process.kill()
    process.wait()
    for pid in map(int, pids.read_text().split()[:2]):
        wait_for(lambda pid=pid: not alive(pid), 10, f"the end of process {pid}")


def test_a_line_without_an_end_is_a_line(tmp_path: Path) -> None:
    script = 'printf "a\\nb" >&"$EVENKEEL_METRICS_FD"'
    program = Program(["bash", "-c", script], os.environ, tmp_path, stop_seconds=1)
    assert [line for line in program.lines() if line is not None] == [b"a", b"b"]
    program.end()


def test_what_a_program_prints_is_passed_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program = Program(["/bin/sh", "-c", "echo out; echo err >&2"], os.environ, tmp_path, stop_seconds=1)
    try:
        assert list(filter(None, program.lines())) == []
    finally:
        program.end()
    assert capfd.readouterr() == ("out\n", "err\n")
