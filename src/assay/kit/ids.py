"""Identifiers: random, unique and sortable by the time they were made."""

import secrets
import uuid

from assay.kit.clock import SYSTEM_CLOCK, Clock


def new_id(*, clock: Clock = SYSTEM_CLOCK) -> str:
    """Return a UUID version 7 (RFC 9562, section 5.7) in its canonical text form.

    The first 48 bits are Unix milliseconds, so ids made later sort later and
    database indexes stay local; 74 bits are random.
    """
    milliseconds = int(clock.now().timestamp() * 1000) & ((1 << 48) - 1)
    random_a = secrets.randbits(12)
    random_b = secrets.randbits(62)
    value = milliseconds << 80 | 0x7 << 76 | random_a << 64 | 0b10 << 62 | random_b
    return str(uuid.UUID(int=value))
