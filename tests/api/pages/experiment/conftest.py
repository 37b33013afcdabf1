"""One lab for all tests that only read."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..conftest import Browser, browser_on


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, filled_file: Path) -> Iterator[Browser]:
    """A browser on a filled lab without keys. Its tests change nothing that others see."""
    path = tmp_path_factory.mktemp("read") / "lab.db"
    shutil.copy(filled_file, path)
    with browser_on(f"sqlite:///{path}") as browser:
        yield browser
