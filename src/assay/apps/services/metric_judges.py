"""Asking the judges of server-side metrics: about one event at a time, within their limits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from assay.apps.services.evaluation_plan import Gateways
from assay.apps.services.judge_spending import JudgeSpending
from assay.apps.services.metric_rules.judges import JudgeAnswerError, judge_request, judge_score
from assay.apps.services.metric_rules.scoring import failed, marked
from assay.core.chat import ChatReply
from assay.core.errors import AssayError
from assay.core.event_queries import field_value
from assay.core.events import Event
from assay.core.scores import Score, ScoreStatus
from assay.core.server_metrics import ServerMetric
from assay.execution.call_budget import BudgetSpentError, CallBudget
from assay.kit.log import get_logger
from assay.kit.redaction import redact


if TYPE_CHECKING:
    from assay.core.chat import ChatModel
    from assay.llm.gateway import Gateway


_LOG: Final = get_logger("metric_judges")


class MetricJudges:
    """The judges of one round of scoring; they share connections and limits of pace."""

    def __init__(self, gateways: Gateways, spending: JudgeSpending) -> None:
        self._gateways = gateways
        self._spending = spending
        self._gateway: Gateway | None = None
        self._account: CallBudget | None = None

    async def scores(self, metric: ServerMetric, events: Sequence[Event]) -> list[Score]:
        """Ask the judge about each event; what goes wrong is the record of it, no score."""
        try:
            model = await asyncio.to_thread(self._open, metric.settings["model"])
        except AssayError as error:
            return [failed(metric, event, redact(str(error))) for event in events]
        try:
            return [await self._score(metric, event, model) for event in events]
        finally:
            await model.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        if self._gateway is not None:
            await self._gateway.aclose()

    def _open(self, spec: str) -> "ChatModel":
        if self._gateway is None:
            self._gateway = self._gateways()
        return self._gateway.open(spec, before_call=self._take)

    def _take(self) -> None:
        """Count a call that is about to be made; a kept reply is none."""
        if self._account is not None:
            self._account.take()

    async def _score(self, metric: ServerMetric, event: Event, model: "ChatModel") -> Score:
        value = field_value(event, metric.target)
        if value is None:
            reason = f"The event has nothing at {metric.target}."
            absent = Score(metric.name, ScoreStatus.NOT_APPLICABLE, reason=reason)
            return marked(absent, metric, event)
        self._account = account = await asyncio.to_thread(self._spending.account, metric)
        before = account.usage()
        try:
            return await self._asked(metric, event, value, model=model, account=account)
        except BudgetSpentError as error:
            return failed(metric, event, f"{error} {_REMEDY}")
        except (AssayError, JudgeAnswerError) as error:
            return failed(metric, event, redact(str(error)))
        except Exception as error:  # noqa: BLE001  # a defect costs one judgement, not the round
            _LOG.exception("judgement_failed", metric_id=metric.id, event_id=event.id)
            kind = type(error).__name__
            return failed(metric, event, f"The judge ended with a defect ({kind}); see the log.")
        finally:
            spent = account.usage() - before
            if spent.spent:
                await asyncio.to_thread(self._spending.add, metric, spent)

    async def _asked(
        self,
        metric: ServerMetric,
        event: Event,
        value: Any,
        *,
        model: "ChatModel",
        account: CallBudget,
    ) -> Score:
        reply = await model.complete(judge_request(event, value, settings=metric.settings))
        account.charge(reply)
        if reply.refused or reply.truncated:
            return failed(metric, event, f"The judge ended with {reply.finish_reason!r}.")
        score = judge_score(reply.text, metric.settings, name=metric.name)
        return marked(replace(score, details=_account(reply)), metric, event)


_REMEDY = (
    "That is the metric's limit for one day (UTC). Raise it, or run the metric again later: "
    "POST /v1/metrics/run scores what is stored."
)


@asynccontextmanager
async def opened(judges: MetricJudges) -> AsyncIterator[MetricJudges]:
    """Close the judges' connections at the end of a round."""
    try:
        yield judges
    finally:
        await judges.aclose()


def _account(reply: ChatReply) -> dict[str, Any]:
    """Return what is kept of how a judgement came about: model, tokens and cost."""
    cost = reply.cost.amount_usd
    return {
        "model": reply.model,
        "cost_usd": None if cost is None else str(cost),
        "input_tokens": reply.usage.input_tokens,
        "output_tokens": reply.usage.output_tokens,
        "cached": reply.cached,
    }
