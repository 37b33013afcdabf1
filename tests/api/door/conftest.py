"""One API server for all tests of the door. A request has one second to arrive."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from servers import api_process

from evenkeel.store import Store

MAX_CONNECTIONS = 40


class Door(NamedTuple):
    """A running server: its address, its process, and the file of its log."""

    url: str
    pid: int
    log: Path


@pytest.fixture(scope="package")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    database = f"sqlite:///{folder}/lab.db"
    store = Store(database)
    store.migrate()
    store.close()
    settings = {"EVENKEEL_REQUEST_SECONDS": "1", "EVENKEEL_MAX_CONNECTIONS": str(MAX_CONNECTIONS)}
    settings["EVENKEEL_ANSWER_PROCESSES"] = "0"  # They would load while the memory is measured.
    with api_process(database, folder / "api.log", **settings) as (url, pid):
        yield Door(url, pid, folder / "api.log")
