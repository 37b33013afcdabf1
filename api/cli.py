"""The `evenkeel` command."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from api.client import ApiError, Client, EvenkeelError
from api.report import to_html, write_markdown
from api.tables import summary_table
from api.watch import describe_progress, watch_experiment
from lab.findings import paper_findings
from lab.local import Stack, StackError, default_slots, lock_folder
from lab.version import code_version

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A lab for training stability: train every cell of a grid once per seed, see how far the seeds spread.",
)
console = Console()
errors = Console(stderr=True)

Url = Annotated[str | None, typer.Option("--url", envvar="EVENKEEL_URL", help="The API's address.")]
Name = Annotated[str, typer.Argument(help="The experiment.")]
Metric = Annotated[str, typer.Option(help="train_accuracy, val_accuracy, train_loss or val_loss.")]
Levels = Annotated[list[str] | None, typer.Option(help="Only this level; may be repeated.")]
Where = Annotated[list[str] | None, typer.Option("--where", help="Any other factor, for example lr=0.003.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the API's JSON instead.")]


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        print(code_version())
        raise typer.Exit


@app.command()
def up(
    data: Annotated[Path, typer.Option(help="Where everything is kept.")] = Path("evenkeel-data"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="The API's; a free one if taken.")] = 8000,
    mlflow_port: Annotated[int, typer.Option(min=0, max=65535, help="MLflow's; a free one if taken.")] = 5000,
    slots: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Runs trained side by side.", show_default="1 on a GPU, else cores"),
    ] = None,
) -> None:
    """Run the whole lab on this machine: Redis, MLflow, API and one worker. Ctrl-C ends all of it."""
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _interrupt)
    address_file = data / "url"
    try:
        with lock_folder(data):
            stack = Stack(data, port, mlflow_port, slots or default_slots(), _say)
            try:
                stack.start()
                address_file.write_text(stack.addresses.api + "\n")
                _say_addresses(stack)
                while True:
                    time.sleep(1)
                    stack.keep()
            except KeyboardInterrupt:
                _say("stopping")
            finally:
                address_file.unlink(missing_ok=True)
                stack.stop()
                _say("all stopped")
    except StackError as error:
        _fail(str(error))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def data(context: typer.Context) -> None:
    """Prepare datasets on this machine, and list them: evenkeel data --help."""
    # The worker's business: nothing of it is imported here.
    raise typer.Exit(subprocess.call([sys.executable, "-m", "trainer", "data", *context.args]))


@app.command()
def submit(
    file: Annotated[Path | None, typer.Argument(help="A grid as JSON; '-' reads standard input.")] = None,
    preset: Annotated[str | None, typer.Option(help="A grid that comes with Evenkeel: demo, paper, stand-in.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the cells; create nothing.")] = False,
    url: Url = None,
) -> None:
    """Post a grid: ensures that its runs exist. Posting again adds only what is missing."""
    grid = _read_grid(file, preset)
    with _client(url) as client:
        answer = client.submit(grid, dry_run)
        if dry_run:
            console.print(_plan_table(answer))
            console.print(f"{answer['num_runs']} runs, {answer['num_new']} of them new. Nothing was created.")
            return
        console.print(f"{answer['name']}: {answer['created']} runs created, {answer['existing']} were there before.")
        if answer["broker"] == "away":
            console.print("The broker is away: the runs are stored and start when it is back.")
        console.print(f"Follow it: evenkeel watch {answer['name']}", highlight=False)


@app.command()
def watch(name: Name, url: Url = None) -> None:
    """Follow an experiment until it is done. Exit code 1 if a run failed."""
    with _client(url) as client:
        detail = watch_experiment(client, name, console)
    if failed := detail["num_runs"]["status"]["failed"]:
        _fail(f"{failed} runs failed: evenkeel runs {name} says why, evenkeel retry {name} queues them again")


@app.command()
def summary(
    experiment: Annotated[str | None, typer.Option(help="Only this experiment.")] = None,
    arch: Levels = None,
    norm: Levels = None,
    init: Levels = None,
    where: Where = None,
    metric: Metric = "train_accuracy",
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """How far the seeds of each cell spread, and how many runs diverged."""
    with _client(url) as client:
        found = client.summary(**_query(experiment, metric, where, arch=arch, norm=norm, init=init))
    if as_json:
        return print(json.dumps(found, indent=2))
    if not found["cells"]:
        console.print("No cell matches.")
        return
    console.print(summary_table(found))
    console.print(
        "Band width: mean over epochs of highest minus lowest seed; the widest in bold.", style="dim", highlight=False
    )


@app.command()
def figure(
    experiment: Annotated[str | None, typer.Argument(help="Only this experiment.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="A file ending in .svg or .png.")] = Path(
        "figure1.svg"
    ),
    arch: Levels = None,
    norm: Levels = None,
    init: Levels = None,
    where: Where = None,
    metric: Metric = "train_accuracy",
    url: Url = None,
) -> None:
    """Draw the paper's Figure 1: the mean and the min-max band over the seeds of each cell."""
    form = output.suffix.lstrip(".").lower()
    if form not in ("svg", "png"):
        _fail(f"--output {output}: the name must end in .svg or .png")
    with _client(url) as client:
        image = client.figure(form, **_query(experiment, metric, where, arch=arch, norm=norm, init=init))
    output.write_bytes(image)
    console.print(f"Wrote {output}", highlight=False)


