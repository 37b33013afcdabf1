"""Rules by which the lab adds seeds to an experiment: which still go on, and the seeds that one of them adds."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, select, update
from sqlalchemy.sql import ColumnElement

from evenkeel.claims.lanes import lanes_of_cells
from evenkeel.database import Database
from evenkeel.grids.replication import PostedRule, SeedRule
from evenkeel.grids.sharing import Quota, QuotaExceeded
from evenkeel.journal.telling import count, tell
from evenkeel.records.events import EventKind
from evenkeel.records.status import Status
from evenkeel.schema import cells, experiments, runs
from evenkeel.store.quota import Charge, check_in_flight, check_size

CANCELLED = "The rule has stopped, because the experiment was cancelled."


class RuleFixed(Exception):
    """An experiment keeps its rule once runs have finished: a rule that changes with the results proves nothing."""

    def __init__(self, rule: SeedRule) -> None:
        kept = rule.model_dump_json(exclude_none=True)
        super().__init__(
            f"the experiment has the rule {kept}, which stays since runs have finished; allowed: that rule, or a "
            "number or list of seeds to add some by hand"
        )


class Rules:
    def __init__(self, database: Database) -> None:
        self.database = database

    def due(self) -> list[str]:
        """The experiments whose rule goes on, that are not paused, and of which every run has ended."""
        waiting = exists().where(_has_run_that_waits(experiments.c.id))
        with self.database.read() as db:
            going = select(experiments.c.name).where(experiments.c.rule_going, ~experiments.c.paused, ~waiting)
            return list(db.scalars(going.order_by(experiments.c.id)))

    def add(self, name: str, seeds: Mapping[str, int], says: str, quota: Quota | None = None) -> int:
        """Queue a run of each cell with the seed given, and note why.

        It may be called twice, by several processes at once, and after a process was killed. Nothing happens if the
        rule has stopped, if the experiment is paused, if runs still wait or train, or if the runs exist. If the key
        that posted the rule would have too much in flight, the rule waits, and says so.

        Args:
            seeds: hash of a cell of the experiment -> the seed.

        Returns:
            The number of runs that were added.
        """
        try:
            return self._add(name, seeds, says, quota)
        except QuotaExceeded as error:
            waits = f"{says} They are not queued yet, because {error}."
            with self.database.write() as db:
                going = experiments.c.name == name, experiments.c.rule_going
                db.execute(update(experiments).where(*going).values(rule_says=waits))
            return 0

    def _add(self, name: str, seeds: Mapping[str, int], says: str, quota: Quota | None) -> int:
        with self.database.write() as db:
            going = experiments.c.rule_going, ~experiments.c.paused
            query = select(experiments).where(experiments.c.name == name, *going)
            found = db.execute(query.with_for_update()).one_or_none()
            if found is None or db.scalar(select(exists().where(_has_run_that_waits(found.id)))):
                return 0
            posted = read_rule(found.rule)
            assert posted is not None
            theirs = select(cells.c.hash, cells.c.id).where(cells.c.experiment_id == found.id)
            ids = {row.hash: row.id for row in db.execute(theirs)}
            known = select(runs.c.cell_id, runs.c.seed).where(runs.c.cell_id.in_(list(ids.values())))
            there = {(row.cell_id, row.seed) for row in db.execute(known)}
            # These runs were posted with the rule. `evenkeel.analysis.looks` tells by this time that nobody chose to
            # add them after a look at the results.
            base = {"status": str(Status.QUEUED), "created_ms": posted.posted_ms, "posted_by": posted.posted_by}
            keys = [(ids[cell], seed) for cell, seed in seeds.items() if cell in ids]
            lanes = lanes_of_cells(db, found.id)
            rows = [
                {"id": uuid.uuid4().hex, "cell_id": cell_id, "seed": seed, "lane_id": lanes[cell_id], **base}
                for cell_id, seed in keys
                if (cell_id, seed) not in there
            ]
            check_size(quota, len(there) + len(rows))
            self.database.add(db, runs, rows)
            db.execute(update(experiments).where(experiments.c.id == found.id).values(rule_says=says))
            if rows:
                number = f"{count(len(rows), 'run')} added by the rule for seeds"
                tell(db, found.id, EventKind.SEEDS_ADDED, f"{number}. {says}")
            check_in_flight(db, Charge(posted.posted_by, quota), len(rows))
            return len(rows)

    def stop(self, name: str, says: str) -> None:
        """End a rule that goes on, and note why."""
        with self.database.write() as db:
            if stop_rule(db, name, says):
                its_id = db.scalars(select(experiments.c.id).where(experiments.c.name == name)).one()
                tell(db, its_id, EventKind.RULE_STOPPED, f"the rule for seeds has stopped. {says}")


def set_rule(db: Connection, experiment_id: int, posted: PostedRule) -> None:
    """Give an experiment its rule. Nothing happens if it has the same rule. Raises RuleFixed."""
    before = read_rule(db.scalar(select(experiments.c.rule).where(experiments.c.id == experiment_id)))
    if before is not None and before.rule == posted.rule:
        return
    theirs = runs.c.cell_id == cells.c.id, cells.c.experiment_id == experiment_id
    if before is not None and db.scalar(select(exists().where(*theirs, runs.c.status == Status.FINISHED))):
        raise RuleFixed(before.rule)
    kept: dict[str, Any] = vars(posted) | {"rule": posted.rule.model_dump(exclude_none=True)}
    changes = {"rule": kept, "rule_going": True, "rule_says": ""}
    db.execute(update(experiments).where(experiments.c.id == experiment_id).values(changes))


def stop_rule(db: Connection, name: str, says: str = CANCELLED) -> bool:
    """End a rule that goes on. False if none does."""
    going = experiments.c.name == name, experiments.c.rule_going
    return db.execute(update(experiments).where(*going).values(rule_going=False, rule_says=says)).rowcount == 1


def go_on(db: Connection, name: str) -> None:
    """Let the rule of an experiment go on, if it has one, because runs of it were queued again."""
    has_one = experiments.c.name == name, experiments.c.rule.is_not(None)
    db.execute(update(experiments).where(*has_one).values(rule_going=True, rule_says=""))


def read_rule(stored: Any) -> PostedRule | None:
    return None if stored is None else PostedRule(**stored | {"rule": SeedRule.model_validate(stored["rule"])})


def rule_columns() -> Sequence[ColumnElement[Any]]:
    """The columns that `of_rule` reads."""
    return experiments.c.rule, experiments.c.rule_going


def of_rule(row: Row[Any]) -> tuple[int, bool]:
    """(into how many shares the rule divides the level of a test, whether it may still add seeds)."""
    posted = read_rule(row.rule)
    return (1 if posted is None else posted.rule.level_shares), row.rule_going


def _has_run_that_waits(experiment_id: Any) -> ColumnElement[bool]:
    waits = runs.c.status.in_([Status.QUEUED, Status.RUNNING, Status.PAUSED])
    return and_(runs.c.cell_id == cells.c.id, cells.c.experiment_id == experiment_id, waits)
