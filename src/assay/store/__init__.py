"""The door to the database: tables, migrations and repositories.

It implements the ports of ``core.ports`` over SQLite and PostgreSQL. Only apps
and testing may import it. Start reading at ``store.database``.
"""
