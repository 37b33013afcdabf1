"""The commands for results: the summary, figures, the report, and tables for other tools."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evenkeel.cli.common import (
    AsJson,
    Metric,
    Name,
    NameOrAll,
    OldName,
    Task,
    Url,
    Where,
    connected,
    console,
    given,
    one_name,
    print_json,
    to_query,
)
from evenkeel.cli.files import checked_file, whole_files
from evenkeel.cli.labels import filters_of

FIGURE_ENDINGS = (".svg", ".png", ".pdf")


class Kind(StrEnum):
    BANDS = "bands"
    EFFECTS = "effects"
    REGION = "region"
    REACHING = "reaching"
    SENSITIVITY = "sensitivity"


class Caption(StrEnum):
    FULL = "full"
    SHORT = "short"
    NONE = "none"


class Form(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    LATEX = "latex"

    @property
    def ending(self) -> str:
        return "tex" if self is Form.LATEX else self.value


def summary(
    name: NameOrAll = None,
    where: Where = None,
    task: Task = None,
    metric: Metric = None,
    threshold: Annotated[float | None, typer.Option(help="Also say in which epoch runs reach this value.")] = None,
    experiment: OldName = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Show how far the seeds of each cell spread.

    It also says how many runs diverged, collapsed, failed or were cancelled, and what so few seeds can tell.

    Any factor narrows it: --lr 0.003 --batch-size 64.
    """
    from evenkeel.cli.tables import evidence_line, show_summary

    query = to_query(one_name(name, experiment), task, metric) | given(threshold=threshold)
    with connected(url) as client:
        found = client.summary(**(filters_of(client, where, task) | query))
    if as_json:
        return print_json(found)
    if not found["cells"]:
        console.print("No cell matches.")
        return
    show_summary(console.rich, found)
    console.print(evidence_line(found), style="dim", highlight=False)


def figure(
    name: NameOrAll = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file to write. It ends in .svg, .png or .pdf.")
    ] = Path("figure1.svg"),
    kind: Annotated[
        Kind,
        typer.Option(
            help="bands: the values over the epochs. effects: what each factor does. region: the share of runs that "
            "diverged, by one or two factors. reaching: the epochs that runs need to reach a threshold. sensitivity: "
            "the final value over the levels of a factor, such as the learning rate."
        ),
    ] = Kind.BANDS,
    where: Where = None,
    task: Task = None,
    metric: Metric = None,
    band: Annotated[
        str | None,
        typer.Option(
            help="For bands: survivors (default) or all, from the lowest to the highest of these runs; or mean, the "
            "95 % band of the mean curve."
        ),
    ] = None,
    threshold: Annotated[float | None, typer.Option(help="For reaching: the value to reach. By default 0.9.")] = None,
    x: Annotated[
        str | None,
        typer.Option(help="For region and sensitivity: the factor along x. By default the one that the task names."),
    ] = None,
    y: Annotated[str | None, typer.Option(help="For region: the factor along y.")] = None,
    start_value: Annotated[
        float | None,
        typer.Option(help="For sensitivity: the value before training, with which diverged runs count."),
    ] = None,
    caption: Annotated[Caption | None, typer.Option(help="How much the caption says. By default full.")] = None,
    experiment: OldName = None,
    url: Url = None,
) -> None:
    """Draw a figure, and write it to a file.

    By default it shows each cell's mean, and the band from its lowest to its highest seed, epoch by epoch.

    Any factor narrows it: --lr 0.003 --batch-size 64.
    """
    form = checked_file(output, FIGURE_ENDINGS)
    query = to_query(one_name(name, experiment), task, metric)
    query |= given(band=band, threshold=threshold, x=x, y=y, start_value=start_value, caption=caption)
    with whole_files(output.parent, output) as folder, connected(url) as client:
        filters = filters_of(client, where, task)
        (folder / output.name).write_bytes(client.figure(form, kind.value, **(filters | query)))
    console.print(f"Wrote {output}", highlight=False, soft_wrap=True)


def report(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write to.")] = Path("report"),
    task: Task = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Write a report on an experiment, as Markdown and as a page.

    It says which factor mattered, where training breaks, how far the seeds spread, what more seeds would tell, and, if
    the cells are those of the task's findings, what the runs say of these.
    """
    query = to_query(name, task)
    with whole_files(output, output) as folder, connected(url) as client:
        found = client.report(**query)
        (folder / "report.md").write_text(found["markdown"], encoding="utf-8")
        (folder / "report.html").write_text(found["html"], encoding="utf-8")
        factors = {axis: factor for axis, factor in (found["region"] or {}).items() if factor is not None}
        region = [("region", "region", factors)] if factors else []
        for file, kind, more in (("figure1", "bands", {}), ("effects", "effects", {}), *region):
            for form in ("svg", "png"):
                (folder / f"{file}.{form}").write_bytes(client.figure(form, kind, **query, **more))
    if as_json:
        return print_json(found)
    console.print(found["answer"], highlight=False)
    if found["findings"]:
        console.print("What the task was made to test, on these runs (report.md has the tests):", highlight=False)
    for finding in found["findings"]:
        console.print(f"- {finding['verdict']}: {finding['claim']}", highlight=False)
    console.print(f"Wrote {output}/report.md, {output}/report.html and the figures", highlight=False)


def export(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write to.")] = Path("export"),
    form: Annotated[Form, typer.Option("--format", help="The format of the files.")] = Form.CSV,
    task: Task = None,
    metric: Metric = None,
    threshold: Annotated[
        float | None, typer.Option(help="Also write how many epochs runs need to reach this value.")
    ] = None,
    url: Url = None,
) -> None:
    """Write an experiment's tables, for other tools.

    They are cells, epochs (a row for each cell and epoch), runs (a row for each run and epoch), and effects. LaTeX is
    for a paper: it needs the package booktabs, and longtable for epochs and runs.
    """
    from evenkeel.cli.lists import show_list

    query, more = to_query(name, task, metric), given(threshold=threshold)
    files: list[tuple[str, str]] = []
    with whole_files(output, output) as folder, connected(url) as client:
        for which, rows in (("cells", "cells"), ("epochs", "cells x epochs"), ("runs", "runs x epochs")):
            content = client.table("/summary", form.value, table=which, **query, **more)
            (folder / f"{which}.{form.ending}").write_bytes(content)
            files.append((f"{output}/{which}.{form.ending}", rows))
        (folder / f"effects.{form.ending}").write_bytes(client.table("/effects", form.value, **query))
        files.append((f"{output}/effects.{form.ending}", "terms and contrasts"))
    show_list(console.rich, ("file", "rows are"), files)
