"""Prepare a deployment: `secrets` creates the secrets that are missing, and `databases` creates the databases, the
schema and the first API key."""

import logging
import sys
from pathlib import Path

from evenkeel.lab.logs import configure_logging
from evenkeel.stack.databases import make_databases
from evenkeel.stack.secrets import make_secrets

ROOT = Path("/secrets")
STEPS = {"secrets": make_secrets, "databases": make_databases}

if __name__ == "__main__":
    if sys.argv[1:] not in [[step] for step in STEPS]:
        sys.exit(f"{__doc__}\nusage: python -m evenkeel.stack {' | '.join(STEPS)}")
    configure_logging("json")
    STEPS[sys.argv[1]](ROOT)
    logging.getLogger(__name__).info("%s: done", sys.argv[1])
