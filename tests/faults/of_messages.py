"""Faults of messages and of what they are about: messages get lost, come again, or cannot be read."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import update

from evenkeel.grids.sharing import Device
from evenkeel.lab.queue import Doorbell, queue_name
from evenkeel.schema import cells
from evenkeel.settings import Settings
from tests.faults.trial import Trial, spec, submit


@contextmanager
def worker_frozen(trial: Trial) -> Iterator[None]:
    """The worker stands still while the grid is posted, so that all of it waits in the queue."""
    [worker] = trial.lab.processes("worker")
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


def flushed(trial: Trial) -> None:
    trial.hit()
    trial.lab.redis().flushall()


def redis_down_and_flushed(trial: Trial) -> None:
    """Redis loses its messages and is killed."""
    trial.lab.redis().flushall()
    trial.hit()
    trial.lab.kill("redis")


def delivered_ten_times(trial: Trial) -> None:
    trial.hit()
    Doorbell(Settings(broker_url=trial.lab.broker_url)).ring(Device.ANY, 10)


def odd_messages(trial: Trial) -> None:
    """Messages that are no JSON, of no known task, of another version, or without a body."""
    doorbell, queue = Doorbell(Settings(broker_url=trial.lab.broker_url)), queue_name(Device.ANY)
    trial.hit()
    server = trial.lab.redis()
    for text in (b"\xff\x00", b"{", b"[]", b"null", b"{}", json.dumps({"body": "!", "headers": {}, "properties": {}})):
        server.lpush(queue, text)
    for name, words in (("evenkeel.unknown", {}), ("evenkeel.work", {"version": 99}), ("evenkeel.work", {"odd": [1]})):
        doorbell.app.send_task(name, kwargs=words, queue=queue, retry=False)
    doorbell.app.send_task("evenkeel.work", args=[1, 2, 3], queue=queue, retry=False)


def poisoned(trial: Trial) -> None:
    """A spec that nobody can read, in an experiment of its own, which comes first."""
    posted = spec(f"poison-of-{trial.experiment}") | {"priority": 5}
    submit(trial.lab, posted)
    levels = trial.random.choice([{"arch": "nothing"}, {}, {"arch": ["yolo"], "lr": "fast"}])
    with trial.lab.store.database.write() as db:
        experiment = next(e for e in trial.lab.store.experiments.all() if e.name == posted["name"])
        db.execute(update(cells).where(cells.c.experiment_id == experiment.id).values(levels=levels))
    trial.hit()
    trial.sleep(1, 3)
    trial.lab.client.cancel(posted["name"])
