"""The notebook of the documentation runs on a lab, and was committed with its outputs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from services import RunningStack

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "notebook.ipynb"
Notebook = dict[str, Any]


def read(path: Path) -> Notebook:
    found: Notebook = json.loads(path.read_text())
    return found


@pytest.fixture(scope="module")
def executed(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    """The notebook, run on the lab of the session in a kernel of its own."""
    to = tmp_path_factory.mktemp("notebook") / "out.ipynb"
    environment = os.environ | {"EVENKEEL_URL": stack.url}
    done = subprocess.run(
        [sys.executable, "-m", "docs.notebook", to], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return read(to)


def outputs(notebook: Notebook) -> dict[str, list[Any]]:
    """Cell -> the kinds of its outputs, with their media types."""
    return {
        cell["id"]: [sorted(each.get("data", [each.get("name")])) for each in cell["outputs"]]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    }


def text(notebook: Notebook, cell: str) -> str:
    """All that a cell shows."""
    [found] = [each for each in notebook["cells"] if each["id"] == cell]
    return json.dumps(found["outputs"])


def test_every_cell_runs_and_shows_what_the_committed_notebook_shows(executed: Notebook) -> None:
    assert outputs(executed) == outputs(read(COMMITTED))
    assert [cell["source"] for cell in executed["cells"]] == [cell["source"] for cell in read(COMMITTED)["cells"]]


def test_it_waits_with_bars_until_every_run_has_ended(executed: Notebook, stack: RunningStack) -> None:
    assert "12 of 12 runs done, 0 running, 0 queued" in text(executed, "wait")
    assert "all epochs" in text(executed, "wait")
    assert stack.client.experiment("notebook").num_runs.status["finished"] == 12


def test_results_are_shown_with_their_figures(executed: Notebook) -> None:
    for cell, says in (("summary", "final train accuracy"), ("effects", "norm mattered")):
        assert "data:image/svg+xml;base64," in text(executed, cell)
        assert "<table>" in text(executed, cell)
        assert "No figure" not in text(executed, cell)
        assert says in text(executed, cell)


def test_a_mistake_is_answered_with_what_is_allowed(executed: Notebook) -> None:
    assert re.search(r"422 norm.*bach", text(executed, "errors"))
    assert "'none'" in text(executed, "errors")


def test_the_committed_notebook_was_run_from_top_to_bottom_and_is_small() -> None:
    notebook = read(COMMITTED)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == [*range(1, len(cells) + 1)]
    assert not any(output["output_type"] == "error" for cell in cells for output in cell["outputs"])
    assert "image/png" not in COMMITTED.read_text()
    figures = re.findall(r"data:image/svg\+xml;base64,([^\\\"]*)", COMMITTED.read_text())
    assert len(figures) == 2
    assert sum(map(len, figures)) < 150_000
    assert len(COMMITTED.read_bytes()) < 200_000
