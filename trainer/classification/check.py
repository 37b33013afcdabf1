"""Checks the levels that a package brings to the built-in task: `evenkeel check-plugin` runs this in the clone."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from evenkeel.grids.announced import with_levels
from evenkeel.grids.cell import Cell, make_cell
from evenkeel.grids.tasks import announce, known_tasks
from evenkeel.packages.find import LEVELS, Plugin, find_plugins
from evenkeel.packages.repeat import EPOCHS, Checked, Start, check_training, in_words
from evenkeel.packages.report import say
from evenkeel.plugins import Announced, AnnouncedLevel, Training
from evenkeel.settings import get_settings
from models.factors import Norm
from models.task import CLASSIFICATION
from trainer.classification.run import start
from trainer.orders import SlotOptions

# A small network on a part of the digits. Each epoch takes a part of a second.
SMALL = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 16, "width": 0.25, "epochs": EPOCHS} | {
    "train_fraction": 0.2,
}  # fmt: skip


def check_level(plugin: Plugin) -> Iterator[Checked]:
    """Check a level.

    Yields:
        What was checked, each as soon as it is known. A fault without which the others cannot be found ends it.
    """
    level = AnnouncedLevel(CLASSIFICATION.name, plugin.factor, plugin.name, plugin.package)
    try:
        with_levels(CLASSIFICATION, [level])
        announce(Announced(levels=(level,)))
    except ValueError as error:
        yield Checked("can be a level of the built-in task", str(error))
        return
    builds = _builds(plugin)
    yield builds
    if not builds.problem:
        yield from check_training(_starts(_cell(plugin, {})))


def _builds(plugin: Plugin) -> Checked:
    """Whether it builds. A network must build with every norm."""
    norms = list(Norm) if plugin.factor == "arch" else [Norm.BATCH]
    for norm in norms:
        try:
            _starts(_cell(plugin, {} if plugin.factor == "norm" else {"norm": norm}))(0).state_dict()
        except Exception as error:
            return Checked("builds", f"with norm {norm}: {in_words(error)}")
    return Checked("builds", says=f"with norm {', '.join(norms)}" if len(norms) > 1 else "")


def _cell(plugin: Plugin, levels: dict[str, object]) -> Cell:
    return make_cell(known_tasks()[CLASSIFICATION.name], SMALL | levels | {plugin.factor: plugin.name})


def _starts(cell: Cell) -> Start:
    options = SlotOptions("cpu", 1, 60.0, str(get_settings().datasets_dir.absolute()), diagnose=True, loader_workers=0)

    def begin(seed: int) -> Training:
        return start(cell.parameters, seed, options)  # type: ignore[arg-type]

    return begin


if __name__ == "__main__":
    found = [plugin for plugin in find_plugins(sys.argv[1]) if plugin.group in LEVELS]
    results = [say(plugin, check_level(plugin)) for plugin in found]
    sys.exit(0 if all(results) else 1)
