"""The commands for running a lab: its workers, its API keys, and the schema of its store."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from evenkeel.cli.common import AsJson, Url, connected, console, fail, needing, print_json

if TYPE_CHECKING:
    from evenkeel.store import Store

keys = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Make, list and revoke API keys. Run it where the store is (EVENKEEL_DATABASE_URL).",
)


def workers(as_json: AsJson = False, url: Url = None) -> None:
    """List the workers, their disks, plug-ins and problems."""
    from evenkeel.cli.lists import show_list

    with connected(url) as client:
        found = client.workers()
    if as_json:
        return print_json(found)
    if not found:
        console.print("No worker was seen lately. Start one: python -m trainer")
    else:
        headings = ("worker", "device", "slots", "epochs", "disk", "seen", "problem")
        show_list(console.rich, headings, list(map(_row, found)), prose=("problem",), right=("slots", "epochs"))
    for worker in found:
        if worker["warning"]:
            console.print(f"{worker['name']}: {worker['warning']}", highlight=False, markup=False)
        if plugins := worker.get("plugins"):
            console.print(f"{worker['name']} has {', '.join(plugins)}", highlight=False, markup=False)
        for broken in worker.get("broken", []):
            which = f"the plug-in {broken['name']!r} of {broken['package']}"
            console.print(f"{worker['name']} cannot use {which}: {broken['why']}", highlight=False, markup=False)


def migrate() -> None:
    """Bring the store's schema up to this version.

    What is in the store stays. You can run it again at any time.
    """
    with opened() as store:
        store.migrate()
    console.print("The schema is up to date.")


@keys.command()
def add(
    name: Annotated[str, typer.Argument(help="Who will use the key.")],
    role: Annotated[
        Literal["read", "write"], typer.Option(help="read: may look. write: may also post, cancel and change.")
    ] = "write",
    as_json: AsJson = False,
) -> None:
    """Make an API key and print it.

    It is printed only this once, because the store keeps only its hash. As soon as there is a key, every call needs
    one.
    """
    from evenkeel.plugins import NAME_PATTERN
    from evenkeel.records.keys import Role, make_key

    if not re.fullmatch(NAME_PATTERN, name):
        fail(f"name {name!r:.80}: letters, digits, '.', '_' and '-', at most 64")
    key_id, kept, key = make_key()
    with opened() as store:
        store.keys.add(key_id, name, Role(role), kept)
    if as_json:
        return print_json({"id": key_id, "name": name, "role": role, "key": key})
    print(key)


@keys.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the API keys, without their secrets."""
    from evenkeel.cli.lists import show_list

    with opened() as store:
        found = store.keys.all()
    if as_json:
        return print_json([{k: v for k, v in vars(key).items() if k != "hash"} for key in found])
    if not found:
        return console.print("There are no keys, so the API answers only its own machine.")
    rows = [(key.id, key.name, str(key.role), _day(key.created_ms), _day(key.revoked_ms)) for key in found]
    show_list(console.rich, ("id", "name", "role", "made", "revoked"), rows)


@keys.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The id that `evenkeel keys list` shows.")]) -> None:
    """Revoke an API key. The API refuses it within seconds."""
    with opened() as store:
        if not store.keys.revoke(key_id):
            fail(f"there is no valid key {key_id!r}; evenkeel keys list shows the keys")
    console.print(f"{key_id} is revoked.", highlight=False)


@contextmanager
def opened() -> Iterator[Store]:
    """The store that the settings name. If it has a problem, the command ends with a clear line."""
    with needing("lab"):
        from evenkeel.setting_errors import SettingError
        from evenkeel.settings import get_settings
        from evenkeel.store import SchemaError, Store, StoreAway

    try:
        with closing(Store(get_settings().database_url)) as store:
            yield store
    except (SettingError, SchemaError) as error:
        fail(str(error))
    except StoreAway as error:
        fail(f"the store does not answer, or was never migrated (evenkeel migrate): {error}")


def _row(worker: dict[str, Any]) -> tuple[str, ...]:
    seen, problem = f"{worker['seen_seconds_ago']:.0f} s ago", worker["problem"] or ""
    numbers = str(worker["slots"]), str(worker["epochs"])
    return worker["name"], worker["device"], *numbers, _disk(worker), seen, problem


def _disk(worker: dict[str, Any]) -> str:
    """'0.7 GB, 41.2 free': what the checkpoints take, and what is free; '-' for what is not known."""
    used, free = (
        "-" if worker.get(name) is None else f"{worker[name] / 1e9:.1f}"
        for name in ("disk_used_bytes", "disk_free_bytes")
    )
    return f"{used} GB, {free} free"


def _day(ms: int | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(ms / 1000)) if ms is not None else ""
