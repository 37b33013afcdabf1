"""`python -m trainer` starts a worker. `python -m trainer data ...` prepares the datasets that workers train on."""

import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["data"]:
        from trainer.classification.datasets.cli import main as data

        sys.exit(data(sys.argv[2:]))
    from trainer.worker import main

    main()
