"""Nobody can forge a line of the log, nor write to the terminal that shows it."""

import json
import logging
from typing import Any

import pytest

from evenkeel.lab.logs import configure_logging

EVIL = "x\r\nFAKE\x1b[31m\x7f\x9b\u2028\u202e"
SHOWN = r"x\x0d\x0aFAKE\x1b[31m\x7f\x9b\u2028\u202e"


@pytest.fixture(autouse=True)
def _configured() -> Any:
    root = logging.getLogger()
    before = root.level, [*root.handlers]
    yield
    root.level, root.handlers[:] = before


def logged(form: Any, capfd: pytest.CaptureFixture[str], *args: object, **how: Any) -> list[str]:
    """The lines that a call of log.error writes."""
    configure_logging(form)
    logging.getLogger("lab").error(*args, **how)
    return capfd.readouterr().err.split("\n")[:-1]


def test_a_line_for_people_stays_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    [line] = logged("text", capfd, "%s", EVIL)
    assert line.endswith(f" ERROR lab: {SHOWN}")


def test_the_lines_of_a_traceback_are_indented_and_none_of_them_can_pass_for_a_record(
    capfd: pytest.CaptureFixture[str],
) -> None:
    try:
        raise RuntimeError(f"{EVIL}\n2026-11-26 00:00:00,000 INFO lab: all is well")
    except RuntimeError:
        first, *rest = logged("text", capfd, "fault", exc_info=True, stack_info=True)
    assert first.endswith("ERROR lab: fault")
    assert rest
    assert all(line.startswith("    ") for line in rest)
    assert r"    RuntimeError: x\x0d" in rest
    assert r"    FAKE\x1b[31m\x7f\x9b\u2028\u202e" in rest
    assert "\x1b" not in "".join(rest)


def test_a_value_that_is_read_back_from_json_is_as_harmless(capfd: pytest.CaptureFixture[str]) -> None:
    more = {"path": EVIL, EVIL: 1, "held": {"deep": [EVIL, 3, None]}, "object": RuntimeError(EVIL)}
    [line] = logged("json", capfd, "%s", EVIL, extra=more)
    record = json.loads(line)
    assert (record["message"], record["path"], record[SHOWN]) == (SHOWN, SHOWN, 1)
    assert record["held"] == {"deep": [SHOWN, 3, None]}
    assert record["object"] == SHOWN


def test_a_traceback_in_json_keeps_its_lines_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    try:
        raise RuntimeError(EVIL)
    except RuntimeError:
        [line] = logged("json", capfd, "fault", exc_info=True)
    trace = json.loads(line)["exc_info"]
    assert trace.startswith("Traceback (most recent call last):\n")
    assert trace.endswith("RuntimeError: x\\x0d\nFAKE\\x1b[31m\\x7f\\x9b\\u2028\\u202e")


def test_uvicorns_coloured_copy_of_its_messages_is_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    [line] = logged("json", capfd, "Started", extra={"color_message": "\x1b[36mStarted"})
    assert "color" not in line
