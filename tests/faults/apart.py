"""A lab on Postgres, whose services reach each other through proxies.

`python -m tests.faults.apart` is `evenkeel up`, except that the API and the worker use the addresses of the proxies.
"""

import os
import sys
from pathlib import Path
from typing import Any

from proxy import Proxy
from services import Postgres

from evenkeel.cli import app
from evenkeel.stack import services
from evenkeel.stack.ports import free_ports
from tests.faults.lab import Lab


class ApartLab(Lab):
    """Attributes: proxies: 'redis', 'postgres' or 'mlflow' -> the proxy before it."""

    command = (sys.executable, "-m", "tests.faults.apart", "up")

    def __init__(self, folder: Path) -> None:
        self.postgres = Postgres(folder / "postgres")
        self.postgres.start()
        ports = free_ports([0] * 5)
        self.proxies = {
            name: Proxy(port, target)
            for name, port, target in (
                ("redis", ports[0], ports[1]),
                ("mlflow", ports[2], ports[3]),
                ("postgres", ports[4], self.postgres.port),
            )
        }
        through = {
            "EVENKEEL_DATABASE_URL": f"postgresql://lab@127.0.0.1:{ports[4]}/postgres",
            "EVENKEEL_MLFLOW_URL": f"http://127.0.0.1:{ports[2]}",
        }
        told = {f"TRIAL_{name}": value for name, value in through.items()}
        told |= {"TRIAL_REDIS": f"{ports[0]} {ports[1]}", "TRIAL_MLFLOW_PORT": str(ports[3])}
        super().__init__(folder, **told)

    @property
    def database_url(self) -> str:
        """The address of Postgres itself: a trial looks at it however bad the network is."""
        return f"{self.postgres.url}/postgres"

    def stop(self) -> None:
        super().stop()
        self.postgres.stop()
        for proxy in self.proxies.values():
            proxy.close()


def put_proxies_between() -> None:
    """Make this process's `evenkeel up` start its API and its worker with the addresses of the proxies."""
    settings = services._settings
    redis_port, redis_target = os.environ["TRIAL_REDIS"].split()
    through = {
        name.removeprefix("TRIAL_"): os.environ[name] for name in os.environ if name.startswith("TRIAL_EVENKEEL_")
    }

    def through_proxies(at: services.Addresses, slots: int, password: str) -> dict[str, str]:
        broker = f"redis://:{password}@127.0.0.1:{redis_port}/0"
        return settings(at, slots, password) | through | {"EVENKEEL_BROKER_URL": broker}

    def choose(data: Path, api_port: int, *_: Any) -> services.Addresses:
        [api] = free_ports([api_port])
        return services.Addresses(api, int(os.environ["TRIAL_MLFLOW_PORT"]), int(redis_target), data.absolute())

    services._settings = through_proxies
    services.choose_addresses = choose  # type: ignore[assignment]
    services.Addresses.database_url = through["EVENKEEL_DATABASE_URL"]  # type: ignore[assignment]


if __name__ == "__main__":
    put_proxies_between()
    app()
