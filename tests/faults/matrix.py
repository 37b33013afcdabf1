"""All scenarios, in the order in which they are tried."""

import signal

from proxy import Way

from tests.faults import of_messages, of_processes, of_surroundings
from tests.faults.of_surroundings import OUTAGE_SECONDS
from tests.faults.trial import Scenario

ALL = [
    Scenario("child", "kill -9 of a training process", of_processes.killed("child")),
    Scenario("worker", "kill -9 of the worker", of_processes.killed("worker")),
    Scenario("api", "kill -9 of the API", of_processes.killed("api")),
    Scenario("mlflow", "kill -9 of MLflow", of_processes.killed("mlflow")),
    Scenario("redis", "kill -9 of Redis", of_processes.killed("redis")),
    Scenario("up", "kill -9 of up and all services", of_processes.up_killed),
    Scenario("worker-leaves", "SIGTERM to the worker", of_processes.killed("worker", signal.SIGTERM)),
    Scenario("worker-frozen", "SIGSTOP of the worker", of_processes.frozen("worker", of_processes.TOO_LONG_SECONDS)),
    Scenario("mlflow-frozen", "SIGSTOP of MLflow", of_processes.frozen("mlflow", OUTAGE_SECONDS)),
    Scenario("child-writes", "kill in a write of a checkpoint", of_processes.trapped("child.write", 12)),
    Scenario("worker-appends", "kill in an append of an epoch", of_processes.trapped("worker.append", 5)),
    Scenario(
        "api-rings",
        "kill between commit and ring",
        of_processes.nothing,
        around=of_processes.api_dies_at_the_bell,
        at_once=True,
    ),
    Scenario(
        "flush", "FLUSHALL while all runs wait", of_messages.flushed, around=of_messages.worker_frozen, at_once=True
    ),
    Scenario(
        "redis-lost",
        "Redis loses its messages",
        of_messages.redis_down_and_flushed,
        around=of_messages.worker_frozen,
        at_once=True,
    ),
    Scenario("ten-messages", "a message delivered 10 times", of_messages.delivered_ten_times),
    Scenario("odd-messages", "malformed, unknown messages", of_messages.odd_messages),
    Scenario(
        "two-workers",
        "two workers on one run",
        of_processes.first_stands_still,
        around=of_processes.second_worker(),
    ),
    Scenario(
        "clock-ahead",
        "worker clock an hour ahead",
        of_processes.first_is_killed,
        around=of_processes.second_worker(1),
    ),
    Scenario(
        "clock-behind",
        "worker clock an hour behind",
        of_processes.first_is_killed,
        around=of_processes.second_worker(-1),
    ),
    Scenario("poison", "a spec that nobody can read", of_messages.poisoned),
    Scenario("memory", "GPU out of memory (simulated)", of_processes.trapped("child.memory", 5)),
    Scenario(
        "nan",
        "a loss that is not finite",
        of_processes.soon(of_processes.killed("child")),
        at_once=True,
        train={"lr": 1e4},
    ),
    Scenario("cut", "a checkpoint cut off", of_surroundings.checkpoints_spoilt("cut")),
    Scenario("flipped", "a bit of a checkpoint flipped", of_surroundings.checkpoints_spoilt("flip")),
    Scenario("disk", "full disk of checkpoints", of_surroundings.disk_full, lab="small disk"),
    Scenario("postgres", "kill -9 of Postgres", of_surroundings.postgres_killed, lab="apart"),
    Scenario("postgres-restart", "Postgres restarted", of_surroundings.postgres_restarted, lab="apart"),
    *(
        Scenario(f"{service}-{way}", f"{service}: network {words}", of_surroundings.network(service, way), lab="apart")
        for service in ("redis", "postgres", "mlflow")
        for way, words in ((Way.DROP, "cut"), (Way.DELAY, "5 s late"), (Way.SILENT, "half-open"))
    ),
]
SCENARIOS = {scenario.name: scenario for scenario in ALL}
