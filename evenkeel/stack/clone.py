"""The clone that the service runs from. It holds the API and the trainer beside the library. The wheel has neither."""

import os
from pathlib import Path

from evenkeel.stack.errors import StackError

ROOT = Path(__file__).parents[2]


def find_clone(*rooms: str, root: Path = ROOT) -> Path:
    """The folder that holds `rooms` ('api', 'trainer') beside this library. Raises StackError if one is missing."""
    missing = [f"{room}/" for room in rooms if not (root / room / "__main__.py").exists()]
    if missing:
        raise StackError(
            f"the service runs from a clone of Evenkeel or its images: there is no {' and no '.join(missing)} beside "
            "this library. In a clone, run scripts/install and then .venv/bin/evenkeel"
        )
    return root


def with_clone(root: Path, environment: dict[str, str]) -> dict[str, str]:
    """`environment`, changed so that `python -m api` and `python -m trainer` run the code in `root`.

    A package of the same name in the folder where they start is ignored.
    """
    paths = [str(root), environment.get("PYTHONPATH", "")]
    found = {"PYTHONPATH": os.pathsep.join(path for path in paths if path), "PYTHONSAFEPATH": "1"}
    return environment | found
