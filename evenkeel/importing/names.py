"""Names that params and metrics have in the lab. A name that cannot be kept is changed as little as possible."""

import re
from collections.abc import Collection

from pydantic import BaseModel

from evenkeel.grids.announced import PARAMETER_NAME, QUERY_NAMES
from evenkeel.plugins.task import RESERVED


def factor_name(param: str, taken: Collection[str]) -> str:
    """The name of a factor: that of the param, such as 'optimizer.lr', unless the lab uses it for something else.

    Args:
        param: The name of the param.
        taken: Names that other factors and metrics have.
    """
    name = param if _fits(param) else re.sub(r"[^A-Za-z0-9_]+", "_", param).strip("_")
    if not _fits(name):
        name = f"param_{name}"[:100]
    return _free(name, taken)


def metric_name(metric: str, taken: Collection[str]) -> str:
    """The name of a metric, which is an identifier: 'val/acc' becomes 'val_acc'.

    Args:
        metric: Its name where it was logged.
        taken: Names that other metrics and factors have.
    """
    name = re.sub(r"[^A-Za-z0-9_]+", "_", metric).strip("_")
    if not name.isidentifier() or name in RESERVED:
        name = f"metric_{name}"
    return _free(name, taken)


def _fits(name: str) -> bool:
    if name in RESERVED or name in QUERY_NAMES or hasattr(BaseModel, name):
        return False
    return re.match(PARAMETER_NAME, name) is not None and name == name.strip()


def _free(name: str, taken: Collection[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[:96]}_{number}"
    return free
