"""How many runs an API key has in flight. Everything that puts runs into the queue asks here: posts, retries, and rules
that add seeds. Pausing and resuming does not, since a paused run counts as well."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text

from evenkeel.grids.sharing import Quota, QuotaExceeded
from evenkeel.records.status import Status
from evenkeel.schema import has_status, runs

IN_FLIGHT = (Status.QUEUED, Status.PAUSED, Status.RUNNING)
QUOTA_LOCKS = 0x45564B51  # any number, but the same in every process


@dataclass(frozen=True)
class Charge:
    """Which key puts runs into the queue, and how many it may have there.

    Attributes:
        key_id: id of an API key; '' if the lab has no keys.
        quota: the limits; None for none.
        field: which part of the request asks for that many runs.
    """

    key_id: str = ""
    quota: Quota | None = None
    field: str = "grid"


def check_in_flight(db: Connection, charge: Charge, fresh: int) -> None:
    """Refuse what a transaction has just put into the queue if its key then has too much in flight. Ask last, when the
    `fresh` runs stand in the store and belong to the key: the exception undoes them.

    From here to the end of the transaction, others that ask for the same key wait. So of two at the same time, the
    second counts the runs of the first. The lock is the last one that a transaction takes, so none can deadlock.

    Raises QuotaExceeded.
    """
    if charge.quota is None or not fresh:
        return
    if db.dialect.name == "postgresql":
        lock = {"quotas": QUOTA_LOCKS, "key": _number_of(charge.key_id)}
        db.execute(text("SELECT pg_advisory_xact_lock(:quotas, :key)"), lock)
    theirs = select(func.count()).select_from(runs).where(runs.c.posted_by == charge.key_id)
    now = db.scalar(theirs.where(has_status(*IN_FLIGHT))) or 0
    most = charge.quota.in_flight
    if now > most:
        raise QuotaExceeded(
            f"{now - fresh:,} runs of this key are queued, paused or running; with {fresh:,} more they would exceed "
            f"the limit of {most:,} (EVENKEEL_MAX_IN_FLIGHT)",
            fresh <= most,
            charge.field,
        )


def check_size(quota: Quota | None, total: int, field: str = "grid") -> None:
    """Refuse an experiment of too many runs. Its row must be locked. field: which part of the request asks for that
    many. Raises QuotaExceeded."""
    if quota is not None and total > quota.runs_per_experiment:
        raise QuotaExceeded(
            f"the experiment would have {total:,} runs; at most {quota.runs_per_experiment:,} are allowed "
            "(EVENKEEL_MAX_RUNS_PER_EXPERIMENT)",
            passes=False,
            field=field,
        )


def _number_of(key_id: str) -> int:
    """A number for a key that is the same in every process. Postgres takes 32 bits, with a sign."""
    return int.from_bytes(hashlib.sha256(key_id.encode()).digest()[:4], signed=True)
