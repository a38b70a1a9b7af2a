"""The whole API as its document describes it, called with generated input: never a 5xx."""

from pathlib import Path

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis import Case
from schemathesis.checks import not_a_server_error

from assay.apps.server.app import create_app
from assay.apps.settings import Settings


@pytest.fixture
def api(tmp_path: Path) -> schemathesis.BaseSchema:
    app = create_app(Settings(data_dir=tmp_path / "data"), embedded=True)
    return schemathesis.openapi.from_asgi("/openapi.json", app)


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@hypothesis.settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)
def test_no_input_makes_the_server_fail(case: Case) -> None:
    response = case.call(timeout=30)
    case.validate_response(response, checks=[not_a_server_error])
