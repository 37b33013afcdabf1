"""The table of events: what people and rules did to an experiment."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from evenkeel.schema.metadata import metadata

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("experiment_id", ForeignKey("experiments.id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    # id of the API key of who did it; '' if the lab has no keys, or if a rule did it.
    Column("by", String(16), nullable=False, server_default=""),
    # A sentence for people.
    Column("says", Text, nullable=False),
    # The run that it is about; NULL if it is about the experiment.
    Column("run_id", String(32)),
    Index(None, "experiment_id", "at_ms"),
)
