"""The child process of one slot. It is the only process of a worker that imports torch.

It loads torch and the code of the tasks once, and then trains one run after the other. It sends and receives the
messages of `trainer.protocol` over one socket. `trainer.trainers` names the code that trains each task.
"""

import os
import signal
import sys
import threading
import time
import traceback

from trainer.codec import ProtocolError
from trainer.device import configure, free_memory, load_the_rest, pick_device
from trainer.pipe import Ordered, Pipe
from trainer.protocol import Broken, Failed, Ready, SlotOptions, decode_options
from trainer.reasons import MAX_ERROR, in_words, reason_of
from trainer.running import train_run
from trainer.trainers import load_trainer, trainable_tasks


def obey(ordered: Ordered, pipe: Pipe, options: SlotOptions) -> None:
    """Train the run that is ordered. Errors of the order or the training are sent to the supervisor, not raised."""
    try:
        if isinstance(ordered.order, ProtocolError):
            raise ordered.order
        train_run(ordered.order, ordered.stop, pipe, options)
    except Exception as error:
        traceback.print_exc()
        failed = Failed(in_words(error), reason_of(error))
    else:
        return
    # Only here, the error and the tensors that its traceback held are gone.
    free_memory()
    pipe.send(failed)


def watch_parent(parent: int) -> None:
    """End this process once its parent has ended. Linux does that by itself; other systems do not."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main(descriptor: int, options: SlotOptions) -> None:
    """Train runs until the supervisor closes the socket, whose file descriptor is `descriptor`."""
    # What it prints is read line by line. If it is killed, its last line is there.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    threading.Thread(target=watch_parent, args=(os.getppid(),), daemon=True).start()
    configure()
    pipe = Pipe(descriptor)
    try:
        device = pick_device(options.device)
    except RuntimeError as error:
        return pipe.send(Broken(str(error)))
    for task in trainable_tasks():
        try:
            load_trainer(task)
        except Exception as error:
            traceback.print_exc()
            text = f"the code that trains the task {task!r} cannot be loaded: {type(error).__name__}: {error}"
            return pipe.send(Broken(text[:MAX_ERROR]))
    pipe.send(Ready(str(device)))
    # The worker need not wait for this.
    load_the_rest()
    while ordered := pipe.receive():
        obey(ordered, pipe, options)


if __name__ == "__main__":
    # Whoever stops a worker may send these to all of its processes. The supervisor stops the run at a checkpoint, and
    # this process ends with the worker.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    main(int(sys.argv[1]), decode_options(sys.argv[2]))
