"""`python -m lab.deploy secrets` makes what is missing of the secrets; `databases` databases, schema, first key."""

import logging
import sys
from pathlib import Path

from lab.deploy.databases import make_databases
from lab.deploy.secrets import make_secrets
from lab.logs import configure_logging

ROOT = Path("/secrets")
STEPS = {"secrets": make_secrets, "databases": make_databases}

if __name__ == "__main__":
    if sys.argv[1:] not in [[step] for step in STEPS]:
        sys.exit(f"{__doc__}\nusage: python -m lab.deploy {' | '.join(STEPS)}")
    configure_logging("json")
    STEPS[sys.argv[1]](ROOT)
    logging.getLogger(__name__).info("%s: done", sys.argv[1])
