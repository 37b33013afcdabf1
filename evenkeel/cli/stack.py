"""The commands for a lab on this machine: run it or a worker, prepare its datasets, and free its disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from evenkeel.cli.common import fail, needing
from evenkeel.printable import printable_lines
from evenkeel.stack.clone import find_clone, with_clone
from evenkeel.stack.errors import StackError

if TYPE_CHECKING:
    from evenkeel.stack.services import Addresses


def up(
    data: Annotated[Path, typer.Option(help="The folder in which everything is kept.")] = Path("evenkeel-data"),
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of the API. If it is taken, a free one.")
    ] = 8000,
    mlflow_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of MLflow. If it is taken, a free one.")
    ] = 5000,
    slots: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="How many runs train side by side.", show_default="1 on a GPU, else up to 4"),
    ] = None,
) -> None:
    """Run the whole lab on this machine, until Ctrl-C.

    It starts Redis, MLflow, the API and one worker. Ctrl-C stops all of them.
    """
    try:
        # This comes first, because without a clone the extras do not help.
        find_clone("api", "mlflow_server", "trainer")
        # We say this before the imports, which take seconds on a busy machine.
        _say(f"starting Redis, MLflow, the API and one worker; everything is kept in {data}")
        with needing("api,trainer,local"):
            from evenkeel.stack.closing import for_us_alone
            from evenkeel.stack.embedded import Stack, lock_folder
            from evenkeel.stack.mlflow_login import password_file
            from evenkeel.stack.services import choose_addresses, default_slots
        for sign in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, _interrupt)
        address_file = data / "url"
        with for_us_alone(data, _say), lock_folder(data):
            # A lab that was killed could not delete its address, and this one is not ready yet.
            address_file.unlink(missing_ok=True)
            # It is never written into a file that others may read, such as a log.
            with_password = sys.stdout.isatty() and not password_file(data).exists()
            stack = Stack(choose_addresses(data, port, mlflow_port, _say), slots or default_slots(), _say)
            try:
                stack.start()
                address_file.write_text(stack.addresses.api + "\n")
                _say_addresses(stack.addresses, with_password)
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


def worker(context: typer.Context) -> None:
    """Run a worker of a lab that runs elsewhere."""
    command, environment = _for_trainer("worker", *context.args)
    # In the place of this process, so that it gets the signals of a batch system itself.
    os.execve(command[0], command, environment)


def data(context: typer.Context) -> None:
    """Prepare datasets on this machine, and list them."""
    command, environment = _for_trainer("data", *context.args)
    raise typer.Exit(subprocess.call(command, env=environment))


def gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Also remove the checkpoints of runs that the store does not know.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option(help="The folder of a lab that `evenkeel up` runs. By default the settings say it.")
    ] = None,
) -> None:
    """Remove checkpoints that nobody needs from this machine.

    These are the checkpoints of deleted runs, and those of finished runs that MLflow has too or that
    EVENKEEL_CHECKPOINTS does not keep. Workers do this by themselves every minute. Run it where a worker runs.
    """
    options = [name for name, given in (("--dry-run", dry_run), ("--unknown", unknown)) if given]
    command, environment = _for_trainer("gc", *options)
    if data is not None:
        environment |= {"EVENKEEL_DATA_DIR": str(data), "EVENKEEL_DATABASE_URL": f"sqlite:///{data}/evenkeel.db"}
    raise typer.Exit(subprocess.call(command, env=environment))


def _for_trainer(*arguments: str) -> tuple[list[str], dict[str, str]]:
    """The command line and the environment of a command that the trainer has. Nothing of it is imported here."""
    try:
        environment = with_clone(find_clone("trainer"), dict(os.environ))
    except StackError as error:
        fail(str(error))
    return [sys.executable, "-m", "trainer", *arguments], environment


def _say_addresses(at: Addresses, with_password: bool) -> None:
    from evenkeel.stack.mlflow_login import NAME, password_file
    from evenkeel.stack.processes import ctrl_c_reaches_us

    path = password_file(at.data)
    password = f"password {path.read_text().strip()}, kept in {path}" if with_password else f"password in {path}"
    _say(f"ready\n  Page    {at.api}/ui/")
    _say(f"  API     {at.api}  (documentation: {at.api}/docs)")
    _say(f"  MLflow  {at.mlflow}  (it starts now)\n          (name {NAME}, {password})")
    _say(f"  data    {at.data}  (logs in {at.logs})")
    if not at.api.endswith(":8000"):
        _say(f"  export EVENKEEL_URL={at.api}")
    _say("Ctrl-C stops everything." if ctrl_c_reaches_us() else f"To stop everything: kill {os.getpid()}")


def _say(line: str) -> None:
    # A terminal that was closed, or a full disk, must not end the lab.
    with suppress(OSError):
        print(printable_lines(line), flush=True)


def _interrupt(sign: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
