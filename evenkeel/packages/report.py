"""Prints what was checked of a plug-in."""

from __future__ import annotations

from collections.abc import Iterable

from evenkeel.packages.find import Plugin
from evenkeel.packages.repeat import Checked
from evenkeel.printable import printable


def say(plugin: Plugin, checks: Iterable[Checked]) -> bool:
    """Print each check as soon as it is known. Returns whether all are good."""
    print(f"{plugin.package}  {plugin.group}  {plugin.name}", flush=True)
    good = True
    for checked in checks:
        good = good and not checked.problem
        more = checked.problem or checked.says
        print(
            printable(f"  {'FAILS' if checked.problem else 'ok   '} {checked.what}{more and f': {more}'}"), flush=True
        )
    return good
