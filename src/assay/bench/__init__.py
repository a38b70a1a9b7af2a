"""Which model is best for this task, and at what price?

Tasks, extraction, matchers, metrics, the ledger and the ranking live here. Apps
may import it; it imports ``execution``, ``llm``, ``core`` and ``kit``. Start reading
at ``bench.task``.
"""
