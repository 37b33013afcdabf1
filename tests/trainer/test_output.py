"""What a training process prints goes to the log, up to a limit for each run."""

import logging
import os

import pytest
from services import wait_for

from trainer import output
from trainer.output import Output


def test_lines_are_logged_and_what_is_too_much_is_dropped_and_said(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "MOST_BYTES", 20)
    read, write = os.pipe()
    with caplog.at_level(logging.INFO), os.fdopen(write, "wb", buffering=0) as prints:
        out = Output()
        out.follow(read)

        def printed(data: bytes, lines: list[str]) -> None:
            prints.write(data)
            wait_for(lambda: caplog.messages == lines, 10, f"{lines} instead of {caplog.messages}")

        printed(b"one\n\xff\x00garbage\n", ["training process: one", "training process: \ufffd\x00garbage"])
        prints.write(b"too long for this run\n" * 1000)
        wait_for(lambda: out._dropped == 22_000 - 6, 10, "read")
        out.begin_run()
        dropped = "the run before printed 21994 bytes more than the log takes; they were dropped"
        wait_for(lambda: dropped in caplog.messages, 10, "said")
        prints.write(b"lo\nnext\n")
        wait_for(lambda: caplog.messages[-1] == "training process: next", 10, "the next run")
