"""Ground floor: helpers that know no product noun.

Clock, ids, atomic files, canonical JSON, redaction, structured log, optional
extras and concurrency helpers live here. Every room may import it; it imports
none of ours. Start reading at ``kit.clock`` and ``kit.canonical_json``.
"""
