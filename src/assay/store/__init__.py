"""The door to the database: tables, migrations and repositories.

It implements the ports of ``core.ports`` over SQLite and PostgreSQL. Only apps
and testing may import it. Start reading at ``store.opening``, then ``store.tables``
and ``store.database``; each repository holds one port.
"""

from assay.store.opening import open_store


__all__ = ["open_store"]
