"""Every imported library is declared in pyproject.toml, in an extra that is installed where the import happens."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
ROOMS = ("api", "benchmarks", "docs", "evenkeel", "mlflow_server", "models", "tests", "trainer")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DISTRIBUTIONS = packages_distributions()

# Distribution -> the declared one that always installs it, and whose functions take or return its objects.
PARTS = {
    "amqp": "celery",
    "anyio": "fastapi",
    "flask": "mlflow",
    "kombu": "celery",
    "markupsafe": "jinja2",
    "packaging": "pytest",
    "pandas": "statsmodels",
    "pydantic-core": "pydantic",
    "redis": "celery",
    "starlette": "fastapi",
}

# Library -> our folders that import it in functions that only a package with plug-ins calls. That package installs it.
OF_PLUGINS = {
    "torch": ("evenkeel/packages/", "evenkeel/plugins/"),
    # Whoever asks for such data installs evenkeel[huggingface]. The error of `data prepare` says so.
    "datasets": ("trainer/classification/datasets/huggingface.py",),
    # Whoever wants that row of the benchmark installs evenkeel[lightning].
    "lightning": ("benchmarks/plain_loops.py",),
}

# Each way to install -> its files, its extras, and whether imports inside functions must be declared there, too.
INSTALLED: dict[str, tuple[tuple[str, ...], tuple[str, ...], bool]] = {
    "a notebook": (
        (
            "evenkeel/__init__.py",
            "evenkeel/client.py",
            "evenkeel/cli",
            "evenkeel/factors",
            "evenkeel/plugins",
            "evenkeel/stability",
            "evenkeel/statistics",
        ),
        (),
        False,
    ),
    "the lab": (
        ("evenkeel/cli", "evenkeel/grids", "evenkeel/lab", "evenkeel/migrations"),
        ("lab", "local", "report"),
        True,
    ),
    "the stack": (("evenkeel/stack",), ("lab", "local"), True),
    "the API": (("api",), ("api",), True),
    "a worker": (("trainer", "models"), ("trainer",), True),
    "MLflow's server": (("mlflow_server",), ("mlflow",), True),
    "a clone": (ROOMS, ("api", "trainer", "mlflow", "local", "dev"), True),
}


@cache
def imports(path: Path, late: bool) -> frozenset[str]:
    """Dotted names that a file imports, except for type checkers. late: also those inside functions."""

    def walk(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            children: list[ast.AST] = [*node.orelse]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not late:
            children = []
        else:
            children = [*ast.iter_child_nodes(node)]
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        for child in children:
            yield from walk(child)

    return frozenset(walk(ast.parse(path.read_text())))


def files_of(module: str) -> Iterator[Path]:
    """Our files that run when the module is imported: the module's own and those of its packages."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        base = ROOT.joinpath(*parts[:end])
        yield from (path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists())


def third_parties(paths: tuple[str, ...], late: bool) -> dict[str, str]:
    """Library -> a file that imports it, for all libraries that these files import, however indirectly."""
    found: dict[str, str] = {}
    waiting = [
        path for name in paths for path in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))
    ]
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        for module in imports(path, late):
            top = module.partition(".")[0]
            if top in ROOMS:
                fresh = set(files_of(module)) - seen
                seen |= fresh
                waiting += fresh
            elif top not in sys.stdlib_module_names:
                found[top] = path.relative_to(ROOT).as_posix()
    return found


def declared(extras: tuple[str, ...]) -> set[str]:
    """Distributions that `pip install evenkeel[extras]` names, with those of every extra named by an extra."""
    lists = PROJECT["optional-dependencies"]
    names: set[str] = set()
    for line in [*PROJECT["dependencies"], *(line for extra in extras for line in lists[extra])]:
        requirement = Requirement(line)
        names |= (
            declared(tuple(requirement.extras))
            if requirement.name == "evenkeel"
            else {canonicalize_name(requirement.name)}
        )
    return names


@pytest.mark.slow
@pytest.mark.parametrize("who", INSTALLED)
def test_every_imported_library_is_declared_where_it_is_needed(who: str) -> None:
    paths, extras, late = INSTALLED[who]
    there = declared(extras)
    ours = {path.stem for path in (ROOT / "tests").rglob("*.py")}
    undeclared = {}
    for library, path in third_parties(paths, late).items():
        names = {canonicalize_name(name) for name in DISTRIBUTIONS.get(library, [library])}
        if path.startswith(OF_PLUGINS.get(library, "-")):
            continue
        if library not in ours and not there & (names | {PARTS.get(name, name) for name in names}):
            undeclared[library] = path
    assert undeclared == {}


@pytest.mark.slow
def test_a_worker_that_draws_figures_has_what_draws_them() -> None:
    assert third_parties(("trainer",), late=True)["matplotlib"].startswith("evenkeel/figures/")
    assert "matplotlib" in declared(("trainer",))
    assert "matplotlib" in declared(("api",))
