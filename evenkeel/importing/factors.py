"""Finds the factors of imported runs: the params that vary over them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evenkeel.importing.kinds import NUMBERS, Kinds, fitted, kinds_of, widened
from evenkeel.importing.names import factor_name
from evenkeel.importing.problems import ImportProblem
from evenkeel.importing.values import Level, level_key

MOST = 100


@dataclass(frozen=True)
class Factor:
    """A param that varies.

    Attributes:
        name: Its name in the lab.
        kinds: The kinds of its levels.
        default: The level that is left out of hashes. It never changes.
    """

    param: str
    name: str
    kinds: Kinds
    default: Level

    @property
    def is_numeric(self) -> bool:
        return bool(self.kinds & NUMBERS) and "string" not in self.kinds

    @property
    def part(self) -> dict[str, Any]:
        """Its part of the JSON Schema."""
        kinds = sorted(self.kinds)
        missing = " null stands for a run without it." if "null" in self.kinds else ""
        about = f"The param {self.param!r} of the imported runs.{missing}"
        return {"type": kinds[0] if len(kinds) == 1 else kinds, "default": self.default, "description": about}

    @classmethod
    def read(cls, param: str, name: str, part: Mapping[str, Any]) -> "Factor":
        """The factor that `part` describes."""
        kinds = part["type"]
        return cls(param, name, frozenset([kinds] if isinstance(kinds, str) else kinds), part["default"])

    def level(self, value: Level) -> Level:
        """The level that a value of the param is."""
        return fitted(value, self.kinds)


@dataclass(frozen=True)
class Params:
    """What is known of the params.

    Attributes:
        factors: Param -> its factor.
        constants: Param -> the value that all runs so far have.
        is_new: Whether there is no run yet.
    """

    factors: dict[str, Factor]
    constants: dict[str, Level]
    is_new: bool = False

    def with_values(
        self, values: Mapping[str, Sequence[Level]], ignored: Collection[str], taken: Collection[str]
    ) -> "Params":
        """The same with the values of more runs.

        Args:
            values: Param -> its values over these runs, the most frequent first; None for a run without it.
            ignored: Params that are no factors.
            taken: Names that no factor may have.

        Raises:
            ImportProblem: A factor would have to change its levels, or there are too many.
        """
        factors, constants = dict(self.factors), dict[str, Level]()
        for param in dict.fromkeys((*factors, *self.constants, *values)):
            found = list(values.get(param, [None]))
            if param in factors:
                factors[param] = replace(factors[param], kinds=widened(param, factors[param].kinds, found))
                continue
            if param in ignored:
                continue
            # No run so far has a param that nobody has seen before.
            levels = found if self.is_new else [self.constants.get(param), *found]
            if len({level_key(level) for level in levels}) > 1:
                names = {*taken, *(factor.name for factor in factors.values())}
                kinds = kinds_of(levels)
                factors[param] = Factor(param, factor_name(param, names), kinds, fitted(levels[0], kinds))
            else:
                constants[param] = levels[0]
        if len(factors) > MOST:
            raise ImportProblem(
                "params",
                f"{len(factors)} params vary over the runs, and an experiment has at most {MOST} factors; ignore some "
                "with --ignore, or name the factors with --factors",
            )
        return Params(factors, constants)
