"""What the loopback model server does with a request: scripted, or drawn from seeded rates."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a request ends."""

    ANSWER = "answer"
    TRUNCATED = "truncated"
    REFUSAL = "refusal"
    STATUS = "status"
    MALFORMED = "malformed"
    DRIP = "drip"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What becomes of one request.

    Attributes:
        latency_seconds: From the whole request to the reply's first byte; None for the plan's.
        status: The HTTP status of ``STATUS``.
        retry_after: The ``Retry-After`` header of ``STATUS``, as it is sent, or None.
        text: The answer; None for the plan's.
        tool_calls: Tools the answer asks for instead of giving a text: each one's name and
            its arguments as JSON text.
        drip_seconds: Between two pieces of a ``DRIP``.
    """

    kind: Kind = Kind.ANSWER
    latency_seconds: float | None = None
    status: int = 500
    retry_after: str | None = None
    text: str | None = None
    tool_calls: Sequence[tuple[str, str]] = ()
    drip_seconds: float = 0.02


ANSWER = Behaviour()
RATE_LIMITED = Behaviour(Kind.STATUS, status=429, retry_after="0")
UNAVAILABLE = Behaviour(Kind.STATUS, status=503)
TRUNCATED = Behaviour(Kind.TRUNCATED)
REFUSAL = Behaviour(Kind.REFUSAL)
MALFORMED = Behaviour(Kind.MALFORMED)
DRIP = Behaviour(Kind.DRIP)
RESET = Behaviour(Kind.RESET)
HANG = Behaviour(Kind.HANG)

BY_NAME: Mapping[str, Behaviour] = {
    "rate_limited": RATE_LIMITED,
    "unavailable": UNAVAILABLE,
    "truncated": TRUNCATED,
    "refusal": REFUSAL,
    "malformed": MALFORMED,
    "drip": DRIP,
    "reset": RESET,
    "hang": HANG,
}
"""What rates are given for, by name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the server behaves; the same for the same seed, whatever the order of requests.

    Attributes:
        latency_seconds: Of every reply that has none of its own, at least 0.
        jitter_seconds: Up to this much more, drawn uniformly.
        rates: Share of requests, by a name of ``BY_NAME``; the rest are answered.
        script: What happens to the first, second, ... call of a key; then rates.
        text: The answer; ``{key}`` stands for the request's key.
        cost_usd: Sent as the billed ``usage.cost`` of a reply, or None for none.
        prompt_tokens: Told in ``usage``.
        completion_tokens: Told in ``usage``.
        seed: Of rates and jitter.
    """

    latency_seconds: float = 0.0
    jitter_seconds: float = 0.0
    rates: Mapping[str, float] = field(default_factory=dict)
    script: Mapping[str, Sequence[Behaviour]] = field(default_factory=dict)
    text: str = "The answer to {key}."
    cost_usd: str | None = None
    prompt_tokens: int = 10
    completion_tokens: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse rates of unknown names or above 1 in all."""
        unknown = sorted(set(self.rates) - set(BY_NAME))
        if unknown:
            raise ValueError(f"Unknown behaviours {unknown}; there are {sorted(BY_NAME)}.")
        if sum(self.rates.values()) > 1:
            raise ValueError(f"The rates {dict(self.rates)} add up to more than 1.")

    def behaviour(self, key: str, *, call: int) -> Behaviour:
        """Return what becomes of call number ``call`` (from 1) of ``key``."""
        scripted = self.script.get(key, ())
        if call <= len(scripted):
            return scripted[call - 1]
        if not self.rates:
            return ANSWER
        draw = random.Random(f"{self.seed}/{key}/{call}").random()
        for name, rate in self.rates.items():
            if draw < rate:
                return BY_NAME[name]
            draw -= rate
        return ANSWER

    def latency(self, behaviour: Behaviour, key: str, *, call: int) -> float:
        """Return the seconds before the reply of one call."""
        if behaviour.latency_seconds is not None:
            return behaviour.latency_seconds
        if self.jitter_seconds == 0:
            return self.latency_seconds
        draw = random.Random(f"{self.seed}/{key}/{call}/latency").random()
        return self.latency_seconds + draw * self.jitter_seconds
