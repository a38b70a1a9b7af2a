"""Pages of scores, and rows of datapoints that versions of a dataset share.

Runs stored before have no pages; they get theirs when they are first read. Datapoints stored
before have no digest; the next version of their dataset is stored whole.
"""

import sqlalchemy as sa
from alembic import op


revision = "0004_score_pages"
down_revision = "0003_documents"
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table and the columns."""
    op.create_table(
        "score_pages",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("run_id", WORDS, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_score_pages_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_pages")),
    )
    op.create_index(op.f("ix_score_pages_run_id_id"), "score_pages", ["run_id", "id"], unique=False)
    op.add_column("datasets", sa.Column("rows_of", WORDS, nullable=True))
    op.add_column("datapoints", sa.Column("digest", WORDS, nullable=True))
