"""`pip install .` installs only the library and the client's commands, and no other top-level name."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UV = shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv")
pytestmark = pytest.mark.slow  # builds the wheel and an environment
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the clone that has every folder beside the library."""
    clone = tmp_path_factory.mktemp("clone")
    for room in ("evenkeel", "mlflow_server", "models", "api", "trainer", "benchmarks"):
        shutil.copytree(ROOT / room, clone / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("LICENSE", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, clone)
    # This environment has what the build needs.
    command = [
        UV,
        "build",
        "--quiet",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "-o",
        clone,
        clone,
    ]
    subprocess.run(command, check=True)
    [found] = clone.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def home(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel and its dependencies, in the versions that are tested here."""
    home = tmp_path_factory.mktemp("home") / "venv"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, home], check=True)
    pinned = ["--constraint", ROOT / "requirements.lock"]
    subprocess.run([UV, "pip", "install", "--quiet", "--python", home / "bin" / "python", *pinned, wheel], check=True)
    return home


@pytest.fixture
def run(home: Path, tmp_path: Path) -> Run:
    """Runs a command of that environment in an empty folder."""

    def run(command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"COLUMNS": "80"}
        whole = [home / "bin" / command, *arguments]
        return subprocess.run(whole, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=60)

    return run


def test_it_holds_one_name_and_the_tables_of_its_migrations(home: Path) -> None:
    [site] = home.glob("lib/python*/site-packages")
    [record] = site.glob("evenkeel-*.dist-info/RECORD")
    files = [line.partition(",")[0] for line in record.read_text().splitlines()]
    tops = {file.partition("/")[0] for file in files if not file.startswith("..")}
    assert tops == {"evenkeel", record.parent.name}
    assert "evenkeel/migrations/script.py.mako" in files
    assert {name for name in ("api", "models", "trainer", "benchmarks", "lab") if (site / name).exists()} == set()


def test_it_says_under_which_license_it_stands(home: Path) -> None:
    [about] = home.glob("lib/python*/site-packages/evenkeel-*.dist-info")
    assert "License-Expression: MIT" in (about / "METADATA").read_text().splitlines()
    assert (about / "licenses" / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_it_brings_neither_a_server_nor_a_database_nor_torch(run: Run) -> None:
    heavy = ("fastapi", "sqlalchemy", "celery", "matplotlib", "mlflow", "torch")
    code = f"import importlib.util as u; print([name for name in {heavy} if u.find_spec(name)])"
    assert run("python", "-c", code).stdout.strip() == "[]"


def test_a_notebook_gets_the_client_the_statistics_and_the_contract(run: Run) -> None:
    code = """
import pkgutil
from importlib import import_module
from evenkeel import Client, factors, plugins, statistics
for room in (factors, statistics):
    for module in pkgutil.iter_modules(room.__path__):
        import_module(f"{room.__name__}.{module.name}")
print(Client("http://127.0.0.1:1").url, plugins.Task.__name__)
"""
    done = run("python", "-W", "error", "-c", code)
    assert (done.stdout, done.stderr) == ("http://127.0.0.1:1 Task\n", "")


def test_a_notebook_analyses_runs_of_its_own(run: Run) -> None:
    code = """
from evenkeel import stability
runs = stability.runs({"lr": [1, 1, 2, 2], "seed": [0, 1] * 2, "loss": [1.0, 2.0, 3.0, 5.0]}, "loss", "lower")
print(stability.summary(runs), stability.effects(runs), stability.compare(runs, {"lr": 1}))
print(stability.summary(runs).to_dict()["cells"][0]["final"]["mean"])
"""
    done = run("python", "-W", "error", "-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\n1.5\n")


def test_a_notebook_sees_the_answers_of_a_lab(run: Run) -> None:
    code = """
import asyncio
from evenkeel import AsyncClient, EvenkeelError, stability
from evenkeel.notebook import results
runs = stability.runs({"lr": [1, 1, 2, 2], "seed": [0, 1] * 2, "loss": [1.0, 2.0, 3.0, 5.0]}, "loss", "lower")
answer = results.Summary(stability.summary(runs).to_dict())
print(answer, answer._repr_html_(), results.Effects(stability.effects(runs).to_dict()).answer)
try:
    answer.to_frame()
except ModuleNotFoundError as error:
    print(error)
async def ask():
    async with AsyncClient("http://127.0.0.1:1") as lab:
        await lab.wait("demo")
try:
    asyncio.run(ask())
except EvenkeelError as error:
    print(type(error).__name__)
print(answer.cells[0].final.mean)
"""
    done = run("python", "-W", "error", "-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-3:] == [
        "to_frame() needs pandas or polars, and neither is installed: pip install pandas", "Unreachable", "1.5",
    ]  # fmt: skip


def test_a_file_is_analysed_without_what_only_a_report_needs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("lr,seed,loss\n1,0,1.0\n1,1,2.0\n2,0,3.0\n2,1,5.0\n")
    asked = ("analyze", "runs.csv", "--metric", "loss", "--better", "lower")
    done = run("evenkeel", *asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Final loss: " in done.stdout
    done = run("evenkeel", *asked, "-o", "report")
    assert (done.returncode, done.stderr) == (1, "a report needs matplotlib: pip install 'evenkeel[report]'\n")


def test_a_package_of_ones_own_is_begun_and_its_check_says_what_it_needs(run: Run, tmp_path: Path) -> None:
    done = run("evenkeel", "new", "plugin", "lab-nets")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "lab-nets" / "lab_nets" / "char_lm.py").exists()
    done = run("evenkeel", "check-plugin", "lab-nets")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("no package 'lab-nets' with plug-ins is installed here.")


def test_importing_the_library_loads_nothing_that_takes_time(run: Run) -> None:
    code = (
        "import json, sys; before = set(sys.modules); import evenkeel; print(json.dumps([*set(sys.modules) - before]))"
    )
    loaded = {name.partition(".")[0] for name in json.loads(run("python", "-c", code).stdout)}
    assert loaded <= {"evenkeel"} | set(sys.stdlib_module_names)


def test_the_command_explains_itself_without_what_only_the_service_needs(run: Run) -> None:
    done = run("python", "-X", "importtime", "-c", "import sys; from evenkeel.cli import app; app(['--help'])")
    assert done.returncode == 0
    for command in (
        "submit",
        "watch",
        "summary",
        "effects",
        "compare",
        "analyze",
        "seeds-needed",
        "figure",
        "report",
        "tasks",
    ):
        assert command in done.stdout
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "typer" in loaded
    assert not loaded & {"sqlalchemy", "alembic", "matplotlib", "numpy", "scipy", "pydantic_settings"}


def test_the_command_says_its_version(run: Run) -> None:
    assert run("evenkeel", "--version").stdout == "0.1.0\n"


@pytest.mark.parametrize("command", [("experiments",), ("summary", "--lr", "0.003"), ("tasks",), ("runs", "demo")])
def test_where_nobody_listens_a_command_says_so_in_one_line(run: Run, command: tuple[str, ...]) -> None:
    done = run("evenkeel", *command, "--url", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("no answer from http://127.0.0.1:1")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [("up",), ("data", "list"), ("worker", "--until-idle", "10m")])
def test_the_service_is_said_to_run_from_a_clone(run: Run, command: tuple[str, ...]) -> None:
    done = run("evenkeel", *command)
    assert done.returncode == 1
    assert done.stderr.startswith("the service runs from a clone of Evenkeel or its images")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [("migrate",), ("keys", "list"), ("keys", "add", "laptop")])
def test_what_works_on_the_store_says_what_to_install(run: Run, command: tuple[str, ...]) -> None:
    done = run("evenkeel", *command)
    assert done.returncode == 1
    assert done.stderr.endswith("pip install 'evenkeel[lab]'\n")
    assert done.stderr.count("\n") == 1
