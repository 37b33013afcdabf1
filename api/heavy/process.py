"""What runs in a process of the pool: it answers one question after the other, with its own store and its own cells."""

import gc
import os
import threading
import traceback
from multiprocessing import parent_process

# Loaded before the first question.
import api.answers.figures
import api.answers.report
import api.answers.statistics
import api.answers.summary  # noqa: F401
from api.heavy.memory import trim
from api.heavy.work import Answer, Fault, Refused, Reply, Work
from api.questions import Reading
from evenkeel.analysis.summary import Summaries
from evenkeel.lab.announced import refresh
from evenkeel.lab.context import Lab
from evenkeel.lab.queue import Doorbell
from evenkeel.settings import Settings
from evenkeel.store import Store

# Short answers of the API go before long ones. More would starve them: beside trainings on all cores, a process at 10
# gets a tenth of a core.
NICE = 3

_reading: Reading | None = None


def begin(settings: Settings) -> None:
    """Prepare this process. It ends with the API, however the API ends."""
    global _reading
    os.nice(NICE)
    threading.Thread(target=_end_with_api, daemon=True).start()
    _reading = make_reading(Lab(settings, Store(settings.database_url), Doorbell(settings)))
    gc.freeze()


def make_reading(lab: Lab) -> Reading:
    return Reading(lab, Summaries(lab.store))


def work_out(work: Work) -> Reply:
    """The reply to a question. It raises nothing: not every exception can be sent to another process."""
    assert _reading is not None, "begin() was not called"
    try:
        # The API may have learned of a task since this process last looked.
        refresh(_reading.lab.store, now=True)
        return Answer.of(work.answer(work.query, work.form, _reading))
    except Exception as error:
        return Refused.of(error) or Fault(traceback.format_exc())
    finally:
        trim()


def _end_with_api() -> None:
    if (api := parent_process()) is not None:
        api.join()
        os._exit(1)
