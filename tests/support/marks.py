"""The fast half of the tests, `-m "not stack"`: what needs services is marked by what it asks for, and held to that."""

import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

# Fixtures that start services; whoever asks for one, however indirectly, is marked.
SERVICES = {"extended_stack", "fragile", "postgres", "redis", "stack"}

# What the command line of a service looks like, a browser's driver included. `python -m api.healthcheck` is none.
STARTS = re.compile(
    r"\bredis-server\b|\bbin/(initdb|postgres)\b|-m (api|trainer(?! data)|trainer\.child|uvicorn|celery)(?![.\w])"
    r"|\b(evenkeel up|mlflow server)\b|\brun-driver\b"
)

_running: list[pytest.Item] = []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before pytest leaves out what `-m` does not name."""
    for item in items:
        if needs_services(item) or item.get_closest_marker("slow"):
            item.add_marker("stack")


def needs_services(item: pytest.Item) -> bool:
    """By its fixtures, and by their parameters: `database_url` is Postgres' for half of the tests that take a store."""
    asked = {*getattr(item, "fixturenames", ())}
    call = getattr(item, "callspec", None)
    return bool(SERVICES & asked) or (call is not None and call.params.get("database_url") == "postgres")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _running.append(item)
    try:
        return (yield)
    finally:
        _running.pop()


def refuse_services(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: a test of the fast half that starts a service fails, whichever way it starts it."""
    if event != "subprocess.Popen" or not _running or _running[-1].get_closest_marker("stack"):
        return
    command = arguments[1]
    line = command if isinstance(command, str) else " ".join(map(str, command))
    if STARTS.search(line):
        raise AssertionError(f"this test starts a service ({line:.200}): mark it with pytest.mark.stack")


sys.addaudithook(refuse_services)
