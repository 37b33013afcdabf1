"""What a cell is called on pages: the levels that tell it from the others of its study, beside its stable name."""

from collections.abc import Mapping, Sequence

from api.resources import Resources
from evenkeel.grids.cell import Cell
from evenkeel.grids.levels import show
from evenkeel.lab.experiments import find_experiment

Varying = Mapping[str, Sequence[str]]  # task -> the factors in which its cells differ


def varying_in(shared: Resources, experiment: str) -> Varying:
    """The factors that vary in an experiment. They are kept until it changes. Raises NoSuchExperiment."""
    varies = shared.details.get(find_experiment(shared.lab, experiment)).varies
    return {task: list(factors) for task, factors in varies.items()}


def title_of(cell: Cell, varying: Varying) -> str:
    """'yolo · 0.03', as the tables of the study call the cell. '' if the cells of its task do not differ."""
    return " · ".join(show(cell.levels[factor]) for factor in varying.get(cell.task.name, ()))


def with_name(title: str, name: str) -> str:
    """'yolo · 0.03 (yolo-batch-he-5ad919)', where there is room for text alone. name: the one that the CLI takes."""
    return f"{title} ({name})" if title else name
