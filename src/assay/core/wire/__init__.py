"""Wire models: the JSON that travels between server, page, command line and SDK.

Pydantic models live here and nowhere else in ``core``. A field is never removed or
renamed within a format version.
"""
