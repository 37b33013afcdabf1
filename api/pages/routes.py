"""The routes of all pages."""

from fastapi import APIRouter

from api.pages import assets, entrance
from api.pages.cell import view as cell
from api.pages.charts import view as charts
from api.pages.compare import view as compare
from api.pages.experiment import view as experiment
from api.pages.home import view as home
from api.pages.keys import view as keys
from api.pages.live import view as live
from api.pages.new import view as new
from api.pages.run import view as run
from api.pages.sign_in import view as sign_in
from api.pages.tasks import view as tasks
from api.pages.workers import view as workers
from api.up_to_date import UpToDate

PAGES = (home, new, experiment, cell, run, compare, charts, workers, tasks, keys, live)


def add_pages(router: APIRouter) -> None:
    """Add the routes of the pages to those of the app."""
    for page in PAGES:
        router.include_router(page.router, include_in_schema=False, dependencies=[UpToDate])
    for open_to_all in (assets, entrance, sign_in):
        router.include_router(open_to_all.router, include_in_schema=False)
