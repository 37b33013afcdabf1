"""What came out: the summary, its figures, the report, tables for other tools."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from evenkeel.cli.common import AsJson, Metric, Name, Task, Url, Where, connected, console, fail, to_query
from evenkeel.cli.tables import evidence_line, show_summary


class Kind(StrEnum):
    BANDS = "bands"
    EFFECTS = "effects"
    REGION = "region"
    REACHING = "reaching"


class Form(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"


def summary(
    experiment: Annotated[str | None, typer.Option(help="Only this experiment.")] = None,
    where: Where = None,
    task: Task = None,
    metric: Metric = None,
    threshold: Annotated[float | None, typer.Option(help="Say in which epoch runs reach it, 0.9 for example.")] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """How far the seeds of each cell spread, how many runs came to nothing, and what so few seeds can tell.

    Any factor narrows it: --lr 0.003 --batch-size 64.
    """
    query = to_query(experiment, task, metric, where)
    with connected(url) as client:
        found = client.summary(**query, **({} if threshold is None else {"threshold": threshold}))
    if as_json:
        return print(json.dumps(found, indent=2))
    if not found["cells"]:
        console.print("No cell matches.")
        return
    show_summary(console, found)
    console.print(evidence_line(found), style="dim", highlight=False)


def figure(
    experiment: Annotated[str | None, typer.Argument(help="Only this experiment.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="A file ending in .svg, .png or .pdf.")] = Path(
        "figure1.svg"
    ),
    kind: Annotated[
        Kind,
        typer.Option(help="Bands over epochs, effects of factors, divergence by one factor, epochs to a threshold."),
    ] = Kind.BANDS,
    where: Where = None,
    task: Task = None,
    metric: Metric = None,
    band: Annotated[str | None, typer.Option(help="Of bands: survivors (default), or all.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Of reaching: 0.9 if not said.")] = None,
    x: Annotated[str | None, typer.Option(help="Of region: the factor along x; the task's own if not said.")] = None,
    y: Annotated[str | None, typer.Option(help="Of region: the factor along y.")] = None,
    url: Url = None,
) -> None:
    """Draw a figure: by default the mean and the min-max band over the seeds of each cell, epoch by epoch.

    Any factor narrows it: --lr 0.003 --batch-size 64.
    """
    form = output.suffix.lstrip(".").lower()
    if form not in ("svg", "png", "pdf"):
        fail(f"--output {output}: the name must end in .svg, .png or .pdf")
    more = {"band": band, "threshold": threshold, "x": x, "y": y}
    query = to_query(experiment, task, metric, where)
    query |= {name: value for name, value in more.items() if value is not None}
    with connected(url) as client:
        image = client.figure(form, kind.value, **query)
    output.write_bytes(image)
    console.print(f"Wrote {output}", highlight=False)


def report(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write to.")] = Path("report"),
    task: Task = None,
    url: Url = None,
) -> None:
    """Write report.md and report.html: figures, table, which factor mattered, what became of the task's findings."""
    query = to_query(name, task)
    with connected(url) as client:
        found = client.report(**query)
        images = {
            f"{file}.{form}": client.figure(form, kind, **query)
            for file, kind in (("figure1", "bands"), ("effects", "effects"))
            for form in ("svg", "png")
        }
    output.mkdir(parents=True, exist_ok=True)
    for file, image in images.items():
        (output / file).write_bytes(image)
    (output / "report.md").write_text(found["markdown"])
    (output / "report.html").write_text(found["html"])
    for finding in found["findings"]:
        console.print(f"{finding['verdict']}: {finding['claim']}", highlight=False)
    console.print(found["answer"], highlight=False)
    console.print(f"Wrote {output}/report.md, {output}/report.html and the figures", highlight=False)


def export(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write to.")] = Path("export"),
    form: Annotated[Form, typer.Option("--format", help="Of the files.")] = Form.CSV,
    task: Task = None,
    metric: Metric = None,
    threshold: Annotated[float | None, typer.Option(help="For the epochs that runs take to reach it.")] = None,
    url: Url = None,
) -> None:
    """Write tables for other tools: cells, epochs (a row a cell and epoch), runs (a row a run and epoch), effects."""
    query = to_query(name, task, metric)
    more = {} if threshold is None else {"threshold": threshold}
    output.mkdir(parents=True, exist_ok=True)
    table = Table("file", "rows are")
    with connected(url) as client:
        for which, rows in (("cells", "cells"), ("epochs", "cells x epochs"), ("runs", "runs x epochs")):
            content = client.table("/summary", form.value, table=which, **query, **more)
            (output / f"{which}.{form}").write_bytes(content)
            table.add_row(f"{output}/{which}.{form}", rows)
        (output / f"effects.{form}").write_bytes(client.table("/effects", form.value, **query))
        table.add_row(f"{output}/effects.{form}", "terms and contrasts")
    console.print(table)
