"""What MLflow's pages say of a run and of a cell: names, descriptions, and the tags that MLflow itself shows."""

import getpass
import re
from collections.abc import Callable
from urllib.parse import quote

from evenkeel.grids.levels import show
from evenkeel.plugins import Outcome
from evenkeel.records.rows import Run

# The commit in a version of the code: see `evenkeel.lab.version`.
COMMIT = re.compile(r"\+([0-9a-f]{7,40})(-dirty)?")


def run_name(run: Run) -> str:
    """'seed3-yolo-none-he-72040d', and how the run ended if that needs a word: '... diverged'."""
    name = f"seed{run.seed}-{run.cell_name}"
    return name if run.outcome in (None, Outcome.CONVERGED) else f"{name} {run.outcome}"


def describe_cell(run: Run, public_url: str | None) -> str:
    """The description of a cell's parent run, as Markdown. It links to the lab's pages if the lab has an address."""
    says = f"The cell `{run.cell_name}` of {run.experiment}: {_levels(run)}. Its seeds are nested under it."
    return _with_links(says, public_url, {"the experiment": _path("ui", "experiments", run.experiment)})


def describe_run(run: Run, public_url: str | None) -> str:
    """The description of a run, as Markdown."""
    says = f"Seed {run.seed} of the cell `{run.cell_name}` of {run.experiment}: {_levels(run)}."
    links = {"this run": _path("ui", "runs", run.id), "the experiment": _path("ui", "experiments", run.experiment)}
    return _with_links(says, public_url, links)


def origin_tags(run: Run, user: str) -> dict[str, str]:
    """Who asked for a run, and what trains it, in the columns that MLflow has for that."""
    return {"mlflow.user": user, "mlflow.source.name": f"evenkeel {run.task}", "mlflow.source.type": "LOCAL"}


def commit_tags(code_version: str | None) -> dict[str, str]:
    """The commit of the code that trained a run; none if the code did not run from a checkout."""
    found = COMMIT.search(code_version or "")
    if found is None:
        return {}
    return {"mlflow.source.git.commit": found[1], "mlflow.source.git.dirty": str(bool(found[2]))}


class Users:
    """The names of those who post runs.

    Args:
        names: Returns the names of the API keys by their id.
    """

    def __init__(self, names: Callable[[], dict[str, str]]) -> None:
        self._read, self._names = names, dict[str, str]()

    def of(self, key_id: str) -> str:
        """The name of an API key. In a lab without keys, it is who runs the worker."""
        if not key_id:
            return _own_name()
        if key_id not in self._names:
            self._names = self._read()
        return self._names.get(key_id, key_id)


def _own_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # A container may run as a number that has no name.
        return "evenkeel"


def _levels(run: Run) -> str:
    """'depth 3, width 0.25, lr 0.3, all else as the task control has it'."""
    cell = run.cell
    named = dict.fromkeys([*cell.task.panels.factors, *run.stored_levels])
    words = [f"{cell.task.call(name)} {cell.task.call(show(cell.levels[name]))}" for name in named]
    return f"{', '.join(words)}, all else as the task {run.task} has it"


def _path(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)


def _with_links(says: str, public_url: str | None, links: dict[str, str]) -> str:
    if public_url is None:
        return says
    written = [f"[{name}]({public_url.rstrip('/')}/{path})" for name, path in links.items()]
    return f"{says} In the lab: {', '.join(written)}."
