"""Says in words how long something takes."""

DAY, HOUR, MINUTE = 86_400, 3_600, 60


def duration(seconds: float) -> str:
    """'2 d 3 h', '1 h 20 min', '5 min' or '12 s': two units at most, and no more digits than an estimate has."""
    if seconds >= DAY:
        return _two(round(seconds / HOUR), 24, "d", "h")
    if seconds >= HOUR - MINUTE / 2:
        return _two(round(seconds / MINUTE), 60, "h", "min")
    if seconds >= 2 * MINUTE:
        return f"{seconds / MINUTE:.0f} min"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.2g} s"


def _two(amount: int, size: int, large: str, small: str) -> str:
    whole, rest = divmod(amount, size)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"
