"""The names under which a span carries what Assay knows about it.

Values under ``metadata`` and ``metrics`` have a key each and keep their type; the other
objects are one JSON text. Names beginning with ``gen_ai`` are OpenTelemetry's semantic
conventions for generative AI (https://opentelemetry.io/docs/specs/semconv/gen-ai/).
"""

from typing import Final


SESSION_ID: Final = "assay.session_id"
SESSION_NAME: Final = "assay.session_name"
RUN_ID: Final = "assay.run_id"
DATASET_ID: Final = "assay.dataset_id"
DATAPOINT_ID: Final = "assay.datapoint_id"
SOURCE: Final = "assay.source"
EVENT_ID: Final = "assay.event_id"
EVENT_TYPE: Final = "assay.event_type"
EVENT_NAME: Final = "assay.event_name"
INPUTS: Final = "assay.inputs"
OUTPUTS: Final = "assay.outputs"
ERROR: Final = "assay.error"
METADATA: Final = "assay.metadata."
METRICS: Final = "assay.metrics."

GEN_AI_OPERATION: Final = "gen_ai.operation.name"
GEN_AI_TOOL: Final = "gen_ai.tool.name"
GEN_AI_REQUEST_MODEL: Final = "gen_ai.request.model"
GEN_AI_RESPONSE_MODEL: Final = "gen_ai.response.model"
GEN_AI_RESPONSE_ID: Final = "gen_ai.response.id"
GEN_AI_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
GEN_AI_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
