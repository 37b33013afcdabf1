"""A rule adds seeds on the real stack, and nobody has to post again."""

import json
import subprocess
import sys
from pathlib import Path

from services import RunningStack, grid, wait_for


def test_a_rule_adds_a_seed_to_each_cell_until_the_most_and_says_why(stack: RunningStack) -> None:
    rule = {"min": 2, "max": 3, "until": {"decided": "norm"}}
    levels = {"arch": ["yolo"], "norm": ["none", "batch"], "init": ["he"]}
    train = {"image_size": 16, "width": 0.125, "epochs": 1}
    posted = grid("rule", grid=levels, seeds=rule, train=train)
    plan = stack.client.submit(posted, dry_run=True)
    assert (plan["num_runs"], plan["most_runs"]) == (4, 6)
    stack.client.submit(posted)
    assert stack.client.experiment("rule")["replication"]["going"]
    command = [Path(sys.executable).parent / "evenkeel", "watch", "rule", "--url", stack.url]
    seen = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    assert "2 cells get one more seed each, up to 3 in all." in " ".join(seen.split())
    detail = stack.client.experiment("rule")
    assert detail["num_runs"]["status"]["finished"] == detail["num_runs"]["total"] == 6
    assert not detail["replication"]["going"]
    assert detail["replication"]["says"].endswith("This is no proof that there is no effect.")
    again = stack.client.submit(posted)
    assert (again["created"], again["existing"]) == (0, 4)
    found = stack.client.effects(experiment="rule")
    assert (found["look"], found["level"], found["num_runs"]) == (1, 0.02, 6)
    # By hand it goes on as ever, and that is a second look.
    stack.client.submit(posted | {"seeds": 4})
    wait_for(lambda: stack.client.experiment("rule")["num_runs"]["status"]["finished"] == 8, 180, "a fourth seed")
    assert stack.client.effects(experiment="rule")["look"] == 2
    assert json.dumps(stack.client.experiment("rule")["replication"]["until"]) == json.dumps(
        {"half_width": None, "decided": "norm", "metric": None}
    )
