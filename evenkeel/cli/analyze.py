"""The command that analyses a file of runs. It needs no lab: it is the only command that computes statistics itself."""

import shutil
import textwrap
from pathlib import Path
from typing import Annotated

import typer

from evenkeel.cli.common import AsJson, fail, print_json
from evenkeel.cli.files import whole_files
from evenkeel.printable import printable_lines


def analyze(
    file: Annotated[Path, typer.Argument(help="A CSV or Parquet file with a row for each run, or run and epoch.")],
    metric: Annotated[str, typer.Option(help="The column of the metric.")],
    better: Annotated[str, typer.Option(help="Which values of the metric are better: higher or lower.")],
    seed: Annotated[str, typer.Option(help="The column of the seeds.")] = "seed",
    epoch: Annotated[str | None, typer.Option(help="The column of the epochs, if a row is a run and epoch.")] = None,
    factors: Annotated[
        str | None,
        typer.Option(help="The columns of the factors, separated by commas. By default all others that vary."),
    ] = None,
    worst: Annotated[float | None, typer.Option(help="The value that a run counts with after it diverged.")] = None,
    diverged: Annotated[
        str | None, typer.Option(help="The column that says whether a run diverged: true or false, or its outcome.")
    ] = None,
    share: Annotated[
        bool | None,
        typer.Option(
            "--share/--no-share",
            help="Whether the metric is a share, in [0, 1]. By default it is one if higher is better and all its "
            "values lie there.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also write a report with figures to this folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Analyse runs of a file, wherever they were trained.

    It says which factor mattered, where training breaks, and how far the seeds of each cell spread. With --output it
    writes the same report as `evenkeel report`. It needs no lab.
    """
    from evenkeel import stability

    try:
        named = None if factors is None else [name.strip() for name in factors.split(",") if name.strip()]
        runs = stability.runs(
            stability.read(file), metric, better, seed, epoch, named, worst, diverged, share, name=file.stem
        )
        found = stability.effects(runs)
        summary = stability.summary(runs)
        if as_json:
            print_json({"summary": summary.to_dict(), "effects": found.to_dict()})
        else:
            _say(f"{runs}\n\n{summary}\n\n{found.answer}")
        if output is not None:
            with whole_files(output, output) as folder:
                stability.report(runs, found).write(folder)
            if not as_json:
                _say(f"Wrote {output}/report.md, {output}/report.html and the figures")
    except stability.FrameError as error:
        fail(f"--{error}" if error.field in ("metric", "better", "seed", "epoch", "factors") else str(error))
    except OSError as error:
        fail(f"{file}: {error.strerror or error}")
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        fail(f"a report needs {name}: pip install 'evenkeel[report]'" if name else str(error))


def _say(text: str) -> None:
    """Print the text. Sentences are folded to the width of the terminal. A line of a table stays as it is."""
    width = shutil.get_terminal_size().columns
    # Levels come from the file, which may be somebody else's.
    for line in printable_lines(text).split("\n"):
        print(line if "  " in line else textwrap.fill(line, width))
