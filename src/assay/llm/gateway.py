"""The one place where a model specification becomes a model that can be asked."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assay.core.chat import ChatModel
from assay.core.errors import InvalidModelError
from assay.core.ports import ResponseCache
from assay.kit.clock import SYSTEM_CLOCK, AsyncSleep, Clock, sleep
from assay.kit.rate import Pace
from assay.kit.retry import Retrier, RetryPolicy
from assay.llm.cache import CachedModel
from assay.llm.gated import GatedModel
from assay.llm.openai_compatible import ClientRing, Endpoint, OpenAIModel, open_clients
from assay.llm.pricing import PriceOverrides, load_prices
from assay.llm.python_model import load_python_model
from assay.llm.recorded import AnswerFile, RecordedModel, load_answers
from assay.llm.resilient import Limits, ResilientModel, asked_wait, worth_a_retry
from assay.llm.spec import ModelSpec, parse_model_spec


__all__ = ["Gateway", "GatewaySettings", "ModelSpec", "parse_model_spec"]

OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """How models are reached; keys never show in its text form.

    Attributes:
        openai_api_key: Sent to ``openai_base_url`` and nowhere else.
        openai_base_url: Where ``openai:NAME`` goes; None for OpenAI itself.
        endpoint_keys: Keys by base URL, for ``openai:NAME@URL``.
        retries: Tries after the first, at least 0.
        total_deadline_seconds: For all tries and waits of one call.
        timeout_seconds: For one try.
        requests_per_minute: Per endpoint, or None.
        tokens_per_minute: Per endpoint, or None.
        concurrency: Connections per endpoint.
        prices: The user's own prices by model name.
    """

    openai_api_key: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    endpoint_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    retries: int = 3
    total_deadline_seconds: float = 120.0
    timeout_seconds: float = 60.0
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    concurrency: int = 200
    prices: PriceOverrides | None = field(default=None)

    def endpoint(self, url: str | None) -> Endpoint:
        """Return the endpoint at ``url`` (None for the configured one) with its own key only."""
        own = (self.openai_base_url or OPENAI_URL).rstrip("/")
        base = own if url is None else url.rstrip("/")
        keys = {place.rstrip("/"): key for place, key in self.endpoint_keys.items()}
        key = keys.get(base)
        if key is None and base == own:
            key = self.openai_api_key
        return Endpoint(base, key)


class Gateway:
    """Opens models; one client, one pool and one rate limit per endpoint.

    Its models belong to one event loop.
    """

    def __init__(
        self,
        settings: GatewaySettings | None = None,
        *,
        cache: ResponseCache | None = None,
        recordings: Callable[[str], Path] | None = None,
        clock: Clock = SYSTEM_CLOCK,
        sleep: AsyncSleep = sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Take what the models share.

        Args:
            settings: Keys, limits and retries.
            cache: Keeps replies of models asked over the network; None for none.
            recordings: Turns the FILE of ``recorded:FILE#NAME`` into a path.
            clock: For latencies, limits and deadlines.
            sleep: For waits between tries and for limits.
            chance: Uniform in [0, 1), for the jitter of waits.
        """
        self._settings = settings if settings is not None else GatewaySettings()
        self._cache = cache
        self._recordings = recordings if recordings is not None else Path
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._clients: dict[str, ClientRing] = {}
        self._limits: dict[str, Limits] = {}
        self._answers: dict[Path, AnswerFile] = {}

    def open(self, spec: str, *, before_call: Callable[[], None] | None = None) -> ChatModel:
        """Return the model that ``spec`` names, checked as far as possible without a call.

        Args:
            spec: As ``parse_model_spec`` reads it.
            before_call: Called before each call that is made, and not for a kept reply;
                what it raises stops the call.

        Raises:
            InvalidModelError: If it names nothing that can be called.
            InvalidAnswersError: If a file of recorded answers is malformed.
            MissingExtraError: If the provider's package is not installed.
        """
        parsed = parse_model_spec(spec)
        if parsed.provider == "recorded":
            return _gated(self._open_recorded(parsed), before_call)
        if parsed.provider == "python":
            return _gated(load_python_model(parsed.name, clock=self._clock), before_call)
        return self._open_openai(parsed, before_call)

    async def aclose(self) -> None:
        """Close all connections."""
        clients = list(self._clients.values())
        self._clients.clear()
        await asyncio.gather(*(ring.aclose() for ring in clients))

    def _open_recorded(self, spec: ModelSpec) -> ChatModel:
        path = self._recordings(spec.source or "")
        answers = self._answers.get(path)
        if answers is None:
            answers = self._answers[path] = load_answers(path)
        return RecordedModel(spec.name, answers, self._settings.prices)

    def _open_openai(self, spec: ModelSpec, before_call: Callable[[], None] | None) -> ChatModel:
        settings = self._settings
        endpoint = settings.endpoint(spec.source)
        if endpoint.base_url == OPENAI_URL and endpoint.api_key is None:
            raise InvalidModelError(
                f"Model {spec.text!r} needs a key: set OPENAI_API_KEY, or name another endpoint "
                f"as openai:{spec.name}@http://HOST/v1."
            )
        asked = OpenAIModel(
            spec.name,
            endpoint,
            self._clients_of(endpoint),
            timeout_seconds=settings.timeout_seconds,
            overrides=settings.prices,
            clock=self._clock,
        )
        model = _gated(
            ResilientModel(asked, self._retrier(), self._limits_of(endpoint)), before_call
        )
        if self._cache is None:
            return model
        return CachedModel(model, self._cache, f"{spec.name}@{endpoint.base_url}")

    def _clients_of(self, endpoint: Endpoint) -> ClientRing:
        clients = self._clients.get(endpoint.base_url)
        if clients is None:
            load_prices()
            clients = self._clients[endpoint.base_url] = open_clients(
                endpoint,
                connections=self._settings.concurrency,
                timeout_seconds=self._settings.timeout_seconds,
            )
        return clients

    def _limits_of(self, endpoint: Endpoint) -> Limits:
        limits = self._limits.get(endpoint.base_url)
        if limits is None:
            limits = self._limits[endpoint.base_url] = Limits(
                self._pace(self._settings.requests_per_minute),
                self._pace(self._settings.tokens_per_minute),
            )
        return limits

    def _pace(self, per_minute: float | None) -> Pace:
        return Pace(per_minute, clock=self._clock, sleep=self._sleep)

    def _retrier(self) -> Retrier:
        policy = RetryPolicy(
            retries=self._settings.retries, deadline_seconds=self._settings.total_deadline_seconds
        )
        return Retrier(
            policy,
            worth=worth_a_retry,
            asked_wait=asked_wait,
            clock=self._clock,
            sleep=self._sleep,
            chance=self._chance,
        )


def _gated(model: ChatModel, before_call: Callable[[], None] | None) -> ChatModel:
    return model if before_call is None else GatedModel(model, before_call)
