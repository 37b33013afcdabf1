"""Python runs this in every process of a lab under trial, before anything else. It sets the traps of
`tests.faults.traps` in the processes that they are for."""

import os
import sys

if (
    "TRIAL_TRAPS" in os.environ
    and sys.orig_argv[1:2] == ["-m"]
    and sys.orig_argv[2] in ("api", "trainer", "trainer.child")
):
    from tests.faults.traps import set_traps

    set_traps(sys.orig_argv[2], os.environ["TRIAL_TRAPS"])
