from __future__ import annotations

from datetime import timezone
from email.utils import parsedate_to_datetime

_FIRST = 0.5
_LONGEST = 8.0
# Whoever is told to wait longer is better told so.
_MOST_PATIENCE = 60.0


def read_retry_after(value: str | None, now: float) -> float | None:
    """``Retry-After`` in seconds: a number, or a date of HTTP. None where it is neither.

    :param now: seconds since the epoch
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    # A date without a zone is one of HTTP, which are all in GMT.
    aware = date if date.tzinfo is not None else date.replace(tzinfo=timezone.utc)
    return max(0.0, aware.timestamp() - now)


def delay(retry: int, retry_after: float | None, chance: float) -> float | None:
    """How many seconds to wait before the next try; None: no use to wait.

    Where nobody said how long, it doubles from half a second on, half of it by chance, so that those who failed
    together do not come back together.
    """
    if retry_after is not None:
        return None if retry_after > _MOST_PATIENCE else retry_after
    whole = min(_LONGEST, _FIRST * 2.0**retry)
    return whole / 2 + whole / 2 * chance
