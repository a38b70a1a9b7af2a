"""Searches that name one session, event or run look there, not through the whole project.

Only SQLite plans alike whatever the tables hold, so only its plans are read.
"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from assay.core.event_queries import EventFilter, EventQuery, Operator, ValueType
from assay.core.ports import Store
from assay.store import open_store
from assay.store.sql_store import SqlStore
from assay.testing.samples import a_moment


def plans_of(store: SqlStore, ask: Callable[[Store], object]) -> list[str]:
    """Return how SQLite carries out each statement that ``ask`` causes."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    engine = store._database.engine
    event.listen(engine, "before_cursor_execute", note)
    ask(store)
    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        return [
            " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", v))
            for text, v in asked
            if text.startswith("SELECT")
        ]


def searching(condition: EventFilter) -> Callable[[Store], object]:
    """Return the search for what meets a condition."""
    return lambda store: store.query_events(EventQuery("default", (condition,)))


@pytest.mark.parametrize(
    ("ask", "sought"),
    [
        (searching(EventFilter("session_id", Operator.IS, "s")), "(session_id=?)"),
        (searching(EventFilter("event_id", Operator.IS, "e")), "(id=?)"),
        (searching(EventFilter("run_id", Operator.IS, "r")), "(run_id=?)"),
        (
            searching(
                EventFilter(
                    "start_time", Operator.AFTER, a_moment().isoformat(), ValueType.DATETIME
                )
            ),
            "(project=? AND started_at>?)",
        ),
        (lambda store: list(store.iter_event_keys("r", project="default")), "(run_id=?)"),
        (lambda store: list(store.iter_run_events("r", project="default")), "(run_id=?"),
        (lambda store: store.session_events("s"), "(session_id=?)"),
        (lambda store: store.page_results("r"), "(run_id=?)"),
    ],
    ids=["session", "event", "run", "time", "keys", "events of a run", "trace", "items"],
)
def test_an_index_answers(sqlite_url: str, ask: Callable[[Store], object], sought: str) -> None:
    store = open_store(sqlite_url)
    assert isinstance(store, SqlStore)
    plans = plans_of(store, ask)
    assert plans
    assert [] == [plan for plan in plans if sought not in plan]
    store.close()
