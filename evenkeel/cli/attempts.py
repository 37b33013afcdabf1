"""Tells in words what became of a run: every attempt at it, where each began, and what it computed with."""

from collections.abc import Iterator, Mapping
from typing import Any

# The rest is in the answer with --json.
TOLD = ("torch", "device", "driver", "cpu_capability")


def attempt_lines(run: Mapping[str, Any]) -> Iterator[str]:
    """The lines for a run, as GET /runs/{run_id} gives it."""
    done = f"{run['num_epochs']}/{run['epochs']} epochs"
    yield f"{run['id'][:8]}  {run['cell']}, seed {run['seed']}: {run['status']}, {done}"
    if not run["attempts"]:
        yield "No worker has taken it yet."
    before: Any = None
    for attempt in run["attempts"]:
        yield f"attempt {attempt['attempt']} on {attempt['worker']}: {_began(attempt)}; {_ended(attempt)}"
        if attempt["says"]:
            yield f"  {attempt['says']}"
        if attempt["arithmetic"] and attempt["arithmetic"] != before:
            yield f"  computes with {_arithmetic(attempt['arithmetic'])}"
        before = attempt["arithmetic"]


def _began(attempt: Mapping[str, Any]) -> str:
    epoch, step = attempt["from_epoch"], attempt["from_step"]
    if not epoch and not step:
        return "from the start"
    return f"from epoch {epoch}" + (f", step {step}" if step else "")


def _ended(attempt: Mapping[str, Any]) -> str:
    if attempt["ending"] is None:
        return "goes on"
    seconds = (
        (attempt["ended_ms"] - attempt["began_ms"]) / 1000 if attempt["ended_ms"] and attempt["began_ms"] else None
    )
    after = "" if seconds is None else f" after {seconds:,.0f} s"
    error = f": {attempt['error']}" if attempt["error"] else ""
    return f"{attempt['ending'].replace('_', ' ')}{after}{error}"


def _arithmetic(arithmetic: Mapping[str, str]) -> str:
    parts = [f"{name.replace('_', ' ')} {arithmetic[name]}" for name in TOLD if arithmetic.get(name)]
    threads = arithmetic.get("threads")
    return ", ".join([*parts, *([f"{threads} thread{'s' * (threads != '1')}"] if threads else [])])
