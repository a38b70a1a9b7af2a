"""Seeing spans off before going on."""

from assay.tracing.tracer import current_tracer


def force_flush(deadline_seconds: float = 10.0) -> bool:
    """Send the spans of the current run that wait, and wait until they arrived.

    Args:
        deadline_seconds: How long to wait at most, at least 0.

    Returns:
        False if not all arrived in time. In an asynchronous function it cannot wait for the
        loop it runs in: sending is hastened, and the answer is False. True outside sessions.
    """
    tracer = current_tracer()
    return True if tracer is None else tracer.collector.force_flush(deadline_seconds)
