"""The nouns and the rules: pure, no framework, no input or output.

Datasets, runs, results, scores, costs, statistics, errors and the ports that
adapters implement live here. Every room above may import it; it imports only
``kit``. Start reading at ``core.errors``, ``core.runs`` and ``core.ports``.
"""
