"""The tables, as SQLAlchemy sees them. Times are milliseconds since 1970 (UTC), MLflow's unit."""

from evenkeel.schema.happened import events
from evenkeel.schema.metadata import metadata
from evenkeel.schema.posted import SPEC_VERSION, cells, experiments
from evenkeel.schema.queued import lanes, run_counts
from evenkeel.schema.service import (
    alerts,
    deleted_experiments,
    deleted_runs,
    duties,
    keys,
    plugins,
    posts,
    prepared,
    sessions,
    workers,
)
from evenkeel.schema.trained import attempts, correct, curves, epochs, has_status, imported, logs, runs

__all__ = [
    "SPEC_VERSION",
    "alerts",
    "attempts",
    "cells",
    "correct",
    "curves",
    "deleted_experiments",
    "deleted_runs",
    "duties",
    "epochs",
    "events",
    "experiments",
    "has_status",
    "imported",
    "keys",
    "lanes",
    "logs",
    "metadata",
    "plugins",
    "posts",
    "prepared",
    "run_counts",
    "runs",
    "sessions",
    "workers",
]
