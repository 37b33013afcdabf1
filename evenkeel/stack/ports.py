"""Free ports of this machine."""

import socket
from collections.abc import Sequence


def free_ports(wanted: Sequence[int]) -> list[int]:
    """Each wanted port that is free. The system picks another for a port that is taken, and for 0."""
    held: list[socket.socket] = []
    for port in wanted:
        probe = socket.socket()
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        held.append(probe)
    ports = [probe.getsockname()[1] for probe in held]
    for probe in held:
        probe.close()
    return ports
