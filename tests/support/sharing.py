"""Which files run in the same process: a file stays together, and so do all files that use the lab of the session.

The lab takes a minute to start beside other tests, so that only one of the processes should need it.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parents[2]

# A test or a fixture asks for the lab, directly or by a fixture of tests/trainer/tracking. The definitions of fixtures
# of that name do not.
ASKS = re.compile(r"def (?!stack\b)\w+\([^)]*\b(stack: RunningStack|settings_of:)")


def work_unit(nodeid: str) -> str:
    """The name of what is given to a process as a whole."""
    file = nodeid.partition("::")[0]
    path = ROOT / file
    return "the lab of the session" if path.exists() and ASKS.search(path.read_text()) else file


class ByLab(LoadFileScheduling):
    """`--dist loadfile`, in which the files that use the lab of the session are one."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        self._units: dict[str, str] = {}

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file not in self._units:
            self._units[file] = work_unit(nodeid)
        return self._units[file]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return ByLab(config, log) if config.getoption("dist") == "loadfile" else None
