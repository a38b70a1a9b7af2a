"""``import assay`` stays light, and the face offers only what it names."""

import json
import subprocess
import sys

import assay


HEAVY = (
    "alembic",
    "celery",
    "fastapi",
    "mlflow",
    "numpy",
    "openai",
    "opentelemetry",
    "optuna",
    "rich",
    "sqlalchemy",
    "starlette",
    "torch",
    "transformers",
    "typer",
    "uvicorn",
)


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after one statement."""
    program = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(next(iter(assay.__path__)).removesuffix("assay"))},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_importing_the_face_loads_no_heavy_library() -> None:
    assert set() == loaded_by("import assay").intersection(HEAVY)


def test_taking_every_name_from_the_face_loads_no_heavy_library() -> None:
    assert set() == loaded_by("from assay import *").intersection(HEAVY)


def test_the_face_names_what_it_offers_in_order() -> None:
    assert sorted(assay.__all__) == list(assay.__all__)
    assert [] == [name for name in assay.__all__ if not hasattr(assay, name)]
