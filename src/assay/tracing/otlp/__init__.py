"""OTLP/HTTP at the server's door: bytes to neutral spans, and spans to events.

``decode_export`` reads a request in protobuf or JSON; ``spans_to_events`` maps its spans
by the conventions of several makers; ``encode_export_answer`` writes the answer.
"""
