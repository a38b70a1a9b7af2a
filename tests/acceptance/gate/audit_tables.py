"""The audit of aliases as it stands in MLflow's tables, read without Assay."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any


RUN_TAGS = {
    *("action", "prompt_name", "from_version", "to_version", "alias", "timestamp", "actor"),
    *("reason", "forced", "id"),
}


@dataclass(frozen=True)
class AuditTables:
    """What the database says of one prompt's alias ``production``."""

    database: Path
    prompt: str

    def rows(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        """Read the database."""
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(statement, values).fetchall()

    def alias(self) -> int:
        """Where the alias points."""
        ((version,),) = self.rows(
            "SELECT version FROM registered_model_aliases WHERE name = ? AND alias = 'production'",
            self.prompt,
        )
        return int(version)

    def actions(self) -> dict[str, dict[str, Any]]:
        """Every action by id, with how it ended; in the order of their numbers."""
        actions: dict[str, dict[str, Any]] = {}
        for key, value in self.rows(
            "SELECT key, value FROM registered_model_tags WHERE name = ? AND "
            "key LIKE 'assay.audit.%' ORDER BY key",
            self.prompt,
        ):
            *_, identity, part = key.split(".")
            entry = actions.setdefault(identity, {"ends": []})
            if part == "intent":
                entry |= json.loads(value)
            else:
                entry["ends"].append(part)
        return actions

    def done(self) -> dict[str, dict[str, Any]]:
        """The actions that happened."""
        return {key: entry for key, entry in self.actions().items() if entry["ends"] == ["done"]}

    def marks(self) -> dict[str, dict[str, dict[str, str]]]:
        """By run and action id the tags that mark it."""
        marks: dict[tuple[str, str], dict[str, str]] = {}
        for run_id, key, value in self.rows(
            "SELECT run_uuid, key, value FROM tags WHERE key LIKE 'audit.%'"
        ):
            prefix, _, name = key.rpartition(".")
            marks.setdefault((run_id, prefix), {})[name] = value
        by_run: dict[str, dict[str, dict[str, str]]] = {}
        for (run_id, _), tags in marks.items():
            if tags.get("prompt_name", self.prompt) == self.prompt:
                by_run.setdefault(run_id, {})[tags.get("id", "")] = tags
        return by_run

    def assert_without_gap(self, *, start: int = 1) -> None:
        """The done actions lead from the first version to where the alias is; all is marked."""
        ends = [entry["ends"] for entry in self.actions().values()]
        assert all(len(end) == 1 for end in ends), "an action is pending, or ended twice"
        done = self.done()
        at = start
        for entry in done.values():
            assert at == entry["from"]
            at = entry["to"]
        assert at == self.alias()
        marks = self.marks()
        for key, entry in done.items():
            for run_id in entry["justifying_run_ids"]:
                tags = marks[run_id][key]
                assert set(tags) == RUN_TAGS
                assert (entry["action"], str(entry["to"])) == (tags["action"], tags["to_version"])
        assert {key for found in marks.values() for key in found} <= done.keys()
