"""The command `evenkeel data`, which prepares datasets on this machine and lists them."""

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from evenkeel.settings import Settings, get_settings
from evenkeel.stack.closing import OF_OTHERS, close
from trainer.classification.datasets.layouts import SourceError
from trainer.classification.datasets.named import find_source, known_names
from trainer.classification.datasets.prepare import prepare
from trainer.classification.datasets.published import READERS
from trainer.classification.datasets.sources import Source, bounded
from trainer.classification.datasets.staging import PrepareError
from trainer.prepared import folder_of, list_prepared

console = Console()


def main(arguments: list[str]) -> int:
    """Run the command.

    Returns:
        The exit code: 0; 1 after a line on stderr that says what to do; 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.command == "list":
            return _list(get_settings())
        keep_private(get_settings())
        _prepare(get_settings(), options)
    except (PrepareError, SourceError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the next prepare continues from here", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("evenkeel data", description="Prepare datasets on this machine, and list them.")
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("prepare", help="decode and resize the images of a dataset, on all cores")
    making.add_argument("name", help=f"{', '.join(READERS)}, or a dataset of your own (see docs/data.md)")
    making.add_argument("--size", type=int, default=128, help="side of the square images, 8 to 512 (default 128)")
    making.add_argument("--from", dest="folder", type=Path, help="a folder that already holds the dataset's files")
    making.add_argument("--skip-broken", action="store_true", help="leave out images that cannot be decoded")
    making.add_argument("--force", action="store_true", help="prepare the dataset again")
    commands.add_parser("list", help="list the datasets that are prepared, and those that can be")
    return parser


def keep_private(settings: Settings) -> None:
    """Keep the images in a cache of this user from others. A folder that EVENKEEL_DATASETS_DIR names may be shared by
    several users on purpose, so it is left to the umask of whoever prepares."""
    if "datasets_dir" not in settings.model_fields_set:
        os.umask(OF_OTHERS)
        close(settings.datasets_dir)


def _prepare(settings: Settings, options: argparse.Namespace) -> None:
    if not 8 <= options.size <= 512:
        raise SourceError(f"--size {options.size}: the size must be from 8 to 512 pixels")
    read_source = find_source(settings, options.name, options.size, options.folder)
    root = settings.datasets_dir
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(f"{options.name} at {options.size}", total=None)

        def get_source() -> Source:
            return bounded(read_source(), settings.max_image_pixels)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        def wait() -> None:
            console.print("Another process is preparing this dataset. Waiting until it has finished.")

        made = prepare(root, options.name, options.size, get_source, show, wait, options.skip_broken, options.force)
        bar.update(task, completed=made.num_train + made.num_val, total=made.num_train + made.num_val)
    console.print(
        f"{made.name} at {made.image_size}: {made.num_train:,} to train, {made.num_val:,} to validate, "
        f"{made.num_classes} classes, hash {made.hash}",
        highlight=False,
    )
    console.print(f"In {folder_of(root, made.name, made.image_size)}", highlight=False, soft_wrap=True)


def _list(settings: Settings) -> int:
    table = Table("dataset", "size", "train", "val", "classes", "hash")
    prepared = list_prepared(settings.datasets_dir)
    for one in prepared:
        counts = (f"{one.num_train:,}", f"{one.num_val:,}", str(one.num_classes))
        table.add_row(one.name, str(one.image_size), *counts, one.hash)
    if prepared:
        console.print(table)
    console.print(f"Prepared in {settings.datasets_dir}: {len(prepared)}", highlight=False, soft_wrap=True)
    console.print("To prepare one: evenkeel data prepare NAME --size 128", highlight=False)
    console.print(f"NAME is one of: {', '.join(known_names(settings))}", highlight=False)
    return 0
