"""How often isolates are looked at."""

USUAL_S = 1.0
SHORTEST_S, LONGEST_S = 0.1, 60.0


def checked(seconds: float) -> float:
    """The same. Raises ValueError if nobody wants that."""
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise ValueError(f"{seconds!r} s is not from {SHORTEST_S} to {LONGEST_S:g} s")
    return float(seconds)
