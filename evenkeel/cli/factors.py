"""Makes any factor of any task an option: `--lr 0.003` means the same as `--where lr=0.003`."""

from collections.abc import Mapping, Sequence
from typing import Any

from typer.core import TyperCommand


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
            ctx.fail(str(error))
        return super().parse_args(ctx, args)


class LevelMissing(Exception):
    """No level follows an unknown option, so it cannot be a factor."""


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
                raise LevelMissing(f"No such option: {name}. If it is a factor, name a level: {name} LEVEL")
            found += ["--where", f"{name[2:].replace('-', '_')}={level}"]
    return found
