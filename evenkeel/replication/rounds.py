"""Adds the next round of seeds to each experiment whose rule asks for it.

This may run twice, in several processes at once, and be killed at any point: a decision follows from the runs in the
store alone, it names the seed of each run, and the store adds each run once.
"""

import logging

from evenkeel.analysis.summary import CellSummary, Summaries
from evenkeel.grids.sharing import Quota
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.queue import Doorbell
from evenkeel.lab.reconcile import wake
from evenkeel.records.availability import WORKER_SEEN_SECONDS
from evenkeel.records.rows import Experiment
from evenkeel.replication.decision import Decision, decide
from evenkeel.store import Store

log = logging.getLogger(__name__)


def add_rounds(store: Store, doorbell: Doorbell, quota: Quota | None = None) -> int:
    """For each experiment with a rule that goes on and of which every run has ended: add seeds, or stop the rule.
    A round that does not fit into `quota` waits.

    Returns:
        The number of runs that were added.
    """
    return sum(_add_round(store, doorbell, name, quota) for name in store.rules.due())


def _add_round(store: Store, doorbell: Doorbell, name: str, quota: Quota | None) -> int:
    found = store.experiments.find(name)
    decision = None if found is None else _decide(store, found)
    if found is None or decision is None:
        return 0
    log.info("experiment %s: %s", name, decision.says)
    if not decision.seeds:
        store.rules.stop(name, decision.says)
        return 0
    added = store.rules.add(name, decision.seeds, decision.says, quota)
    if added:
        wake(doorbell, store.workers.seen(WORKER_SEEN_SECONDS), found.device, added)
    return added


def _decide(store: Store, found: Experiment) -> Decision | None:
    """The decision; None if the task is not known here, so that another process has to decide."""
    task = known_tasks().get(found.rule.task) if found.rule else None
    if found.rule is None or task is None:
        return None
    metric = task.metric(found.rule.rule.until.metric or task.default_metric)
    named = Summaries(store, as_if_ended=True).cells(task, {}, metric.name, found.name)
    cells = [CellSummary.of(name, facts) for name, facts in named]
    return decide(found.rule.rule, task, cells, metric, found.name)
