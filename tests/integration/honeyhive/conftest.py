"""The unmodified honeyhive packages, driven against a real server of ours."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import run_driver


DRIVER = Path(__file__).with_name("driver.py")
CLIENTS = [
    ("newest", "http/json"),
    ("newest", "http/protobuf"),
    ("1.0.2", "http/json"),
    ("1.0.2", "http/protobuf"),
]


@pytest.fixture(scope="session", params=CLIENTS, ids=" ".join)
def told(request: pytest.FixtureRequest, served_url: str) -> dict[str, Any]:
    """What one version of the package, sending in one encoding, says it saw."""
    version, protocol = request.param
    return drive(version, served_url, HH_OTLP_PROTOCOL=protocol)


def drive(version: str, url: str, **environment: str) -> dict[str, Any]:
    """Return what ``driver.py`` prints in the environment of one version."""
    told = run_driver(
        f"honeyhive-{version}", DRIVER, HH_API_URL=url, HH_API_KEY="any", **environment
    )
    answer: dict[str, Any] = json.loads(told.splitlines()[-1])
    return answer
