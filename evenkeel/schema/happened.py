"""The table of events: what happened to an experiment."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from evenkeel.schema.metadata import metadata

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    # No foreign key. To check one, Postgres would lock the experiment after the run, and everything else locks them the
    # other way round.
    Column("experiment_id", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    # id of the API key of who did it; '' if the lab has no keys, or if a rule did it, or if it happened to a run.
    Column("by", String(16), nullable=False, server_default=""),
    # A sentence for people.
    Column("says", Text, nullable=False),
    # The run that it is about; NULL if it is about the experiment.
    Column("run_id", String(32)),
    Index(None, "experiment_id", "at_ms", "id"),
)
