"""The tables. Every change here needs a migration; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
)

from assay.store.columns import BigId, Json, Usd, UtcTime, Words


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

projects = Table(
    "projects",
    metadata,
    Column("name", Words, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
)

datasets = Table(
    "datasets",
    metadata,
    Column("id", Words, primary_key=True),
    Column("project", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", Words, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("metadata", Json, nullable=False),
    Column("rows_of", Words),
    UniqueConstraint("project", "name", "version"),
    UniqueConstraint("project", "name", "digest"),
)
"""A version that extends another holds the rows of it: those of ``rows_of``, up to its size."""

datapoints = Table(
    "datapoints",
    metadata,
    Column("dataset_id", Words, ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Words, nullable=False),
    Column("content", Json, nullable=False),
    Column("digest", Words),
    UniqueConstraint("dataset_id", "id"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Words, primary_key=True),
    Column("project", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", Words, nullable=False),
    Column("definition", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("project", "name", "version"),
    UniqueConstraint("project", "name", "digest"),
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Words, primary_key=True),
    Column("project", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("status", Words, nullable=False),
    Column("task_id", Words, nullable=False),
    Column("dataset_id", Words, nullable=False),
    Column("models", Json, nullable=False),
    Column("run_ids", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("error", Words),
    Column("settings", Json, nullable=False),
    Index(None, "project", "created_at"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Words, primary_key=True),
    Column("project", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("status", Words, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("candidate", Words, nullable=False),
    Column("description", Words),
    Column("dataset_id", Words),
    Column("evaluation_id", Words, index=True),
    Column("repeats", Integer, nullable=False),
    Column("planned", BigInteger),
    Column("stop_reason", Words),
    Column("finished_at", UtcTime),
    Column("configuration", Json, nullable=False),
    Column("metadata", Json, nullable=False),
    Column("results", Json, nullable=False),
    Column("event_ids", Json, nullable=False),
    Index(None, "project", "created_at"),
)

results = Table(
    "results",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("run_id", Words, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("datapoint_id", Words, nullable=False),
    Column("repeat", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("status", Words, nullable=False),
    Column("passed", Boolean),
    Column("error", Words),
    Column("input_tokens", BigInteger),
    Column("output_tokens", BigInteger),
    Column("cache_read_tokens", BigInteger),
    Column("cache_write_tokens", BigInteger),
    Column("reasoning_tokens", BigInteger),
    Column("cost_usd", Usd),
    Column("cost_source", Words, nullable=False),
    Column("price_date", Words),
    Column("latency_seconds", Double),
    Column("finish_reason", Words),
    Column("cached", Boolean, nullable=False),
    Column("session_id", Words),
    Column("started_at", UtcTime),
    Column("duration_seconds", Double),
    Column("output", Json),
    Column("attempts", Json),
    Column("metadata", Json),
    UniqueConstraint("run_id", "datapoint_id", "repeat"),
    Index(None, "run_id", "position", "repeat", "id"),
)

scores = Table(
    "scores",
    metadata,
    Column("result_id", BigId, ForeignKey("results.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("name", Words, nullable=False),
    Column("status", Words, nullable=False),
    Column("value", Double),
    Column("label", Words),
    Column("passed", Boolean),
    Column("reason", Words),
    Column("details", Json),
    sqlite_with_rowid=False,
)

score_pages = Table(
    "score_pages",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("run_id", Words, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "run_id", "id"),
)

costs = Table(
    "costs",
    metadata,
    Column("run_id", Words, primary_key=True),
    Column("datapoint_id", Words, primary_key=True),
    Column("repeat", Integer, primary_key=True, autoincrement=False),
    Column("phase", Words, primary_key=True),
    Column("at", UtcTime, primary_key=True),
    Column("project", Words, nullable=False),
    Column("model", Words, nullable=False),
    Column("amount_usd", Usd, nullable=False),
    Column("source", Words, nullable=False),
    Index(None, "project", "at"),
    sqlite_with_rowid=False,
)

progress_events = Table(
    "progress_events",
    metadata,
    Column("topic", Words, primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Words, nullable=False),
    Column("payload", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Words, primary_key=True),
    Column("session_id", Words, nullable=False),
    Column("project", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("type", Words, nullable=False),
    Column("parent_id", Words),
    Column("run_id", Words),
    Column("datapoint_id", Words),
    Column("source", Words),
    Column("error", Words),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("duration_ms", Double),
    Column("inputs", Json, nullable=False),
    Column("outputs", Json, nullable=False),
    Column("config", Json, nullable=False),
    Column("metadata", Json, nullable=False),
    Column("metrics", Json, nullable=False),
    Column("feedback", Json, nullable=False),
    Column("user_properties", Json, nullable=False),
    Index(None, "session_id", "started_at"),
    Index(None, "run_id", "session_id"),
    Index(None, "project", "started_at"),
)

responses = Table(
    "responses",
    metadata,
    Column("key", Words, primary_key=True),
    Column("reply", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("project", Words, nullable=False),
    Column("action", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("actor", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("details", Json, nullable=False),
    Index(None, "project", "at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Words, primary_key=True),
    Column("project", Words, nullable=False, index=True),
    Column("name", Words, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("lookup", Words, nullable=False, index=True),
    Column("secret_hash", Words, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)

documents = Table(
    "documents",
    metadata,
    Column("kind", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("project", Words, nullable=False),
    Column("parent", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("unique_key", Words),
    Column("revision", BigInteger, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("body", Json, nullable=False),
    UniqueConstraint("kind", "unique_key"),
    Index(None, "kind", "parent", "state"),
    Index(None, "kind", "project", "created_at"),
)
