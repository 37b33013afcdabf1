"""The tables of what was posted: experiments and their cells."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from evenkeel.schema.metadata import metadata, where

# New cells get this version. Raise it if older workers cannot train them: they leave cells of a higher version alone.
SPEC_VERSION = 2

experiments = Table(
    "experiments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("created_ms", BigInteger, nullable=False),
    Column("mlflow_experiment_id", String(64)),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("max_running", Integer),
    Column("device", String(8), nullable=False, server_default="any"),
    Column("paused", Boolean, nullable=False, server_default=false()),
    # CPU threads of each of its runs. Another number changes the last bits of every result.
    Column("threads", Integer, nullable=False, server_default="1"),
    # When a run of it was last claimed. The experiment that has waited longest comes next.
    Column("served_ms", BigInteger, nullable=False, server_default="0"),
    # The rule by which the lab adds seeds (`PostedRule`), whether it still does, and why.
    Column("rule", JSON),
    Column("rule_going", Boolean, nullable=False, server_default=false()),
    Column("rule_says", Text, nullable=False, server_default=""),
    # What people wrote about it, in Markdown, and a list of words to find it by.
    Column("note", Text, nullable=False, server_default=""),
    Column("tags", JSON, nullable=False, server_default="[]"),
)

cells = Table(
    "cells",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("experiment_id", ForeignKey("experiments.id"), nullable=False),
    Column("hash", String(16), nullable=False, index=True),
    # SQLite keeps a text of any length, whatever its column says.
    Column("task", String(64).with_variant(String(80), "postgresql"), nullable=False, server_default="classification"),
    Column("task_version", Integer, nullable=False, server_default="1"),
    # Only the levels that differ from the defaults.
    Column("levels", JSON, nullable=False),
    # Epochs of each of its runs. No default: a version that does not know this column cannot post an incomplete cell.
    Column("epochs", Integer, nullable=False),
    # 'name-size' of the dataset that a worker must have prepared to train it.
    Column("needs", String(80)),
    Column("mlflow_run_id", String(32)),
    Column("spec_version", Integer, nullable=False, server_default="1"),
    # The packages that a worker must have to train it, such as 'lab-nets==0.1.0'. NULL if the lab itself trains it.
    Column("plugins", Text),
    # The lane of its runs. NULL if an earlier version has just posted it. No foreign key: an experiment is deleted with
    # its lanes, and a check for each of many runs would take time.
    Column("lane_id", Integer),
    UniqueConstraint("experiment_id", "hash"),
)
Index("ix_cells_without_lane", cells.c.id, **where("lane_id IS NULL"))
