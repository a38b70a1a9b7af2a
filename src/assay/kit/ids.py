"""Identifiers: random, unique and sortable by the time they were made."""

import itertools
import secrets
import threading
import uuid

from assay.kit.clock import SYSTEM_CLOCK, Clock


_RANDOM_BITS = 74


def new_id(*, clock: Clock = SYSTEM_CLOCK) -> str:
    """Return a UUID version 7 (RFC 9562, section 5.7) in its canonical text form.

    The first 48 bits are Unix milliseconds, so ids made later sort later and
    database indexes stay local; 74 bits are random.
    """
    return _id(clock, secrets.randbits(_RANDOM_BITS))


class IdSeries:
    """Makes many ids for little: chance is asked once, then counted on from there.

    Ids of a series differ for certain and are otherwise those of ``new_id``
    (RFC 9562, section 6.2, method 2). Safe to share between threads.
    """

    def __init__(self, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._numbers = itertools.count(secrets.randbits(_RANDOM_BITS))
        self._lock = threading.Lock()

    def next(self) -> str:
        """Return the next id."""
        with self._lock:
            number = next(self._numbers)
        return _id(self._clock, number & ((1 << _RANDOM_BITS) - 1))


def _id(clock: Clock, random: int) -> str:
    milliseconds = int(clock.now().timestamp() * 1000) & ((1 << 48) - 1)
    high, low = random >> 62, random & ((1 << 62) - 1)
    value = milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low
    return str(uuid.UUID(int=value))
