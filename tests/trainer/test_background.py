"""The threads of a worker that do not train wait for a service that is away, and say so once."""

import logging
import threading
from collections.abc import Callable

import pytest

from evenkeel.lab.queue import BrokerAway
from evenkeel.store import StoreAway
from trainer.background import repeat
from trainer.tracking import MlflowAway


def each_in_turn(steps: list[Exception | None], stopping: threading.Event) -> Callable[[], None]:
    """Raises one error after the other, and at the end stops the thread."""

    def do() -> None:
        step = steps.pop(0)
        if not steps:
            stopping.set()
        if step is not None:
            raise step

    return do


@pytest.mark.parametrize("fault", [StoreAway, BrokerAway, MlflowAway])
def test_what_is_away_is_said_when_that_changes(fault: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    stopping = threading.Event()
    steps = [fault("no answer"), fault("no answer"), None, None]
    with caplog.at_level(logging.INFO):
        repeat("mirror", 0.01, each_in_turn(steps, stopping), stopping).join(10)
    assert caplog.messages == [
        f"mirror: waiting because of {fault.__name__}: no answer",
        f"mirror: works again after {fault.__name__}",
    ]


def test_anything_else_is_logged_in_full_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    stopping = threading.Event()
    repeat("mirror", 0.01, each_in_turn([ValueError("one bad row"), None], stopping), stopping).join(10)
    assert caplog.messages == ["mirror: unexpected error, trying again"]
    assert "one bad row" in caplog.text