@app.command()
def report(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write to.")] = Path("report"),
    url: Url = None,
) -> None:
    """Write report.md and report.html: the figure, the table, and what the runs say of the paper's three findings."""
    query = _query(name, "train_accuracy", None)
    with _client(url) as client:
        found = client.summary(**query)
        images = {form: client.figure(form, **query) for form in ("svg", "png")}
    output.mkdir(parents=True, exist_ok=True)
    for form, image in images.items():
        (output / f"figure1.{form}").write_bytes(image)
    text = write_markdown(found, "figure1.svg")
    (output / "report.md").write_text(text)
    (output / "report.html").write_text(to_html(text, "figure1.svg", images["svg"].decode()))
    for finding in paper_findings(found["cells"]):
        console.print(f"{finding.verdict}: {finding.claim}", highlight=False)
    console.print(f"Wrote {output}/report.md, {output}/report.html and the figure", highlight=False)


@app.command()
def experiments(as_json: AsJson = False, url: Url = None) -> None:
    """List the experiments."""
    with _client(url) as client:
        found = client.experiments()
        if as_json:
            return print(json.dumps(found, indent=2))
        table = Table("experiment", "cells", "progress")
        for brief in found:
            table.add_row(brief["name"], str(brief["num_cells"]), describe_progress(client.experiment(brief["name"])))
    console.print(table)


@app.command()
def runs(name: Name, as_json: AsJson = False, url: Url = None) -> None:
    """List an experiment's runs."""
    with _client(url) as client:
        found = client.runs(name)
    if as_json:
        return print(json.dumps(found, indent=2))
    table = Table("id", "cell", "seed", "status", "outcome", "epochs", "error")
    for run in found:
        epochs = f"{run['num_epochs']}/{run['epochs']}"
        row = (run["id"][:8], run["cell"], str(run["seed"]), run["status"], run["outcome"] or "", epochs)
        table.add_row(*row, run["error"] or "")
    console.print(table)


@app.command()
def cancel(name: Name, url: Url = None) -> None:
    """Cancel what is queued and stop what is running; what has finished stays."""
    with _client(url) as client:
        answer = client.cancel(name)
    console.print(f"{answer['cancelled']} runs cancelled, {answer['stopping']} stopping.")


@app.command()
def retry(name: Name, url: Url = None) -> None:
    """Queue an experiment's failed and cancelled runs again."""
    with _client(url) as client:
        answer = client.retry(name)
    console.print(f"{answer['queued']} runs queued again.")


def _read_grid(file: Path | None, preset: str | None) -> dict[str, Any]:
    if (file is None) == (preset is None):
        _fail("name a file with a grid, or --preset demo, paper or stand-in")
    if preset is not None:
        folder = files("lab") / "presets"
        known = sorted(entry.name.removesuffix(".json") for entry in folder.iterdir())
        if preset not in known:
            _fail(f"--preset {preset}: not known; allowed: {', '.join(known)}")
        text = (folder / f"{preset}.json").read_text()
    else:
        try:
            text = sys.stdin.read() if str(file) == "-" else Path(str(file)).read_text()
        except OSError as error:
            _fail(f"{file}: {error.strerror}")
    try:
        grid = json.loads(text)
    except ValueError as error:
        _fail(f"{file}: is not JSON: {error}")
    if not isinstance(grid, dict):
        _fail(f"{file}: a grid is a JSON object with name, grid, seeds and train")
    return grid


def _query(experiment: str | None, metric: str, where: list[str] | None, **levels: list[str] | None) -> dict[str, Any]:
    query: dict[str, Any] = {"metric": metric} | {factor: value for factor, value in levels.items() if value}
    if experiment is not None:
        query["experiment"] = experiment
    for pair in where or []:
        factor, equals, level = pair.partition("=")
        if not equals:
            _fail(f"--where {pair}: write it as factor=level, for example lr=0.003")
        query.setdefault(factor, []).append(level)
    return query


def _plan_table(plan: dict[str, Any]) -> Table:
    table = Table("cell", "parameters")
    for cell in plan["cells"]:
        table.add_row(cell["cell"], f"{cell['num_parameters']:,}")
    return table


@contextmanager
def _client(url: str | None) -> Iterator[Client]:
    """A client whose problems end the command with a clear line."""
    try:
        with Client(url) as client:
            yield client
    except ApiError as error:
        _fail("\n".join(f"{e['field']}: {e['problem']}" for e in error.errors) or str(error))
    except EvenkeelError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _say_addresses(stack: Stack) -> None:
    addresses = stack.addresses
    _say(f"ready\n  API     {addresses.api}  (documentation: {addresses.api}/docs)")
    _say(f"  MLflow  {addresses.mlflow}\n  data    {addresses.data}  (logs in {addresses.logs})")
    if not addresses.api.endswith(":8000"):
        _say(f"  export EVENKEEL_URL={addresses.api}")
    _say("Ctrl-C stops everything.")


def _say(line: str) -> None:
    print(line, flush=True)


def _fail(message: str) -> NoReturn:
    errors.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def _interrupt(sign: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
