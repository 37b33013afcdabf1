"""The endpoints of statistics: which factors mattered, whether a cell is better, and how many seeds are needed."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.auth import Reader
from api.errors import problems
from api.left_out import headers_of
from api.questions import read_question, some_cells
from api.resources import Shared
from api.schemas.statistics import CompareQuery, EffectsQuery, SeedsQuery
from api.tables import TABLES, Accept, answer
from evenkeel.analysis.compare import Comparisons, compare
from evenkeel.analysis.effects import Effects, which_mattered
from evenkeel.analysis.seeds_needed import SeedsNeeded, how_many_seeds
from evenkeel.analysis.which_cell import find_cell
from evenkeel.reports.sheets import comparisons_sheet, effects_sheet
from evenkeel.reports.tables import comparisons_table, effects_table
from evenkeel.statistics.equivalence import Margins

router = APIRouter(tags=["statistics"], dependencies=[Reader])


@router.get("/effects", response_model=Effects, responses=TABLES)
def get_effects(query: Annotated[EffectsQuery, Query()], shared: Shared, accept: Accept = "") -> Response:
    """Say which factors mattered for the final value, for the spread over seeds and for divergence. The answer has a
    factorial model over all cells, permutation tests within blocks, and sentences that say what they mean."""
    asked = read_question(query)
    cells, left_out = some_cells(asked, shared)
    found = which_mattered(asked.task, cells, asked.metric, asked.experiment, left_out, query.start_value)
    return answer(found, effects_table, partial(effects_sheet, asked.task), query.format, accept)


@router.get("/compare", response_model=Comparisons, responses=TABLES)
def get_comparisons(query: Annotated[CompareQuery, Query()], shared: Shared, accept: Accept = "") -> Response:
    """Compare one cell with others: is it better, does it diverge more often, does it spread more? With `margin` and
    `mean_margin` also: is it nearly as stable, and nearly equal? Each p also has a value after Holm's correction over
    the comparisons. The exact tests also give the smallest p that so many seeds can reach, and each test the smallest
    effect that it would find."""
    asked = read_question(query)
    cells, left_out = some_cells(asked, shared)
    margins = Margins(query.margin, query.mean_margin)
    found = compare(asked.task, cells, query.a, query.b, asked.metric, asked.experiment, left_out, margins)
    return answer(found, comparisons_table, partial(comparisons_sheet, asked.task), query.format, accept)


@router.get("/seeds-needed", responses=problems(404))
def get_seeds_needed(query: Annotated[SeedsQuery, Query()], shared: Shared, response: Response) -> SeedsNeeded:
    """Say how many seeds a cell needs for a given precision of its mean, standard deviation or rate of divergence, and
    how long the missing seeds would take."""
    asked = read_question(query)
    cells, left_out = some_cells(asked, shared)
    response.headers.update(headers_of(left_out))
    cell = find_cell(asked.task, cells, query.cell, "cell", left_out)
    return how_many_seeds(cell, asked.metric, query.half_width, query.of, left_out)
