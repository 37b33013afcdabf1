"""The fast half of the tests, `-m "not stack"`.

A test that uses a fixture with a service is marked `stack`. A test without the mark that starts a service fails.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]

# Fixtures that start services. A test that uses one, however indirectly, is marked.
SERVICES = {"bench", "extended_stack", "postgres", "rabbitmq", "redis", "stack"}

# Folders of tests that train with a whole lab.
WHOLE = {"faults", "scripts", "whole"}

# The files that take longest, the longest first: `scripts/test --durations 0` says how long each test takes.
LONGEST = (
    "whole/test_documented.py",
    "faults/test_faults.py",
    "whole/test_main_job.py",  # and all others that use the lab of the session
    "trainer/classification/test_loop.py",
    "api/test_fuzz.py",
    "whole/test_readiness.py",
    "api/heavy/test_pool.py",
    "test_extending.py",
    "trainer/classification/datasets/test_cli.py",
)

# Matches the command line of a service or of a browser's driver. `python -m api.healthcheck` is no service.
STARTS = re.compile(
    r"\bredis-server\b|\bbin/(initdb|postgres)\b|-m (api|trainer(?! data)|trainer\.child|uvicorn|celery)(?![.\w])"
    r"|\b(evenkeel up|mlflow server)\b|-m mlflow_server\b|\brun-driver\b"
)

_running: list[pytest.Item] = []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests before pytest drops those that `-m` deselects, and puts the longest files first.

    Two processes share the files. If a long one came last, one process would wait for the other. After those that are
    listed, the longest are those that train with a whole lab, and then those with slow tests.
    """
    for item in items:
        if needs_services(item) or item.get_closest_marker("slow") or item.get_closest_marker("soak"):
            item.add_marker("stack")
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (_place(item.path), item.path.parent.name not in WHOLE, item.path not in slow))


def _place(path: Path) -> int:
    """The place of a file among the longest; behind them all if it is none of them."""
    name = path.relative_to(TESTS).as_posix() if path.is_relative_to(TESTS) else ""
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


def needs_services(item: pytest.Item) -> bool:
    """Whether a fixture of the test starts a service. With a store, only the half of the tests on Postgres need one."""
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
    """An audit hook: a test of the fast half fails if it starts a service, however it does that."""
    if event != "subprocess.Popen" or not _running or _running[-1].get_closest_marker("stack"):
        return
    command = arguments[1]
    line = command if isinstance(command, str) else " ".join(map(str, command))
    if STARTS.search(line):
        raise AssertionError(f"this test starts a service ({line:.200}): mark it with pytest.mark.stack")


sys.addaudithook(refuse_services)
