"""The door to OpenTelemetry: sessions, spans, their export and their decoding.

Execution, experiments and apps may import it; it imports ``core`` and ``kit``. No other
room touches the vendor, which is loaded when a session begins and not before. Start at
``tracing.session``; ``tracing.otlp`` is the server's side.
"""
