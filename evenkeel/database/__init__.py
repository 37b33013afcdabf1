"""One database: transactions that read or write, its clock, and its faults. What is kept in it, `evenkeel.store` and
`evenkeel.service` know."""

from evenkeel.database.transactions import Database, batched, clock_ms, ms, now_ms

__all__ = ["Database", "batched", "clock_ms", "ms", "now_ms"]
