"""Which attribute means what: the tables of the conventions that Assay understands.

Sources: the attributes of the HoneyHive and Traceloop SDKs, OpenTelemetry's semantic
conventions for generative AI, OpenInference, and Assay's own.
"""

from collections.abc import Mapping
from typing import Final

from assay.core.events import EventType


SESSION_KEYS: Final = (
    "assay.session_id",
    "honeyhive.session_id",
    "traceloop.association.properties.session_id",
    "session.id",
)
"""Where the session's id stands, the strongest first."""

LINKS: Final[Mapping[str, str]] = {
    "assay.run_id": "run_id",
    "assay.dataset_id": "dataset_id",
    "assay.datapoint_id": "datapoint_id",
    "assay.source": "source",
    "honeyhive.source": "source",
    "assay.event_type": "event_type",
    "honeyhive_event_type": "event_type",
    "assay.event_name": "event_name",
    "honeyhive_event_name": "event_name",
    "assay.event_id": "event_id",
    "honeyhive_event_id": "event_id",
    "assay.error": "error",
    "honeyhive_error": "error",
    "honeyhive_error_type": "error_type",
    "assay.error_type": "error_type",
    "honeyhive_duration_ms": "duration_ms",
    "honeyhive.session_name": "session_name",
    "assay.session_name": "session_name",
}
"""Attributes that say what an event is and where it belongs."""

DROPPED: Final = frozenset(
    {
        *SESSION_KEYS,
        "honeyhive.session_auto_create",
        "traceloop.association.properties.source",
        "traceloop.association.properties.project",
        "honeyhive.project",
        "input.mime_type",
        "output.mime_type",
    }
)
"""Attributes that are understood elsewhere and would only be noise in the metadata."""

PREFIXES: Final[tuple[tuple[str, str, str], ...]] = (
    ("honeyhive_inputs.", "inputs", ""),
    ("honeyhive_outputs.", "outputs", ""),
    ("honeyhive_metrics.", "metrics", ""),
    ("honeyhive_metadata.", "metadata", ""),
    ("honeyhive_config.", "config", ""),
    ("honeyhive_feedback.", "feedback", ""),
    ("honeyhive_user_properties.", "user_properties", ""),
    ("assay.metrics.", "metrics", ""),
    ("assay.metadata.", "metadata", ""),
    ("assay.inputs.", "inputs", ""),
    ("assay.outputs.", "outputs", ""),
    ("assay.config.", "config", ""),
    ("assay.feedback.", "feedback", ""),
    ("assay.user_properties.", "user_properties", ""),
    ("traceloop.association.properties.", "metadata", ""),
    ("gen_ai.request.", "config", ""),
    ("gen_ai.usage.", "metadata", "usage."),
    ("gen_ai.prompt.", "inputs", "messages."),
    ("gen_ai.completion.", "outputs", "messages."),
    ("gen_ai.response.", "metadata", "response."),
    ("llm.input_messages.", "inputs", "messages."),
    ("llm.output_messages.", "outputs", "messages."),
    ("llm.prompts.", "inputs", "prompts."),
    ("llm.choices.", "outputs", "choices."),
    ("llm.token_count.prompt_details.", "metadata", "usage.prompt_details."),
    ("llm.token_count.completion_details.", "metadata", "usage.completion_details."),
    ("llm.token_count.prompt", "metadata", "usage.input_tokens"),
    ("llm.token_count.completion", "metadata", "usage.output_tokens"),
    ("llm.token_count.total", "metadata", "usage.total_tokens"),
    ("llm.cost.total", "metadata", "cost"),
    ("llm.cost.", "metadata", "cost_details."),
    ("llm.prompt_template.", "config", "prompt_template."),
    ("llm.response.model_name", "metadata", "response.model"),
    ("llm.tools.", "config", "tools."),
    ("decision.token_count.input", "metadata", "usage.input_tokens"),
    ("decision.token_count.output", "metadata", "usage.output_tokens"),
    ("retrieval.documents.", "outputs", "documents."),
    ("reranker.input_documents.", "inputs", "documents."),
    ("reranker.output_documents.", "outputs", "documents."),
    ("embedding.embeddings.", "outputs", "embeddings."),
    ("evaluations.", "feedback", "evaluations."),
    ("annotations.", "feedback", "annotations."),
)
"""Attribute prefix, the event's field, and what replaces the prefix there; the first one counts."""

