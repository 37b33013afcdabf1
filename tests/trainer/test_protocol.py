"""Messages between supervisor and child arrive unchanged."""

import json
import os

import pytest

from evenkeel.plugins import Outcome
from trainer.codec import ProtocolError
from trainer.protocol import (
    EVENTS,
    ORDERS,
    TAGS,
    Alive,
    Began,
    Broken,
    Checkpointed,
    Correct,
    Dataset,
    Ended,
    EpochMeasured,
    Event,
    Failed,
    Order,
    Ready,
    SlotOptions,
    Stop,
    Stopped,
    TrainRun,
    decode_event,
    decode_options,
    decode_order,
    encode,
)

ODD = 'é "quoted"\nand a second line\u2028'

SAID_EVENTS: list[Event] = [
    Ready("cuda:1"),
    Broken(ODD),
    Dataset("0123456789abcdef"),
    EpochMeasured(3, {"train_loss": 0.1 + 0.2, "val_loss": 5e-324, "grad_norm_max": None}, 1.25),
    Began(3, 20, ODD, exact=False, arithmetic={"torch": "2.15.0", "driver": ""}),
    Alive(),
    Checkpointed(5, 7, "/data/with space/epoch-0005.pt", "f" * 64),
    Correct(2051, os.urandom(257)),
    Ended(Outcome.CONVERGED, None),
    Ended(Outcome.DIVERGED, 7),
    Stopped(3, 20),
    Failed(ODD, "disk_full"),
]
SAID_ORDERS: list[Order] = [
    TrainRun(
        "classification", {"arch": "yolo", "lr": 1e-3, "epochs": 2}, 2**31 - 1, "/data/x", 7, 2, "0123456789abcdef"
    ),
    Stop(),
]


@pytest.mark.parametrize("event", SAID_EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_survives_the_wire(event: Event) -> None:
    line = encode(event)
    assert "\n" not in line
    assert decode_event(line) == event
    assert decode_event(line.encode()) == event


@pytest.mark.parametrize("order", SAID_ORDERS, ids=lambda order: type(order).__name__)
def test_every_order_survives_the_wire(order: Order) -> None:
    assert decode_order(encode(order)) == order


def test_options_survive_a_command_line() -> None:
    options = SlotOptions("cuda:0", 5, 600.0, "/data/sets", diagnose=False, loader_workers=3)
    assert decode_options(encode(options)) == options


def test_every_message_stands_above() -> None:
    assert {type(event) for event in SAID_EVENTS} == set(EVENTS.values())
    assert {type(order) for order in SAID_ORDERS} == set(ORDERS.values())
    assert set(TAGS) == {*EVENTS.values(), *ORDERS.values(), SlotOptions}


def test_whole_numbers_are_read_as_the_floats_that_they_stand_for() -> None:
    line = json.dumps({"type": "epoch", "epoch": 1, "values": {"reward": 3, "loss": None}, "seconds": 2})
    event = decode_event(line)
    assert event == EpochMeasured(1, {"reward": 3.0, "loss": None}, 2.0)
    assert isinstance(event, EpochMeasured)
    assert (type(event.values["reward"]), type(event.seconds)) == (float, float)


def test_an_unknown_event_is_refused_with_its_name() -> None:
    known = "ready, broken, began, dataset, epoch, alive, checkpoint, correct, ended, stopped, failed"
    with pytest.raises(ProtocolError, match=f"unknown event 'paused'; known: {known}"):
        decode_event('{"type": "paused", "epoch": 3}')


def test_an_unknown_order_is_refused_with_its_name() -> None:
    with pytest.raises(ProtocolError, match="unknown order 'pause'; known: train, stop"):
        decode_order('{"type": "pause"}')


def test_an_order_is_no_event_and_an_event_no_order() -> None:
    with pytest.raises(ProtocolError, match="unknown event 'train'"):
        decode_event(encode(SAID_ORDERS[0]))
    with pytest.raises(ProtocolError, match="unknown order 'ready'"):
        decode_order(encode(SAID_EVENTS[0]))
