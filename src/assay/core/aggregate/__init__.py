"""Aggregation of runs: importable from the server alone; the SDK asks for its answers."""
