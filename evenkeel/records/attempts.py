"""One go at a run: where it began, what it computed with, and how it ended."""

from evenkeel.result import about, result


@result
class Attempt:
    attempt: int = about("Number of the attempt, from 1.")
    worker: str | None = about("Name of the worker that took the run.")
    code_version: str | None = about("Version of the code that trained it.")
    began_ms: int | None = about("When the worker took the run, in ms since 1970.")
    ended_ms: int | None = about("When the attempt ended; null while it goes on.")
    from_epoch: int = about("Epochs that the checkpoint from which it began had trained; 0 if it began anew.")
    from_step: int = about("Steps of the next epoch that this checkpoint had trained.")
    to_epoch: int = about("Epochs that its own newest checkpoint has trained; 0 if it wrote none.")
    to_step: int = about("Steps of the next epoch that this checkpoint has trained.")
    says: str = about("Why it began where it did; '' if it went on from the last checkpoint, or if there was none.")
    arithmetic: dict[str, str] | None = about(
        "What it computed with, such as torch, device, driver, cpu_capability and threads; null if that is not known. "
        "On another arithmetic the same run gives other numbers."
    )
    ending: str | None = about(
        "How it ended: finished, cancelled, paused, stopped (its worker was shut down), lost (its worker was lost), "
        "died (its process died), out_of_memory, disk_full, deadline, silent (no epoch ended for too long), error or "
        "unreadable; null while it goes on."
    )
    error: str | None = about("What went wrong; null if nothing did.")
