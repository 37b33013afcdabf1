"""The commands that change experiments and runs: pause, resume, cancel, retry, share."""

from typing import Annotated

import typer

from evenkeel.cli.common import AsJson, Name, NameOrRun, RunId, Url, connected, count, fail, say_answer


def pause(name: Name, as_json: AsJson = False, url: Url = None) -> None:
    """Pause an experiment until it is resumed.

    Its running runs stop at a checkpoint within seconds. They go on from there, and nothing is trained twice. Runs that
    are posted meanwhile wait too.
    """
    with connected(url) as client:
        answer = client.pause(name)
    paused = f"{name} is paused: {answer['paused']} runs wait, {answer['stopping']} stop at a checkpoint."
    say_answer(answer, as_json, f"{paused}\nTo go on: evenkeel resume {name}")


def resume(name: Name, as_json: AsJson = False, url: Url = None) -> None:
    """Let a paused experiment go on."""
    with connected(url) as client:
        answer = client.resume(name)
    say_answer(answer, as_json, f"{name} goes on: {count(answer['queued'], 'run')} queued again.")


def cancel(name: NameOrRun = None, run: RunId = None, as_json: AsJson = False, url: Url = None) -> None:
    """Cancel what is not finished of an experiment, or one run."""
    check_one(name, run)
    with connected(url) as client:
        if run is not None:
            say_answer(client.cancel_run(run), as_json)
        elif name is not None:
            answer = client.cancel(name)
            says = f"{count(answer['cancelled'], 'run')} cancelled, {answer['stopping']} stopping."
            again = f"\nTo queue them again: evenkeel retry {name}" if any(answer.values()) else ""
            say_answer(answer, as_json, says + again)


def retry(name: NameOrRun = None, run: RunId = None, as_json: AsJson = False, url: Url = None) -> None:
    """Queue failed and cancelled runs again, or a single run."""
    check_one(name, run)
    with connected(url) as client:
        if run is not None:
            say_answer(client.retry_run(run), as_json)
        elif name is not None:
            answer = client.retry(name)
            say_answer(answer, as_json, f"{count(answer['queued'], 'run')} queued again.")


def share(
    name: Name,
    priority: Annotated[int | None, typer.Option(help="From -100 to 100. A higher one goes first.")] = None,
    max_running: Annotated[
        int | None, typer.Option(help="How many of its runs may train at once. 0 means no limit.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Where its queued runs may train: any, cpu or cuda.")] = None,
    threads: Annotated[
        int | None, typer.Option(help="CPU threads of each run. It stays once a run has started.")
    ] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Change an experiment's priority, limit, device or threads."""
    changes = {"priority": priority, "max_running": max_running, "device": device, "threads": threads}
    given = {name: value for name, value in changes.items() if value is not None}
    if not given:
        fail("name what to change: --priority, --max-running, --device or --threads")
    with connected(url) as client:
        now = client.share(name, **given)
    limit = "no limit" if now["max_running"] is None else f"at most {now['max_running']} at once"
    where = f"device {now['device']}, threads {now['threads']}"
    say_answer(now, as_json, f"{name}: priority {now['priority']}, {limit}, {where}.")


def check_one(name: str | None, run: str | None) -> None:
    if (name is None) == (run is None):
        fail("name an experiment, or a single run with --run ID; evenkeel runs NAME lists the runs")
