"""What a collector answers to an export."""

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse


def rejected_in(content: bytes) -> int:
    """Return how many spans an answer in protobuf says were rejected; 0 if it says nothing."""
    answer = ExportTraceServiceResponse()
    try:
        answer.ParseFromString(content)
    except DecodeError:
        return 0
    return max(0, answer.partial_success.rejected_spans)
