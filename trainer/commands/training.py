"""The training of one run by a program: see `evenkeel.plugins.Training`, and docs/extending.md for the program."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evenkeel.plugins import EpochEnd, Finished, Outcome, StepEnd, Training
from trainer.commands.errors import CommandDied, CommandFailed
from trainer.commands.file import Command
from trainer.commands.lines import Line, read_line
from trainer.commands.program import Program
from trainer.commands.state import State, take
from trainer.commands.table import EPOCHS
from trainer.commands.template import fill

# The lab's own variables, and those that hold its passwords. A program gets none of the worker's.
PRIVATE = ("EVENKEEL_", "MLFLOW_")
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class CommandTraining(Training):
    """One attempt at a run that a program trains.

    Args:
        levels: Every level of the run's cell, as JSON values.
        device: The device that the program may use, as torch names it.
        threads: The number of CPU threads that it should use.
        most_state_mb: The most that it may keep, in MB.
    """

    def __init__(
        self, command: Command, levels: Mapping[str, Any], seed: int, device: str, threads: int, most_state_mb: int
    ) -> None:
        super().__init__(levels, seed, device)
        self._command, self._threads, self._most_state_mb = command, threads, most_state_mb
        self._state = State()

    def state_dict(self) -> dict[str, Any]:
        return self._state.to_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._state = State.of_dict(state)

    def __iter__(self) -> Iterator[EpochEnd | StepEnd | Finished]:
        table = self._command.table
        # On a worker this is in the working folder of the attempt. That is removed even if this process is killed.
        with TemporaryDirectory(prefix="command-", ignore_cleanup_errors=True) as folder:
            start, kept = Path(folder) / "start", Path(folder) / "state"
            start.mkdir()
            kept.mkdir()
            self._state.write(kept)
            program = Program(self._arguments, self._environment(kept), start, table.stop_seconds)
            try:
                yield from self._follow(program, kept)
            finally:
                program.end()

    def _follow(self, program: Program, kept: Path) -> Iterator[EpochEnd | StepEnd | Finished]:
        began = now = time.monotonic()
        epoch = self._state.epoch
        for line in program.lines():
            self._check_time(time.monotonic() - began, program)
            if line is None:
                # Nothing is new. The lab may stop here.
                yield StepEnd(epoch, 0)
                continue
            measured = self._read(line, epoch + 1)
            epoch = measured.epoch
            if measured.diverged:
                yield Finished(Outcome.DIVERGED, epoch)
                return
            self._state = take(kept, epoch, self._state, self._most_state_mb)
            program.tell_taken(epoch)
            before, now = now, time.monotonic()
            yield EpochEnd(epoch, measured.values, now - before)
        self._check_end(program, epoch)
        # Only now it is known which epoch was the last. The lab saves it.
        self.done = True
        yield StepEnd(epoch, 0)
        yield Finished(Outcome.CONVERGED)

    def _read(self, line: bytes, epoch: int) -> Line:
        if epoch > self._most_epochs:
            raise CommandFailed(f"the program wrote a line after its last epoch, {epoch - 1}: {line[:100]!r}")
        return read_line(line, epoch, self._command.announced.metrics)

    def _check_time(self, seconds: float, program: Program) -> None:
        minutes = self._command.table.timeout_minutes
        if minutes is not None and seconds > 60 * minutes:
            why = f"the program took longer than timeout_minutes = {minutes:g}"
            raise CommandFailed(_with_last_words(why, program))

    def _check_end(self, program: Program, epoch: int) -> None:
        code = program.exit_code
        if code < 0:
            why = f"the program was ended by {signal.Signals(-code).name} after epoch {epoch}"
            raise CommandDied(_with_last_words(why, program))
        if code:
            raise CommandFailed(
                _with_last_words(f"the program ended with exit code {code} after epoch {epoch}", program)
            )
        if epoch == 0 or (EPOCHS in self.params and epoch < self._most_epochs):
            why = f"the program ended with exit code 0, but wrote the lines of {epoch} epochs of {self._most_epochs}"
            raise CommandFailed(_with_last_words(why, program))

    @property
    def _most_epochs(self) -> int:
        return int(self._command.table.max_epochs or self.params[EPOCHS])

    @property
    def _arguments(self) -> list[str]:
        own = {"seed": str(self.seed), "here": str(self._command.here), "python": sys.executable}
        return fill(self._command.table.run, {**self.params, **own})

    def _environment(self, kept: Path) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
        return {
            **inherited,
            **dict.fromkeys(THREADS, str(self._threads)),
            **self._command.table.environment,
            "EVENKEEL_SEED": str(self.seed),
            "EVENKEEL_LEVELS": json.dumps(self.params),
            "EVENKEEL_DEVICE": str(self.device),
            "EVENKEEL_EPOCH_DONE": str(self._state.epoch),
            "EVENKEEL_STATE_DIR": str(kept),
        }


def _with_last_words(why: str, program: Program) -> str:
    return f"{why}. It said last:\n{words}" if (words := program.last_words) else f"{why}. It said nothing"
