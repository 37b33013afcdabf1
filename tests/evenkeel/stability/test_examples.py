"""The docstring of every public name has an example, and the examples are true."""

import doctest
import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest

import evenkeel
from evenkeel import stability
from evenkeel.reports import latex
from evenkeel.statistics import best

MODULES = [
    *(evenkeel, stability, latex, best),
    *(import_module(f"{stability.__name__}.{found.name}") for found in pkgutil.iter_modules(stability.__path__)),
]


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_are_true(module: object) -> None:
    assert doctest.testmod(module, raise_on_error=False).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize("name", stability.__all__)
def test_every_public_name_has_an_example(name: str) -> None:
    assert ">>> from evenkeel import stability" in (getattr(stability, name).__doc__ or "")


@pytest.mark.slow
def test_it_loads_neither_a_store_nor_a_server_nor_torch_nor_pandas() -> None:
    heavy = {
        "duckdb",
        "fastapi",
        "httpx",
        "matplotlib",
        "pandas",
        "polars",
        "pyarrow",
        "sqlalchemy",
        "torch",
    }
    code = (
        "import sys; from evenkeel import stability\n"
        "runs = stability.runs({'lr': [1, 1, 2, 2], 'seed': [0, 1] * 2, 'loss': [1., 2., 3., 5.]}, 'loss', 'lower')\n"
        "print(stability.summary(runs), stability.effects(runs), stability.compare(runs, {'lr': 1}))\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.stderr, done.stdout.splitlines()[-1]) == ("", "[]")
