"""The tables, as SQLAlchemy sees them. Times are milliseconds since 1970 (UTC), MLflow's unit."""

from evenkeel.lab.store.schema.metadata import metadata
from evenkeel.lab.store.schema.posted import SPEC_VERSION, cells, experiments
from evenkeel.lab.store.schema.service import (
    alerts,
    deleted_experiments,
    deleted_runs,
    duties,
    keys,
    posts,
    prepared,
    workers,
)
from evenkeel.lab.store.schema.trained import attempts, correct, curves, epochs, runs

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
    "experiments",
    "keys",
    "metadata",
    "posts",
    "prepared",
    "runs",
    "workers",
]
