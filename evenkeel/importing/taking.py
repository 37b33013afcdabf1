"""Takes a batch of runs into the lab."""

from evenkeel.importing.arrival import Arrival, Choices
from evenkeel.importing.declaring import Kept, kept_of
from evenkeel.importing.notes import LEFT_OUT, Kind, Notes, note
from evenkeel.importing.placing import place
from evenkeel.importing.problems import ImportProblem
from evenkeel.importing.results import Imported
from evenkeel.lab.announced import refresh
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment
from evenkeel.records.imports import Before, Placed, task_name
from evenkeel.result import about, result
from evenkeel.store import now_ms


@result
class ImportView:
    name: str = about("Name of the experiment.")
    task: str = about("Its task.")
    choices: Choices = about("How runs become cells.")
    ended: list[str] = about("Ids of its runs that had ended where they were trained. They are not imported again.")


def take(lab: Lab, arrival: Arrival, posted_by: str = "") -> Imported:
    """Store the runs of a batch that the experiment does not have. Nothing is stored if it raises.

    Args:
        posted_by: id of the API key that imports; '' if the lab has no keys.

    Raises:
        ImportProblem: the runs cannot be imported as they were asked for.
        QuotaExceeded: the experiment would have too many runs.
    """
    began_ms = arrival.began_ms or now_ms()

    def decide(before: Before) -> tuple[Placed, tuple[Notes, Kept]]:
        placed, notes = place(before, arrival, began_ms)
        return placed, (notes, kept_of(placed.task))

    ids = [run.id for run in arrival.runs]
    seeds = {run.seed for run in arrival.runs if run.seed is not None}
    added, (notes, kept) = lab.store.imports.add(arrival.into, ids, seeds, decide, began_ms, lab.quota, posted_by)
    refresh(lab.store, now=True)
    early = [note(Kind.EARLY, str(added.longest), added.num_early)] if added.num_early else []
    left_out = notes.count(LEFT_OUT)
    return Imported(
        name=arrival.into,
        task=task_name(arrival.into),
        created=added.created,
        completed=added.completed,
        existing=len(arrival.runs) - added.created - added.completed - left_out,
        left_out=left_out,
        remaining=0,
        after=None,
        num_runs=arrival.num_runs,
        num_cells=added.num_cells,
        factors=[factor.name for factor in kept.params.factors.values()],
        metrics=list(kept.metrics.values()),
        notes=[*notes.all, *early],
        began_ms=began_ms,
        url=f"/experiments/{arrival.into}",
    )


def view(lab: Lab, experiment: str) -> ImportView:
    """What an experiment has of imported runs.

    Raises:
        NoSuchExperiment: there is no experiment of this name.
        ImportProblem: the lab itself trains its runs.
    """
    find_experiment(lab, experiment)
    state = lab.store.imports.state(experiment)
    if state is None:
        raise ImportProblem("name", f"{experiment!r} has no imported runs; the lab trains its runs itself")
    return ImportView(experiment, task_name(experiment), kept_of(state.task).choices, state.ended)
