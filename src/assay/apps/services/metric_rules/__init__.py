"""How each kind of server-side evaluator reads its settings and judges a value.

Nothing here evaluates text as Python: patterns are RE2's, schemas are JSON Schema without
remote references, checks are a closed set.
"""
