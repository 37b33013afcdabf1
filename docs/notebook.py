"""Runs docs/notebook.ipynb on the lab of EVENKEEL_URL, and writes it with its outputs: `python -m docs.notebook`.

With a path as argument, it writes there instead.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).with_suffix(".ipynb")
CELL_SECONDS = 240


def run(to: Path) -> None:
    """Run every cell, in a new kernel. Raises nbclient's CellExecutionError if a cell fails."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3", record_timing=False).execute()
    # These name the machine that ran it.
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    nbformat.write(notebook, to)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    run(Path(sys.argv[1]) if len(sys.argv) > 1 else NOTEBOOK)
