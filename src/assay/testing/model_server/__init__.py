"""A model server on the loopback interface that answers, and misbehaves on request.

It speaks OpenAI's chat completions: latency, 429 with ``Retry-After``, 5xx, truncation,
refusal, slow drip, malformed JSON, resets and hangs, scripted per key or drawn from
seeded rates. It counts calls by datapoint and can keep that count in a file.
"""

from assay.testing.model_server.behaviour import (
    ANSWER,
    DRIP,
    HANG,
    MALFORMED,
    RATE_LIMITED,
    REFUSAL,
    RESET,
    TRUNCATED,
    UNAVAILABLE,
    Behaviour,
    Kind,
    Plan,
)
from assay.testing.model_server.call_log import CallLog, read_call_log
from assay.testing.model_server.server import ModelServer


__all__ = [
    "ANSWER",
    "DRIP",
    "HANG",
    "MALFORMED",
    "RATE_LIMITED",
    "REFUSAL",
    "RESET",
    "TRUNCATED",
    "UNAVAILABLE",
    "Behaviour",
    "CallLog",
    "Kind",
    "ModelServer",
    "Plan",
    "read_call_log",
]
