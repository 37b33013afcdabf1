"""With what the form begins: a task, one of its presets, or an experiment to which levels are added."""

from dataclasses import dataclass

from api.pages.formats import plural
from api.pages.forms import Fields
from api.pages.new.factors import parts_of
from api.pages.new.reading import form_of_grid
from api.schemas.choices import default_of, one_of
from evenkeel.analysis.query import QueryError
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.context import Lab
from evenkeel.lab.grid_of import grid_of
from evenkeel.plugins import Task
from evenkeel.records.imports import is_imported


@dataclass(frozen=True)
class Began:
    """What the form shows.

    Attributes:
        source: The experiment that it was filled from; '' for none.
    """

    task: Task
    form: Fields
    preset: str = ""
    source: str = ""


def begin(lab: Lab, task: str, preset: str, source: str) -> Began:
    """The form before anything is typed.

    Raises:
        QueryError: The task or its preset is not known.
        NoSuchExperiment, NotNow: The experiment cannot be posted again.
    """
    if source:
        grid = grid_of(lab, source)
        its_task = known_tasks()[grid["task"]]
        return Began(its_task, form_of_grid(parts_of(its_task), grid), source=source)
    chosen = _find_task(task)
    if preset and preset not in chosen.presets:
        presets = one_of(chosen.presets, preset) if chosen.presets else f"the task {chosen.name!r} has no presets"
        raise QueryError("preset", presets)
    grid = dict(chosen.presets[preset]) if preset else {}
    return Began(chosen, form_of_grid(parts_of(chosen), grid), preset=preset)


def task_of_form(form: Fields) -> Began:
    """The task that a form is about, and the form. Raises QueryError."""
    return Began(_find_task(form["task"]), form, form["preset"], form["source"])


def presets_in_words(task: Task) -> dict[str, str]:
    """What a person reads of each preset, by its name.

    That is what varies, the seeds, the first level in which the presets differ (their dataset), and how long a run
    trains.
    """
    fixed = {name: preset.get("train", {}) for name, preset in task.presets.items()}
    words = {}
    for name, preset in task.presets.items():
        differ = [
            factor for factor, level in fixed[name].items() if any(level != o.get(factor) for o in fixed.values())
        ]
        parts = [" x ".join(preset.get("grid", {}))]
        parts += [plural(preset["seeds"], "seed")] if isinstance(preset.get("seeds"), int) else []
        parts += [str(fixed[name][factor]) for factor in differ[:1] if factor != task.length]
        parts += [plural(fixed[name][task.length], "epoch")] if task.length in fixed[name] else []
        words[name] = f"{name}: {', '.join(parts)}"
    return words


def _find_task(name: str) -> Task:
    tasks = {known: task for known, task in known_tasks().items() if not is_imported(known)}
    if name and name not in tasks:
        raise QueryError("task", one_of(tasks, name))
    return tasks[name or default_of(tasks)]
