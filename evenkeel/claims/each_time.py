"""What is written for each run that is taken and for each epoch. These statements are made once: to make one takes
SQLAlchemy longer than to send it."""

from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, bindparam, case, insert, update

from evenkeel.claims.held import ASKED, Attempt, held_by
from evenkeel.database import clock_ms, ms
from evenkeel.records.status import Status
from evenkeel.records.workers import Taker
from evenkeel.schema import attempts, runs

LEASE = clock_ms() + bindparam("lease_ms", type_=BigInteger)
TAKE = (
    update(runs)
    .where(runs.c.id == bindparam("run"), runs.c.status == Status.QUEUED)
    .values(
        status=Status.RUNNING,
        outcome=None,
        attempt=runs.c.attempt + 1,
        worker=bindparam("by"),
        num_epochs=0,
        code_version=bindparam("code"),
        lease_until_ms=LEASE,
        started_ms=clock_ms(),
        ended_ms=None,
        error=None,
        diverged_epoch=None,
        pause_requested=False,
        version=runs.c.version + 1,
    )
    .returning(runs.c.attempt)
)
BEGAN = insert(attempts).values(
    run_id=bindparam("run"),
    attempt=bindparam("number"),
    worker=bindparam("by"),
    code_version=bindparam("code"),
    began_ms=clock_ms(),
)
HELD = held_by(bindparam("run"), bindparam("number"))
RENEWED = update(runs).where(HELD).values(lease_until_ms=LEASE).returning(*ASKED)
EPOCH = bindparam("epoch", type_=Integer)
FURTHER = (
    update(runs)
    .where(HELD)
    .values(num_epochs=case((runs.c.num_epochs < EPOCH, EPOCH), else_=runs.c.num_epochs), version=runs.c.version + 1)
)


def begin_attempt(db: Connection, run_id: str, taker: Taker, lease_seconds: float) -> int | None:
    """Give a queued run to a worker. Returns the number of the new attempt; None if the run is not queued."""
    who = {"run": run_id, "by": taker.worker, "code": taker.code_version}
    attempt: int | None = db.scalar(TAKE, who | {"lease_ms": ms(lease_seconds)})
    if attempt is not None:
        db.execute(BEGAN, who | {"number": attempt})
    return attempt


def further(db: Connection, claim: Attempt, epoch: int) -> bool:
    """Note that the run of a claim has come to this epoch, if it had not come as far. False if the claim was lost."""
    return db.execute(FURTHER, _of(claim) | {"epoch": epoch}).rowcount == 1


def renewed(db: Connection, claim: Attempt, lease_seconds: float) -> Any:
    """Renew the lease of a claim. Returns a row with the columns ASKED; None if the claim was lost."""
    return db.execute(RENEWED, _of(claim) | {"lease_ms": ms(lease_seconds)}).one_or_none()


def _of(claim: Attempt) -> dict[str, Any]:
    return {"run": claim.run_id, "number": claim.attempt}
