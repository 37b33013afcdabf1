"""The tables, as SQLAlchemy sees them. Times are milliseconds since 1970 (UTC), MLflow's unit."""

from evenkeel.schema.metadata import metadata
from evenkeel.schema.posted import SPEC_VERSION, cells, experiments
from evenkeel.schema.service import (
    alerts,
    deleted_experiments,
    deleted_runs,
    duties,
    keys,
    plugins,
    posts,
    prepared,
    workers,
)
from evenkeel.schema.trained import attempts, correct, curves, epochs, imported, runs

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
    "imported",
    "keys",
    "metadata",
    "plugins",
    "posts",
    "prepared",
    "runs",
    "workers",
]
