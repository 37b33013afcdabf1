"""Reads trained networks from the checkpoints of runs of the task `classification`."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from models.extra import LevelError, extra_levels, is_built_in
from models.factors import Init
from models.installed import find_code
from models.pixels import to_input
from models.zoo import build_model

if TYPE_CHECKING:
    from models.task import Classification


class Trained(nn.Module):
    """A network with the weights of a checkpoint.

    Attributes:
        network: The network, as `models.zoo.build_model` makes it.
        cell: All levels of its run.
        num_classes: The number of its logits.
        seed: The seed of its run.
        epoch: The epoch after which it was saved.
    """

    def __init__(self, network: nn.Module, cell: Classification, num_classes: int, seed: int, epoch: int) -> None:
        super().__init__()
        self.network, self.cell = network, cell
        self.num_classes, self.seed, self.epoch = num_classes, seed, epoch

    def to_input(self, images: Tensor) -> Tensor:
        """Turn images into the input of `forward`, scaled in the same way as the run's images.

        Args:
            images: uint8 (B, image_size, image_size, 3).

        Returns:
            float32 (B, 3, image_size, image_size).
        """
        return to_input(images, self.cell.input_scale)

    def forward(self, inputs: Tensor) -> Tensor:
        """The logits, (B, num_classes), in float32. inputs: the result of `to_input`.

        A run with the precision bf16 was itself measured under `torch.autocast`, so its numbers may differ a little.
        """
        logits: Tensor = self.network(inputs)
        return logits


def load(path: str | Path, sha256: str | None = None) -> Trained:
    """The trained network of a checkpoint file, on the CPU and in eval mode.

        network = models.load("epoch-0050.pt")
        logits = network(network.to_input(images))

    If a plug-in brings the run's arch or norm, its package must be installed here, or its code handed in with
    `models.extra.register`. Of a package that is installed, only the code of this arch or norm is loaded.

    Args:
        path: A checkpoint of a run of the task `classification`, of this version or an earlier one.
        sha256: The sha256 that the file must have, in hex. If it is not given, it is read from a file NAME.sha256
            beside NAME.pt. If there is no such file, the checkpoint is not checked.

    Raises:
        ValueError: If the file is not such a checkpoint, is damaged, has another sha256, or has levels that this
            version does not know, or whose code is not here. The message names the file, and the package.
    """
    state = read_checkpoint(path, sha256)
    cell = _read_cell(path, state["cell"], state.get("packages", {}))
    # Older files do not have the number. The last entry is the bias of the classifier, which has one value per class.
    num_classes = state.get("num_classes") or len(next(reversed(state["model"].values())))
    try:
        for factor in ("arch", "norm"):
            if not is_built_in(factor, level := getattr(cell, factor)):
                find_code(factor, level, state.get("packages", {}).get(factor, ""))
        network = _build(cell, num_classes)
        network.load_state_dict(state["model"])
    except LevelError as error:
        raise ValueError(f"{path}: {error}") from error
    except (RuntimeError, ValueError) as error:
        why = shorten(str(error), 300)
        raise ValueError(f"{path}: its weights do not fit the network that its levels describe: {why}") from error
    trained = Trained(network, cell, num_classes, state.get("seed", 0), state.get("epoch", 0))
    return trained.eval()


def read_checkpoint(path: str | Path, sha256: str | None = None) -> dict[str, Any]:
    """The content of a checkpoint file, on the CPU.

    It has the state dicts `model` and `optimizer` (None after the last epoch), `cell` (the levels), `epoch`, `seed`,
    and `num_classes`, which older files do not have. Other entries are what a run needs to go on, and what the lab
    knows of it. The arguments and errors are those of `load`, except that the levels are not checked.
    """
    path = Path(path)
    _check_sha256(path, sha256)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    # The kind of exception that torch raises depends on the first bytes of the file.
    except Exception as error:
        why = shorten(f"{type(error).__name__}: {error}", 200)
        raise ValueError(f"{path}: is not a checkpoint, or is not complete: {why}") from error
    if not (isinstance(state, dict) and all(isinstance(state.get(key), dict) for key in ("model", "cell"))):
        held = ", ".join(map(str, state)) if isinstance(state, dict) else type(state).__name__
        raise ValueError(
            f"{path}: is not a checkpoint of the task 'classification': it needs 'model' and 'cell', but it holds: "
            f"{held[:200] or 'nothing'}"
        )
    return state


def _check_sha256(path: Path, given: str | None) -> None:
    beside = path.with_suffix(".sha256")
    if given is None and not beside.exists():
        return
    expected, said_by = (given, "sha256=") if given is not None else (beside.read_text()[:64], str(beside))
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected.lower():
        raise ValueError(f"{path}: its sha256 is {found}, but {said_by} says {expected}: damaged, or another file")


def _read_cell(path: str | Path, levels: dict[str, Any], packages: dict[str, str]) -> Classification:
    """The cell of a checkpoint. packages: factor -> the package that brought its level, if a plug-in did."""
    # These imports are here because they need pydantic, and building a network needs torch alone.
    from pydantic import ValidationError, create_model

    from models.task import Classification

    brought = [name for name, known in extra_levels.items() if name in packages or str(levels.get(name)) in known]
    fields: dict[str, Any] = dict.fromkeys(brought, (str, ...))
    model = create_model("Classification", __base__=Classification, **fields) if brought else Classification
    try:
        return model.model_validate(levels)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}={e['input']!r}: {e['msg']}" for e in error.errors())
        raise ValueError(f"{path}: has levels that this version of Evenkeel does not know: {wrong}") from error


def _build(cell: Classification, num_classes: int) -> nn.Module:
    """Build the network of the cell. The parameters of `build_model` have the names of the factors."""
    names = inspect.signature(build_model).parameters
    levels = {name: getattr(cell, name) for name in names if hasattr(cell, name)}
    # Any init and generator will do, because the weights of the checkpoint replace those that are drawn.
    levels["init"] = Init.HE
    return build_model(**levels, num_classes=num_classes, generator=torch.Generator())
