"""The stability region: where runs diverge or collapse, over two factors. Only a study with a number that varies and
with runs that were lost has one."""

from fastapi import Response

from api.pages.charts.region import region_chart
from api.pages.experiment.query import StudyQuery
from api.pages.formats import query as parameters
from api.pages.rendering import render
from api.questions import Reading, read_question, some_samples
from evenkeel.reports.parts import region_of


def show_region(query: StudyQuery, form: str, reading: Reading) -> Response:
    """The region as a piece of a page."""
    asked = read_question(query, reading)
    cells, _ = some_samples(asked, reading)
    lost = sum(cell.divergence.diverged + cell.divergence.collapsed for cell in cells)
    found = region_of(asked.task, cells) if lost else None
    if found is None:
        return render("experiment/region.html", chart=None, lost=lost, finished=sum(c.divergence.n for c in cells))
    chart = region_chart(asked.task, cells, query.x or found.x, query.y or (None if query.x else found.y))
    axes = query.of_api(x=chart.x, y=chart.y)
    files = [(form.upper(), f"/summary/region.{form}{parameters(axes)}") for form in ("svg", "pdf", "png")]
    return render("experiment/region.html", chart=chart, lost=lost, query=query, files=files)