WHOLE: Final[Mapping[str, tuple[str, str]]] = {
    "assay.inputs": ("inputs", ""),
    "assay.outputs": ("outputs", ""),
    "assay.config": ("config", ""),
    "assay.metadata": ("metadata", ""),
    "assay.metrics": ("metrics", ""),
    "assay.feedback": ("feedback", ""),
    "assay.user_properties": ("user_properties", ""),
    "traceloop.entity.input": ("inputs", ""),
    "traceloop.entity.output": ("outputs", ""),
    "gen_ai.input.messages": ("inputs", "messages"),
    "gen_ai.system_instructions": ("inputs", "system_instructions"),
    "gen_ai.output.messages": ("outputs", "messages"),
    "gen_ai.tool.call.arguments": ("inputs", ""),
    "gen_ai.tool.call.result": ("outputs", ""),
    "gen_ai.tool.definitions": ("config", "tools"),
    "gen_ai.system": ("config", "provider"),
    "gen_ai.provider.name": ("config", "provider"),
    "input.value": ("inputs", ""),
    "output.value": ("outputs", ""),
    "llm.model_name": ("config", "model"),
    "llm.provider": ("config", "provider"),
    "llm.system": ("config", "system"),
    "llm.request.model_name": ("config", "request_model"),
    "llm.invocation_parameters": ("config", ""),
    "llm.finish_reason": ("metadata", "finish_reason"),
    "embedding.model_name": ("config", "model"),
    "embedding.invocation_parameters": ("config", ""),
    "decision.model_name": ("config", "model"),
    "reranker.model_name": ("config", "model"),
    "reranker.query": ("inputs", "query"),
    "reranker.top_k": ("config", "top_k"),
    "tool.parameters": ("config", "parameters"),
    "tag.tags": ("metadata", "tags"),
    "user.id": ("user_properties", "id"),
    "metadata": ("metadata", ""),
    "honeyhive_inputs": ("inputs", ""),
    "honeyhive_outputs": ("outputs", ""),
    "honeyhive_metadata": ("metadata", ""),
    "honeyhive_config": ("config", ""),
    "honeyhive_metrics": ("metrics", ""),
    "honeyhive_feedback": ("feedback", ""),
    "honeyhive_user_properties": ("user_properties", ""),
}
"""Attributes that hold a part of an event, often as JSON text: the field and the key there.

Without a key, an object is laid over the field and anything else stands under ``value``.
"""

OPERATIONS: Final[Mapping[str, EventType]] = {
    "chat": EventType.MODEL,
    "text_completion": EventType.MODEL,
    "generate_content": EventType.MODEL,
    "embeddings": EventType.MODEL,
    "execute_tool": EventType.TOOL,
    "retrieval": EventType.TOOL,
    "invoke_agent": EventType.CHAIN,
    "create_agent": EventType.CHAIN,
    "invoke_workflow": EventType.CHAIN,
}
"""``gen_ai.operation.name``."""

KINDS: Final[Mapping[str, EventType]] = {
    "LLM": EventType.MODEL,
    "EMBEDDING": EventType.MODEL,
    "DECISION": EventType.MODEL,
    "TOOL": EventType.TOOL,
    "RETRIEVER": EventType.TOOL,
    "RERANKER": EventType.TOOL,
    "GUARDRAIL": EventType.TOOL,
    "EVALUATOR": EventType.TOOL,
    "CHAIN": EventType.CHAIN,
    "AGENT": EventType.CHAIN,
    "PROMPT": EventType.CHAIN,
    "workflow": EventType.CHAIN,
    "task": EventType.CHAIN,
    "agent": EventType.CHAIN,
    "tool": EventType.TOOL,
}
"""``openinference.span.kind`` and ``traceloop.span.kind``."""
