"""What `evenkeel` alone says: the lab at a glance, or how to start one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evenkeel.cli.common import connected, console, count, print_json
from evenkeel.client import ApiError, Client, Unreachable
from evenkeel.notebook.progress import GOING, Now, is_over, what_keeps_it

if TYPE_CHECKING:
    from rich.console import Console

SECONDS = 5.0
MOST = 10  # experiments
BAR = 12  # characters

NO_LAB = (
    ("evenkeel up", "start one on this machine"),
    ("export EVENKEEL_URL=http://HOST:8000", "use one on another machine"),
    ("evenkeel analyze runs.csv --metric acc --better higher", "analyse runs without a lab"),
    ("evenkeel --help", "all commands"),
)
REFUSED = (
    ("export EVENKEEL_API_KEY=...", "the key that you got from whoever runs it"),
    ("evenkeel keys add NAME", "make a key, where its store is"),
)

Json = Mapping[str, Any]


def glance(as_json: bool) -> None:
    """Show the lab: its workers, its newest experiments, what needs attention, and what to do next."""
    with connected(None, SECONDS) as client:
        try:
            workers, experiments = client.workers(), client.experiments()
        except Unreachable:
            return _say_nothing(as_json, client, f"No lab answers at {client.url}.", NO_LAB)
        except ApiError as error:
            if error.status not in (401, 403):
                raise
            return _say_nothing(as_json, client, f"The lab at {client.url} asks for a key.", REFUSED)
    attention = list(_attention(workers, experiments))
    if as_json:
        return print_json(
            {"url": client.url, "says": None, "workers": workers, "experiments": experiments, "attention": attention}
        )
    console.print(f"Page  {client.url}/ui/\nAPI   {client.url}", highlight=False)
    console.print(f"\n{_workers_say(workers)}", highlight=False)
    _show_experiments(console.rich, experiments)
    if attention:
        console.print("\nNeeds attention", style="yellow", highlight=False)
        for line in attention:
            console.print(f"  {line}", highlight=False)
    _show_commands(_next(experiments))


def _say_nothing(as_json: bool, client: Client, says: str, commands: Sequence[tuple[str, str]]) -> None:
    if as_json:
        return print_json({"url": client.url, "says": says, "workers": [], "experiments": [], "attention": []})
    console.print(says, highlight=False)
    _show_commands(commands)


def _show_commands(commands: Sequence[tuple[str, str]]) -> None:
    widest = max(len(command) for command, _ in commands)
    console.print()
    for command, what in commands:
        console.print(f"  {command:<{widest}}  {what}", highlight=False)


def _workers_say(workers: Sequence[Json]) -> str:
    if not workers:
        return "No worker was seen lately. Start one: python -m trainer"
    slots, busy = sum(worker["slots"] for worker in workers), sum(len(worker.get("trains", ())) for worker in workers)
    devices = ", ".join(dict.fromkeys(str(worker["device"]) for worker in workers))
    return f"{count(len(workers), 'worker')} ({devices}): {busy} of {count(slots, 'slot')} busy"


def _show_experiments(console: Console, experiments: Sequence[Json]) -> None:
    from evenkeel.cli.lists import show_list

    if not experiments:
        return
    newest = sorted(experiments, key=lambda each: each.get("moved_ms") or each["created_ms"], reverse=True)
    full, empty = ("#", ".") if console.options.ascii_only or console.is_dumb_terminal else ("█", "░")
    console.print()
    rows = [(each["name"], _bar(each, full, empty), _done(each)) for each in newest[:MOST]]
    show_list(console, ("experiment", "", "runs"), rows, prose=("runs",))
    if len(newest) > MOST:
        console.print(f"and {len(newest) - MOST:,} more: evenkeel experiments", style="dim", highlight=False)


def _bar(brief: Json, full: str, empty: str) -> str:
    done, total = _counts(brief)
    filled = BAR * done // max(1, total)
    return full * filled + empty * (BAR - filled)


def _counts(brief: Json) -> tuple[int, int]:
    """(number of runs that have ended, number of runs)."""
    runs = brief["num_runs"]
    return runs["total"] - sum(runs["status"].get(going, 0) for going in GOING), runs["total"]


def _done(brief: Json) -> str:
    done, total = _counts(brief)
    runs = brief["num_runs"]
    others = {how: runs["outcome"].get(how, 0) for how in ("diverged", "collapsed")}
    others |= {how: runs["status"].get(how, 0) for how in ("failed", "cancelled")}
    parts = [
        f"{done} of {total} done",
        *([f"{runs['status']['running']} running"] if runs["status"]["running"] else []),
    ]
    parts += [f"{n} {how}" for how, n in others.items() if n]
    return ", ".join([*parts, *(["paused"] if brief["paused"] else [])])


def _attention(workers: Sequence[Json], experiments: Sequence[Json]) -> Iterator[str]:
    """What somebody should look at."""
    said = set[str]()
    for worker in workers:
        for problem in filter(None, (worker["problem"], worker["warning"])):
            said.add(f"{worker['name']}: {problem}")
            yield f"{worker['name']}: {problem}"
    for brief in experiments:
        name, status = brief["name"], brief["num_runs"]["status"]
        if failed := status.get("failed", 0):
            yield f"{name}: {count(failed, 'run')} failed. Why: evenkeel runs {name}. Again: evenkeel retry {name}"
        if brief["paused"] and not is_over(brief):
            yield f"{name} is paused. To go on: evenkeel resume {name}"
        for problem in what_keeps_it(Now(brief, workers)):
            if workers and problem not in said:
                said.add(problem)
                yield problem


def _next(experiments: Sequence[Json]) -> list[tuple[str, str]]:
    """The commands that make sense now."""
    going = [each["name"] for each in experiments if not is_over(each) and not each["paused"]]
    ended = [each["name"] for each in experiments if each["num_runs"]["status"].get("finished", 0)]
    commands = [(f"evenkeel watch {going[-1]}", "follow it")] if going else []
    if ended:
        commands += [(f"evenkeel effects {ended[-1]}", "which factor mattered")]
        commands += [(f"evenkeel open {ended[-1]}", "its page in the browser")]
    if not experiments:
        commands += [("evenkeel submit --preset demo", "a first experiment: 24 small networks")]
    return [*commands, ("evenkeel --help", "all commands")]
