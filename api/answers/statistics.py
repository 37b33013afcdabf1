"""Works out the statistics: which factors mattered, whether a cell is better, and how many seeds are needed."""

from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import Response
from pydantic import TypeAdapter

from api.left_out import headers_of
from api.questions import Question, Reading, read_question, some_samples
from api.tables import answer
from evenkeel.analysis.compare import Comparisons, compare
from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.seeds_needed import SeedsNeeded, how_many_seeds
from evenkeel.analysis.which_cell import find_cell
from evenkeel.plugins import Task
from evenkeel.reports.sheets import comparisons_sheet, effects_sheet
from evenkeel.reports.tables import comparisons_table, effects_table
from evenkeel.statistics.equivalence import Margins

SEEDS_NEEDED = TypeAdapter(SeedsNeeded)


def effects(query: Any, form: str, reading: Reading) -> Response:
    """The answer to an `EffectsQuery`."""
    asked = read_question(query, reading)
    cells, left_out = some_samples(asked, reading)
    found = which_mattered(asked.task, cells, asked.metric, asked.experiment, left_out, query.start_value)
    return answer(found, effects_table, partial(effects_sheet, asked.task), form)


def comparisons(query: Any, form: str, reading: Reading) -> Response:
    """The answer to a `CompareQuery`."""
    found, task = compared(query, reading)
    return answer(found, comparisons_table, partial(comparisons_sheet, task), form)


def compared(query: Any, reading: Reading) -> tuple[Comparisons, Task]:
    """The comparisons of a `CompareQuery`, and the task of its cells."""
    asked = about_comparisons(query, reading)
    cells, left_out = some_samples(asked, reading)
    there, more = some_samples(replace(asked, experiment=asked.beside), reading) if asked.beside else (None, [])
    found = compare(
        asked.task,
        cells,
        query.a,
        query.b,
        asked.metric,
        asked.experiment,
        [*left_out, *more],
        Margins(query.margin, query.mean_margin),
        there,
        asked.beside,
    )
    return found, asked.task


def about_comparisons(query: Any, reading: Reading) -> Question:
    """What a `CompareQuery` is about: the cells of one experiment, or of two."""
    asked = read_question(query, reading)
    return asked if query.b_experiment == query.experiment else replace(asked, beside=query.b_experiment)


def seeds_needed(query: Any, form: str, reading: Reading) -> Response:
    """The answer to a `SeedsQuery`."""
    asked = read_question(query, reading)
    cells, left_out = some_samples(asked, reading)
    cell = find_cell(asked.task, cells, query.cell, "cell", left_out)
    found = how_many_seeds(cell, asked.metric, query.half_width, query.of, left_out)
    return Response(SEEDS_NEEDED.dump_json(found), media_type="application/json", headers=headers_of(left_out))
