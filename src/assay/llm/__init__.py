"""The door to model providers: one chat gateway, many providers.

Recorded replays, Python callables and OpenAI-compatible endpoints, the response
cache, rate limits and pricing live here. Execution, bench and apps may import it;
it imports ``core`` and ``kit``. Start reading at ``llm.gateway``.
"""
