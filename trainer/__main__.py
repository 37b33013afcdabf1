"""`python -m trainer` starts a worker, and `python -m trainer worker ...` one on a machine that is only lent to it.
`python -m trainer data ...` prepares the datasets that workers train on, and
`python -m trainer gc ...` removes checkpoints that nobody needs."""

import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["data"]:
        from trainer.classification.datasets.cli import main as data

        sys.exit(data(sys.argv[2:]))
    if sys.argv[1:2] == ["gc"]:
        from trainer.garbage import main as collect

        sys.exit(collect(sys.argv[2:]))
    from trainer.process import main
    from trainer.shift import Shift

    main(Shift.from_command(sys.argv[2:]) if sys.argv[1:2] == ["worker"] else None)
