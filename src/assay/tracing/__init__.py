"""The door to OpenTelemetry: tracers, spans and their export.

Execution, experiments and apps may import it; it imports ``core`` and ``kit``.
No other room touches the vendor.
"""
