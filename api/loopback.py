"""Tells this machine's own addresses from others."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether the host, a name or an IP address, is this machine's loopback."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
