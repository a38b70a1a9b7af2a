"""Documents, and one of them for each dataset there is: its lasting identity."""

import json
import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = "0003_documents"
down_revision = "0001_foundation"
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSON(), "postgresql")
TIME = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")

_NEWEST = sa.text(
    "SELECT id, project, name, created_at FROM datasets AS d WHERE version = (SELECT max(version) "
    "FROM datasets AS e WHERE e.project = d.project AND e.name = d.name)"
)


def upgrade() -> None:
    """Make the table and the identities of stored datasets."""
    op.create_table(
        "documents",
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("id", WORDS, nullable=False),
        sa.Column("project", WORDS, nullable=False),
        sa.Column("parent", WORDS, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("unique_key", WORDS, nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_documents")),
        sa.UniqueConstraint("kind", "unique_key", name=op.f("uq_documents_kind_unique_key")),
    )
    op.create_index(
        op.f("ix_documents_kind_parent_state"),
        "documents",
        ["kind", "parent", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_documents_kind_project_created_at"),
        "documents",
        ["kind", "project", "created_at"],
        unique=False,
    )
    _name_datasets()


def _name_datasets() -> None:
    """Give each stored dataset its lasting identity, pointing to its newest version."""
    connection = op.get_bind()
    insert = sa.text(
        "INSERT INTO documents (kind, id, project, parent, name, state, unique_key, revision, "
        "created_at, updated_at, body) VALUES ('dataset', :id, :project, '', :name, '', :key, 1, "
        ":at, :at, :body)"
    )
    for row in connection.execute(_NEWEST).all():
        connection.execute(
            insert,
            {
                "id": str(uuid.uuid5(uuid.NAMESPACE_OID, row.id)),
                "project": row.project,
                "name": row.name,
                "key": json.dumps([row.project, row.name]),
                "at": row.created_at,
                "body": json.dumps({"version_id": row.id}),
            },
        )
