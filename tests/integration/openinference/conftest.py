"""A loopback model that asks for a tool and fails when told to, and programs that call it."""

from collections.abc import Iterator

import pytest

from assay.testing.model_server import Behaviour, Kind, ModelServer, Plan


ASKS_FOR_THE_TOOL = Behaviour(tool_calls=(("weather", '{"city": "Bergen"}'),))


@pytest.fixture(scope="package")
def model_url() -> Iterator[str]:
    """The URL of an OpenAI-compatible model."""
    script = {
        "Is it wet in Bergen?": 2 * (ASKS_FOR_THE_TOOL,),  # once for each sender
        "fail": 2 * (Behaviour(Kind.STATUS, status=500),),
    }
    with ModelServer(Plan(script=script)) as server:
        yield server.base_url
