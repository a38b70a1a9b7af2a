"""The gateway: what is shared, and what it refuses."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.chat import ChatMessage, ChatRequest
from assay.core.errors import InvalidAnswersError, InvalidModelError
from assay.llm.cache import cache_key
from assay.llm.gateway import Gateway, GatewaySettings
from assay.llm.openai_compatible import Endpoint, keep_own_headers, request_body


def test_a_recorded_model_is_found_where_recordings_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "abc.jsonl"
    path.write_text(json.dumps({"model": "m", "datapoint_id": "d"}) + "\n", encoding="utf-8")
    gateway = Gateway(recordings=lambda name: tmp_path / f"{name}.jsonl")
    assert gateway.open("recorded:abc#m").name == "m"
    with pytest.raises(InvalidModelError, match=r"has no model 'x'\. It holds: m"):
        gateway.open("recorded:abc#x")
    with pytest.raises(InvalidModelError, match="needs #NAME"):
        gateway.open("recorded:abc")
    with pytest.raises(InvalidAnswersError, match="No such file"):
        gateway.open("recorded:other#m")


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        (None, Endpoint("https://own/v1", "own key")),
        ("https://own/v1/", Endpoint("https://own/v1", "own key")),
        ("https://theirs/v1", Endpoint("https://theirs/v1", "their key")),
        ("https://own.evil/v1", Endpoint("https://own.evil/v1", None)),
        ("http://own/v1", Endpoint("http://own/v1", None)),
    ],
)
def test_each_endpoint_gets_its_own_key_only(url: str | None, endpoint: Endpoint) -> None:
    settings = GatewaySettings(
        openai_api_key="own key",
        openai_base_url="https://own/v1",
        endpoint_keys={"https://theirs/v1/": "their key"},
    )
    assert settings.endpoint(url) == endpoint


def test_without_settings_models_are_openais() -> None:
    assert GatewaySettings().endpoint(None) == Endpoint("https://api.openai.com/v1", None)


def test_what_the_client_adds_from_the_environment_is_taken_out() -> None:
    headers = {
        "Host": "h",
        "Authorization": "Bearer none",
        "X-Stainless-Lang": "python",
        "OpenAI-Organization": "org",
        "X-Secret": "s",
    }
    keep_own_headers(headers, keyed=False)
    assert set(headers) == {"Host", "X-Stainless-Lang"}


def test_openrouter_is_asked_what_a_call_was_billed() -> None:
    request = ChatRequest((ChatMessage("user", "?"),))
    routed = Endpoint("https://openrouter.ai/api/v1")
    assert routed.routes
    assert request_body("m", request, routes=routed.routes)["usage"] == {"include": True}
    assert "usage" not in request_body("m", request)


@pytest.mark.parametrize("host", ["https://openrouter.ai.evil.com/v1", "http://x/openrouter.ai"])
def test_only_openrouter_itself_is_openrouter(host: str) -> None:
    assert not Endpoint(host).routes


@given(st.text(), st.text(), st.integers(0, 5), st.integers(0, 5))
def test_a_cache_key_tells_questions_and_repeats_apart_but_not_datapoints(
    one: str, other: str, repeat: int, other_repeat: int
) -> None:
    def key(text: str, repeat: int, datapoint_id: str) -> str:
        message = ChatMessage("user", text)
        return cache_key("m", ChatRequest((message,), datapoint_id=datapoint_id, repeat=repeat))

    same = (one, repeat) == (other, other_repeat)
    assert (key(one, repeat, "a") == key(other, other_repeat, "b")) == same


def test_openais_own_endpoint_without_a_key_is_refused_before_any_call() -> None:
    with pytest.raises(InvalidModelError, match=r"'openai:gpt-4o' needs a key: set OPENAI_API_KEY"):
        Gateway().open("openai:gpt-4o")


@pytest.mark.parametrize(
    ("settings", "spec"),
    [
        (GatewaySettings(openai_api_key="a-key"), "openai:gpt-4o"),
        (GatewaySettings(openai_base_url="http://127.0.0.1:1/v1"), "openai:local"),
        (GatewaySettings(), "openai:local@http://127.0.0.1:1/v1"),
    ],
)
async def test_a_key_or_an_endpoint_of_ones_own_is_enough(
    settings: GatewaySettings, spec: str
) -> None:
    gateway = Gateway(settings)
    assert gateway.open(spec).name
    await gateway.aclose()
