"""The foundation: projects, datasets, tasks, runs, results, events, records."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = "0001_foundation"
down_revision = None
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSON(), "postgresql")
TIME = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
USD = sa.Text().with_variant(sa.Numeric(), "postgresql")
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables of the first schema."""
    _make_projects()
    _make_datasets()
    _make_datapoints()
    _make_tasks()
    _make_evaluations()
    _make_runs()
    _make_results()
    _make_scores()
    _make_costs()
    _make_progress_events()
    _make_events()
    _make_responses()
    _make_audit()
    _make_api_keys()
    _make_sessions()


def _make_projects() -> None:
    op.create_table(
        "projects",
        sa.Column("name", WORDS, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_projects")),
    )


def _make_datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", WORDS, nullable=False),
        sa.Column("project", WORDS, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", WORDS, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("metadata", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datasets")),
        sa.UniqueConstraint(
            "project", "name", "digest", name=op.f("uq_datasets_project_name_digest")
        ),
        sa.UniqueConstraint(
            "project", "name", "version", name=op.f("uq_datasets_project_name_version")
        ),
    )


def _make_datapoints() -> None:
    op.create_table(
        "datapoints",
        sa.Column("dataset_id", WORDS, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", WORDS, nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["datasets.id"],
            name=op.f("fk_datapoints_dataset_id_datasets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dataset_id", "position", name=op.f("pk_datapoints")),
        sa.UniqueConstraint("dataset_id", "id", name=op.f("uq_datapoints_dataset_id_id")),
    )


def _make_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", WORDS, nullable=False),
        sa.Column("project", WORDS, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", WORDS, nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("project", "name", "digest", name=op.f("uq_tasks_project_name_digest")),
        sa.UniqueConstraint(
            "project", "name", "version", name=op.f("uq_tasks_project_name_version")
        ),
    )


def _make_evaluations() -> None:
    op.create_table(
        "evaluations",
        sa.Column("id", WORDS, nullable=False),
        sa.Column("project", WORDS, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("status", WORDS, nullable=False),
        sa.Column("task_id", WORDS, nullable=False),
        sa.Column("dataset_id", WORDS, nullable=False),
        sa.Column("models", JSON, nullable=False),
        sa.Column("run_ids", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("error", WORDS, nullable=True),
        sa.Column("settings", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
    )
    op.create_index(
        op.f("ix_evaluations_project_created_at"),
        "evaluations",
        ["project", "created_at"],
        unique=False,
    )


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", WORDS, nullable=False),
        sa.Column("project", WORDS, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("status", WORDS, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("candidate", WORDS, nullable=False),
        sa.Column("description", WORDS, nullable=True),
        sa.Column("dataset_id", WORDS, nullable=True),
        sa.Column("evaluation_id", WORDS, nullable=True),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("planned", sa.BigInteger(), nullable=True),
        sa.Column("stop_reason", WORDS, nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("configuration", JSON, nullable=False),
        sa.Column("metadata", JSON, nullable=False),
        sa.Column("results", JSON, nullable=False),
        sa.Column("event_ids", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_evaluation_id"), "runs", ["evaluation_id"], unique=False)
    op.create_index(
        op.f("ix_runs_project_created_at"), "runs", ["project", "created_at"], unique=False
    )


def _make_results() -> None:
    op.create_table(
        "results",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("run_id", WORDS, nullable=False),
        sa.Column("datapoint_id", WORDS, nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("status", WORDS, nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("error", WORDS, nullable=True),
        sa.Column("input_tokens", sa.BigInteger(), nullable=True),
        sa.Column("output_tokens", sa.BigInteger(), nullable=True),
        sa.Column("cache_read_tokens", sa.BigInteger(), nullable=True),
        sa.Column("cache_write_tokens", sa.BigInteger(), nullable=True),
        sa.Column("reasoning_tokens", sa.BigInteger(), nullable=True),
        sa.Column("cost_usd", USD, nullable=True),
        sa.Column("cost_source", WORDS, nullable=False),
        sa.Column("price_date", WORDS, nullable=True),
        sa.Column("latency_seconds", sa.Double(), nullable=True),
        sa.Column("finish_reason", WORDS, nullable=True),
        sa.Column("cached", sa.Boolean(), nullable=False),
        sa.Column("session_id", WORDS, nullable=True),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("duration_seconds", sa.Double(), nullable=True),
        sa.Column("output", JSON, nullable=True),
        sa.Column("attempts", JSON, nullable=True),
        sa.Column("metadata", JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_results_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results")),
        sa.UniqueConstraint(
            "run_id", "datapoint_id", "repeat", name=op.f("uq_results_run_id_datapoint_id_repeat")
        ),
    )
    op.create_index(
        op.f("ix_results_run_id_position_repeat_id"),
        "results",
        ["run_id", "position", "repeat", "id"],
        unique=False,
    )


def _make_scores() -> None:
    op.create_table(
        "scores",
        sa.Column("result_id", BIG_ID, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("status", WORDS, nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("label", WORDS, nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("reason", WORDS, nullable=True),
        sa.Column("details", JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["result_id"],
            ["results.id"],
            name=op.f("fk_scores_result_id_results"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("result_id", "ordinal", name=op.f("pk_scores")),
        sqlite_with_rowid=False,
    )


def _make_costs() -> None:
    op.create_table(
        "costs",
        sa.Column("run_id", WORDS, nullable=False),
        sa.Column("datapoint_id", WORDS, nullable=False),
        sa.Column("repeat", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("phase", WORDS, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("project", WORDS, nullable=False),
        sa.Column("model", WORDS, nullable=False),
        sa.Column("amount_usd", USD, nullable=False),
        sa.Column("source", WORDS, nullable=False),
        sa.PrimaryKeyConstraint(
            "run_id", "datapoint_id", "repeat", "phase", "at", name=op.f("pk_costs")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_costs_project_at"), "costs", ["project", "at"], unique=False)


def _make_progress_events() -> None:
    op.create_table(
        "progress_events",
        sa.Column("topic", WORDS, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("topic", "sequence", name=op.f("pk_progress_events")),
    )


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", WORDS, nullable=False),
        sa.Column("session_id", WORDS, nullable=False),
        sa.Column("project", WORDS, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("type", WORDS, nullable=False),
        sa.Column("parent_id", WORDS, nullable=True),
        sa.Column("run_id", WORDS, nullable=True),
        sa.Column("datapoint_id", WORDS, nullable=True),
        sa.Column("source", WORDS, nullable=True),
        sa.Column("error", WORDS, nullable=True),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("duration_ms", sa.Double(), nullable=True),
        sa.Column("inputs", JSON, nullable=False),
        sa.Column("outputs", JSON, nullable=False),
        sa.Column("config", JSON, nullable=False),
        sa.Column("metadata", JSON, nullable=False),
        sa.Column("metrics", JSON, nullable=False),
        sa.Column("feedback", JSON, nullable=False),
        sa.Column("user_properties", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(
        op.f("ix_events_project_started_at"), "events", ["project", "started_at"], unique=False
    )
    op.create_index(
        op.f("ix_events_run_id_session_id"), "events", ["run_id", "session_id"], unique=False
    )
    op.create_index(
        op.f("ix_events_session_id_started_at"),
        "events",
        ["session_id", "started_at"],
        unique=False,
    )


def _make_responses() -> None:
    op.create_table(
        "responses",
        sa.Column("key", WORDS, nullable=False),
        sa.Column("reply", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_responses")),
    )


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project", WORDS, nullable=False),
        sa.Column("action", WORDS, nullable=False),
        sa.Column("subject", WORDS, nullable=False),
        sa.Column("actor", WORDS, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_project_at"), "audit", ["project", "at"], unique=False)


def _make_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", WORDS, nullable=False),
        sa.Column("project", WORDS, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("lookup", WORDS, nullable=False),
        sa.Column("secret_hash", WORDS, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index(op.f("ix_api_keys_lookup"), "api_keys", ["lookup"], unique=False)
    op.create_index(op.f("ix_api_keys_project"), "api_keys", ["project"], unique=False)


def _make_sessions() -> None:
    """A session is the event whose id is its session's; listed here by its own name."""
    op.execute(
        "CREATE VIEW sessions AS SELECT id, project, name, run_id, datapoint_id, source, error, "
        "started_at, ended_at, duration_ms FROM events WHERE id = session_id"
    )
