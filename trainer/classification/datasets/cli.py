"""The command `evenkeel data`, which prepares datasets on this machine and lists them."""

import argparse
import os
import re
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from evenkeel.plugins import NAME_PATTERN
from evenkeel.settings import Settings, get_settings
from evenkeel.stack.closing import OF_OTHERS, close
from models.datasets import BUNDLED, Dataset
from trainer.classification.datasets.layouts import SourceError
from trainer.classification.datasets.prepare import prepare
from trainer.classification.datasets.published import READERS, downloaded_source, torchvision_source
from trainer.classification.datasets.sources import Source, bounded, image_folder_source
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


def image_folders(settings: Settings) -> dict[str, Path]:
    """The folders of images that the worker's settings file names: name -> folder.

    Raises:
        SourceError: If the file cannot be read, or gives a folder the name of a built-in dataset.
    """
    path = settings.image_folders_file
    if path is None:
        return {}
    try:
        named = tomllib.loads(path.read_text()).get("imagefolder", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(f"EVENKEEL_IMAGE_FOLDERS_FILE={path}: {error}") from error
    if not isinstance(named, dict):
        raise SourceError(f"{path}: imagefolder must be a table: birds = '/data/birds'")
    for name, folder in named.items():
        # The name becomes a part of a path.
        if not re.fullmatch(NAME_PATTERN, name):
            raise SourceError(
                f"{path}: imagefolder: {name!r} cannot be the name of a dataset; allowed: 1 to 64 letters, "
                f"digits, '.', '_' and '-', the first of them a letter or a digit ({NAME_PATTERN})"
            )
        if not isinstance(folder, str):
            raise SourceError(f"{path}: imagefolder.{name}: must be the path of a folder, in quotes")
    if taken := sorted(set(named) & set(Dataset)):
        raise SourceError(f"{path}: these names belong to built-in datasets: {', '.join(taken)}")
    return {name: Path(folder) for name, folder in named.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("evenkeel data", description="Prepare datasets on this machine, and list them.")
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("prepare", help="decode and resize the images of a dataset, on all cores")
    making.add_argument("name", help=f"{', '.join(READERS)}, or a folder of images that the settings file names")
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
    read_source = _source(settings, options.name, options.folder)
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


def _source(settings: Settings, name: str, folder: Path | None) -> Callable[[], Source]:
    folders = image_folders(settings)
    if name in folders:
        return partial(image_folder_source, name, folder or folders[name])
    if name in READERS:
        if folder is None:
            return partial(downloaded_source, Dataset(name), settings.datasets_dir / "raw")
        return partial(torchvision_source, Dataset(name), folder)
    if name in BUNDLED:
        raise SourceError(f"{name} needs no preparation: a worker makes it when a run first needs it")
    known = ", ".join([*READERS, *folders])
    raise SourceError(
        f"there is no dataset {name!r}; there are: {known}. To use a folder of images, give it a name in the file"
        " that EVENKEEL_IMAGE_FOLDERS_FILE points to"
    )


def _list(settings: Settings) -> int:
    table = Table("dataset", "size", "train", "val", "classes", "hash")
    prepared = list_prepared(settings.datasets_dir)
    for one in prepared:
        counts = (f"{one.num_train:,}", f"{one.num_val:,}", str(one.num_classes))
        table.add_row(one.name, str(one.image_size), *counts, one.hash)
    if prepared:
        console.print(table)
    console.print(f"Prepared in {settings.datasets_dir}: {len(prepared)}", highlight=False, soft_wrap=True)
    others = [*READERS, *image_folders(settings)]
    console.print("To prepare one: evenkeel data prepare NAME --size 128", highlight=False)
    console.print(f"NAME is one of: {', '.join(others)}", highlight=False)
    return 0
