"""What may stand in which folder, as docs/architecture.md says. import-linter checks which folder imports which."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("api", "benchmarks", "docs", "evenkeel", "mlflow_server", "models", "trainer")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))

# The built-in task and the code that trains it. No other code may use the task's words.
CLASSIFICATIONS_OWN = ("models/", "trainer/classification/", "benchmarks/", "docs/")
# The diagnostics that every torch network gets have the names that the built-in task gives them. A new package brings a
# network for the task.
SHARED = ("evenkeel/plugins/diagnostics.py", "evenkeel/packages/new.py", "evenkeel/cli/plugins.py")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_with(pattern: str, files: list[Path]) -> Iterator[str]:
    for path in files:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(pattern, line):
                yield f"{name(path)}:{number}: {line.strip()}"


def test_no_source_file_is_over_200_lines() -> None:
    assert [name(path) for path in FILES if len(path.read_text().splitlines()) > 200] == []


def test_no_folder_of_the_library_is_over_3000_lines() -> None:
    folders = [path for path in (ROOT / "evenkeel").iterdir() if path.is_dir()]
    sizes = {folder.name: sum(len(p.read_text().splitlines()) for p in folder.rglob("*.py")) for folder in folders}
    assert {folder: size for folder, size in sizes.items() if size > 3000} == {}


def test_nobody_but_the_task_knows_its_factors_and_metrics_by_name() -> None:
    others = [path for path in FILES if not name(path).startswith((*CLASSIFICATIONS_OWN, *SHARED))]
    # Migrations may: they describe earlier tables, which had these columns.
    others = [path for path in others if "migrations" not in path.parts]
    assert (
        list(lines_with(r"\b(train_accuracy|val_accuracy|train_loss|val_loss|grad_norm_\w+|dead_units)\b", others))
        == []
    )
    # `norm` and `init` are everyday words, so they count only as names: in quotes, after a dot, or as an argument.
    assert list(lines_with(r"\barch\b|[\"'.](norm|init)\b|\b(norm|init)=", others)) == []


# Library -> the only places that may import it.
KEPT_IN = {
    "alembic": ("evenkeel/schema/", "evenkeel/migrations/"),
    "celery": ("evenkeel/lab/queue/", "trainer/process.py"),
    "fastapi": ("api/",),
    "jinja2": ("api/pages/rendering.py",),
    "kombu": ("evenkeel/lab/queue/",),
    "markdown_it": ("api/pages/experiment/note.py", "evenkeel/reports/page.py"),
    "markupsafe": ("api/pages/",),
    "matplotlib": ("evenkeel/figures/",),
    "mlflow": ("mlflow_server/", "trainer/tracking/"),
    "psycopg": ("evenkeel/database/", "evenkeel/stack/databases.py"),
    "sqlalchemy": (
        *("evenkeel/schema/", "evenkeel/database/", "evenkeel/journal/", "evenkeel/service/", "evenkeel/claims/"),
        "evenkeel/store/",
        "evenkeel/migrations/",
    ),
    "torch": (
        *("models/", "trainer/classification/", "trainer/device.py"),
        *("trainer/arithmetic.py", "trainer/checkpoints.py", "trainer/generators.py", "trainer/reasons.py"),
        *("evenkeel/plugins/training.py", "evenkeel/plugins/diagnostics.py", "evenkeel/packages/repeat.py"),
        "trainer/commands/state.py",
    ),
    "typer": ("evenkeel/cli/",),
}


@pytest.mark.parametrize("library", KEPT_IN)
def test_a_library_is_imported_only_where_it_may_be(library: str) -> None:
    others = [path for path in FILES if not name(path).startswith((*KEPT_IN[library], "benchmarks/"))]
    assert list(lines_with(rf"^\s*(from|import) {library}\b", others)) == []


@pytest.mark.parametrize("room", ["statistics", "factors", "analysis", "reports"])
def test_results_are_types(room: str) -> None:
    """Two exceptions stay untyped: the levels by factor, which are JSON already, and matplotlib's keywords."""
    found = lines_with(r"dict\[str, Any\]", sorted((ROOT / "evenkeel" / room).rglob("*.py")))
    at_the_edge = re.compile(r"levels|figures/")
    assert [line for line in found if not at_the_edge.search(line)] == []


@pytest.mark.slow
def test_the_api_loads_neither_torch_nor_mlflow() -> None:
    code = "import api.app, sys; assert 'torch' not in sys.modules and 'mlflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
