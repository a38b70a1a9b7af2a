"""The SDK: evaluate any function over a dataset, score it, compare runs.

It asks the server to aggregate and never does so itself. Apps may import it; it
imports ``execution``, ``tracing``, ``core`` and ``kit``. Start at ``experiments.evaluate``.
"""
