"""`python -m trainer` starts a worker, and `python -m trainer worker ...` one on a machine that is only lent to it.
`python -m trainer data ...` prepares the datasets that workers train on, and
`python -m trainer gc ...` removes checkpoints that nobody needs."""

import sys
from importlib import import_module

# What Celery would load only once the slots are ready.
CELERY = ("celery.bin.celery", "celery.worker.worker", "celery.worker.consumer", "kombu.transport.redis")

if __name__ == "__main__":
    if sys.argv[1:2] == ["data"]:
        from trainer.classification.datasets.cli import main as data

        sys.exit(data(sys.argv[2:]))
    if sys.argv[1:2] == ["gc"]:
        from trainer.garbage import main as collect

        sys.exit(collect(sys.argv[2:]))
    from evenkeel.setting_errors import SettingError
    from evenkeel.settings import get_settings
    from trainer.shift import Shift
    from trainer.slots import Slots

    shift = Shift.from_command(sys.argv[2:]) if sys.argv[1:2] == ["worker"] else None
    try:
        settings = get_settings()
    except SettingError as error:
        sys.exit(f"the worker does not start:\n{error}")
    # The children load torch, which takes longest, while this process loads all else.
    slots = Slots(settings)
    slots.begin()
    for module in CELERY:
        import_module(module)
    from trainer.process import main

    main(settings, slots, shift)
