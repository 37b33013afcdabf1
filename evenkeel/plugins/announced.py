"""What a worker says it has beyond the lab's own code: tasks, levels, and what cannot be used.

JSON can express all of it, so processes that import nothing of a plug-in can use it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from evenkeel.plugins.task import Metric


@dataclass(frozen=True, order=True)
class Package:
    """A distribution, as pip names it. `str()` writes it as pip does: 'lab-nets==0.1.0'. An empty name means that no
    package is needed.

    Raises:
        ValueError: A name or version holds a comma, a space or '=='.
    """

    name: str
    version: str

    def __post_init__(self) -> None:
        for part in (self.name, self.version):
            if re.search(r"[,\s]|==", part):
                raise ValueError(f"package: {part!r} cannot be a name or a version: no comma, space or '==' is allowed")

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"

    @classmethod
    def read(cls, text: str) -> Package:
        """The package that `str()` wrote."""
        name, _, version = text.partition("==")
        return cls(name, version)


@dataclass(frozen=True)
class AnnouncedTask:
    """A whole task.

    Attributes:
        version: The task's own version, `Training.version`. It is not that of the package.
        parameters: The JSON Schema of its parameters: an object, with a default for each parameter that may be left
            out.
        panels: The factors that name a cell and lay out its figures: row, column and line.
        epochs: The name of the parameter that says how many epochs a run trains, or the largest number of epochs that a
            run of a task without such a parameter may train.
        loss: The metric whose sudden rises count as spikes.
        labels: level, factor or other word -> its name in figures.
        costs: The parameters that set how long an epoch takes; None for all but the number of epochs.
    """

    name: str
    package: Package
    version: int
    parameters: Mapping[str, Any]
    metrics: tuple[Metric, ...]
    default_metric: str
    panels: tuple[str, str, str]
    epochs: str | int
    description: str = ""
    loss: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    costs: tuple[str, ...] | None = None

    @property
    def entry(self) -> tuple[str, str]:
        """The group and the name of its entry point."""
        return "evenkeel.tasks", self.name

    def to_json(self) -> dict[str, Any]:
        """It as JSON values. The worst value of a metric is null if it is infinite. `costs` is left out if the task
        declares none, since earlier versions do not know the key."""
        values = asdict(self)
        if (costs := values.pop("costs")) is not None:
            values["costs"] = list(costs)
        for metric in values["metrics"]:
            metric["worst"] = metric["worst"] if math.isfinite(metric["worst"]) else None
        return values | {"metrics": list(values["metrics"]), "panels": list(self.panels)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> AnnouncedTask:
        """The task that `to_json` wrote. Raises ValueError if that is none."""
        try:
            row, column, line = values["panels"]
            read: dict[str, Any] = {
                "package": Package(**values["package"]),
                "metrics": tuple(Metric(**metric) for metric in values["metrics"]),
                "panels": (row, column, line),
            }
            if values.get("costs") is not None:
                read["costs"] = tuple(values["costs"])
            return cls(**{**values, **read})
        except (KeyError, TypeError) as error:
            raise ValueError(f"no announced task: {error}") from error


@dataclass(frozen=True)
class AnnouncedLevel:
    """A new level of a factor of one of the lab's own tasks, such as a network."""

    task: str
    factor: str
    level: str
    package: Package
    description: str = ""

    @property
    def entry(self) -> tuple[str, str]:
        """The group and the name of its entry point: ('evenkeel.FACTORs', LEVEL)."""
        return f"evenkeel.{self.factor}s", self.level

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> AnnouncedLevel:
        """The level that `to_json` wrote. Raises ValueError if that is none."""
        try:
            return cls(**{**values, "package": Package(**values["package"])})
        except (KeyError, TypeError) as error:
            raise ValueError(f"no announced level: {error}") from error


@dataclass(frozen=True)
class Broken:
    """A plug-in that cannot be used.

    Attributes:
        group: The group of its entry point, such as 'evenkeel.archs'.
        name: The name of its entry point, such as 'mixer'.
        why: What is wrong, as a clause that can follow a colon.
    """

    group: str
    name: str
    package: Package
    why: str

    @property
    def entry(self) -> tuple[str, str]:
        """The group and the name of its entry point."""
        return self.group, self.name

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Broken:
        """The plug-in that `to_json` wrote. Raises ValueError if that is none."""
        try:
            return cls(values["group"], values["name"], Package(**values["package"]), values["why"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"no broken plug-in: {error}") from error


@dataclass(frozen=True)
class Announced:
    """All that a worker, or a lab, has beyond the lab's own code."""

    tasks: tuple[AnnouncedTask, ...] = ()
    levels: tuple[AnnouncedLevel, ...] = ()
    broken: tuple[Broken, ...] = ()

    @property
    def packages(self) -> frozenset[Package]:
        """The packages of its tasks and levels."""
        return frozenset(part.package for part in self.parts if part.package.name)

    @property
    def parts(self) -> tuple[AnnouncedTask | AnnouncedLevel, ...]:
        """Its tasks, then its levels."""
        return *self.tasks, *self.levels

    def to_json(self) -> dict[str, Any]:
        return {
            "tasks": [task.to_json() for task in self.tasks],
            "levels": [level.to_json() for level in self.levels],
            "broken": [broken.to_json() for broken in self.broken],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Announced:
        """What `to_json` wrote. Raises ValueError if that is something else."""
        try:
            return cls(
                tuple(map(AnnouncedTask.from_json, values["tasks"])),
                tuple(map(AnnouncedLevel.from_json, values["levels"])),
                tuple(map(Broken.from_json, values["broken"])),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"nothing announced: {error}") from error
