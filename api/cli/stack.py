"""The lab on this machine: up, and what lies prepared for it."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from api.cli.common import fail
from lab.local import Stack, StackError, default_slots, lock_folder


def up(
    data: Annotated[Path, typer.Option(help="Where everything is kept.")] = Path("evenkeel-data"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="The API's; a free one if taken.")] = 8000,
    mlflow_port: Annotated[int, typer.Option(min=0, max=65535, help="MLflow's; a free one if taken.")] = 5000,
    slots: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Runs trained side by side.", show_default="1 on a GPU, else cores"),
    ] = None,
) -> None:
    """Run the whole lab on this machine: Redis, MLflow, API and one worker. Ctrl-C ends all of it."""
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _interrupt)
    address_file = data / "url"
    try:
        with lock_folder(data):
            stack = Stack(data, port, mlflow_port, slots or default_slots(), _say)
            try:
                stack.start()
                address_file.write_text(stack.addresses.api + "\n")
                _say_addresses(stack)
                while True:
                    time.sleep(1)
                    stack.keep()
            except KeyboardInterrupt:
                _say("stopping")
            finally:
                address_file.unlink(missing_ok=True)
                stack.stop()
                _say("all stopped")
    except StackError as error:
        fail(str(error))


def data(context: typer.Context) -> None:
    """Prepare datasets on this machine, and list them: evenkeel data --help."""
    # The worker's business: nothing of it is imported here.
    raise typer.Exit(subprocess.call([sys.executable, "-m", "trainer", "data", *context.args]))


def _say_addresses(stack: Stack) -> None:
    addresses = stack.addresses
    _say(f"ready\n  API     {addresses.api}  (documentation: {addresses.api}/docs)")
    _say(f"  MLflow  {addresses.mlflow}\n  data    {addresses.data}  (logs in {addresses.logs})")
    if not addresses.api.endswith(":8000"):
        _say(f"  export EVENKEEL_URL={addresses.api}")
    _say("Ctrl-C stops everything.")


def _say(line: str) -> None:
    print(line, flush=True)


def _interrupt(sign: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
