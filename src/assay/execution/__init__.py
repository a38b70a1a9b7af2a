"""The one engine that maps a candidate over datapoints and repeats.

Bounded concurrency, timeouts, retries, budgets, cancellation, progress and durable
results live here. The capabilities import it; it imports adapters, ``core`` and
``kit``. Start reading at ``execution.engine``.
"""
