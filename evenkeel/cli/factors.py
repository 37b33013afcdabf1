"""Makes any factor of any task an option: `--lr 0.003` means the same as `--where lr=0.003`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from typer.core import TyperCommand

from evenkeel.cli import completing


@dataclass(frozen=True)
class Completed:
    """What a word may be completed to, as typer's shells read it."""

    value: str
    help: str
    type: str = "plain"


class FactorCommand(TyperCommand):
    """A command with --where. It treats an option that it does not know as a factor."""

    # The context's class is private to typer.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {
            name: not getattr(param, "is_flag", False)
            for param in self.get_params(ctx)
            for name in (*param.opts, *param.secondary_opts)
        }
        try:
            args = factors_to_filters(args, known)
        except LevelMissing as error:
            if not ctx.resilient_parsing:
                ctx.fail(str(error))
            # Somebody is about to type the level.
            ctx.meta[completing.FACTOR] = error.factor
            args = factors_to_filters(args[:-1], known)
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        if factor := ctx.meta.get(completing.FACTOR):
            found = completing.levels(ctx, factor)
        elif incomplete.startswith("--"):
            found = [(f"--{name.replace('_', '-')}", about) for name, about in completing.factors(ctx)]
        else:
            found = []
        own = super().shell_complete(ctx, incomplete)
        taken = {item.value for item in own}
        fit = [(name, about) for name, about in found if name.startswith(incomplete) and name not in taken]
        return [*own, *(Completed(name, about) for name, about in fit)]


class LevelMissing(Exception):
    """No level follows an unknown option, so it cannot be a factor.

    Attributes:
        factor: The factor that it would be.
    """

    def __init__(self, option: str) -> None:
        super().__init__(f"No such option: {option}. If it is a factor, name a level: {option} LEVEL")
        self.factor = _factor(option)


def factors_to_filters(args: Sequence[str], known: Mapping[str, bool]) -> list[str]:
    """Replace `--FACTOR LEVEL` and `--FACTOR=LEVEL` with `--where FACTOR=LEVEL`.

    Args:
        args: The arguments of the command.
        known: The command's own options -> whether a value follows. They stay where they are, and so do all arguments.

    Raises:
        LevelMissing: No level follows an unknown option.
    """
    found: list[str] = []
    rest = iter(args)
    for arg in rest:
        name, equals, level = arg.partition("=")
        if arg == "--":
            found += [arg, *rest]
        elif name in known or not arg.startswith("--"):
            found.append(arg)
            if known.get(name) and not equals:
                found += [value for value in [next(rest, None)] if value is not None]
        else:
            level = level if equals else next(rest, "--")
            if level.startswith("--"):
                raise LevelMissing(name)
            found += ["--where", f"{_factor(name)}={level}"]
    return found


def _factor(option: str) -> str:
    return option[2:].replace("-", "_")
