"""The routes of all pages."""

from fastapi import FastAPI

from api.pages import assets, entrance
from api.pages.cell import view as cell
from api.pages.charts import view as charts
from api.pages.compare import view as compare
from api.pages.experiment import view as experiment
from api.pages.home import view as home
from api.pages.keys import view as keys
from api.pages.live import view as live
from api.pages.new import view as new
from api.pages.problems import show_problems_as_pages
from api.pages.run import view as run
from api.pages.sign_in import view as sign_in
from api.pages.tasks import view as tasks
from api.pages.workers import view as workers
from api.up_to_date import UpToDate

PAGES = (home, new, experiment, cell, run, compare, charts, workers, tasks, keys, live)


def add_pages(app: FastAPI) -> None:
    """Add the pages to the app. Its handlers of errors must be there already: under /ui/, errors become pages."""
    for page in PAGES:
        app.include_router(page.router, include_in_schema=False, dependencies=[UpToDate])
    for open_to_all in (assets, entrance, sign_in):
        app.include_router(open_to_all.router, include_in_schema=False)
    show_problems_as_pages(app)
