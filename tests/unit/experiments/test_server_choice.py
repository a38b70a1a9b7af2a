"""Which server the SDK talks to: what the caller gives, else what is set, else this process."""

from pathlib import Path

import httpx2
import pytest

import assay
from assay.core.errors import InvalidInputError, InvalidSettingsError, ServerError
from assay.experiments.connection import Connection, ServerAddress
from assay.experiments.server_choice import choose_server


SET_URL = "https://set.invalid"
SET_KEY = "a-key-that-is-set"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, so that no file there sets anything."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def _set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_SERVER_URL", f"{SET_URL}/")
    monkeypatch.setenv("ASSAY_API_KEY", SET_KEY)


def test_without_anything_the_application_in_this_process_answers() -> None:
    address = choose_server(None)
    assert (None, None) == (address.url, address.api_key)


@pytest.mark.usefixtures("_set")
def test_what_is_set_names_server_and_key() -> None:
    address = assay.Client().address
    assert (SET_URL, SET_KEY) == (address.url, address.api_key)


@pytest.mark.usefixtures("_set")
def test_a_given_url_wins_and_keeps_the_key_that_is_set() -> None:
    address = choose_server("http://given.invalid")
    assert ("http://given.invalid", SET_KEY) == (address.url, address.api_key)


@pytest.mark.usefixtures("_set")
@pytest.mark.parametrize("url", [None, "http://given.invalid"])
def test_a_given_key_wins(url: str | None) -> None:
    assert "given" == choose_server(url, api_key="given").api_key


@pytest.mark.usefixtures("_set")
def test_a_given_data_folder_means_this_process_which_needs_no_key(tmp_path: Path) -> None:
    address = choose_server(None, data_dir=tmp_path)
    assert (None, None) == (address.url, address.api_key)


@pytest.mark.usefixtures("_set")
def test_a_given_application_means_this_process() -> None:
    assert choose_server(None, application="module:function").url is None


def test_a_key_alone_is_not_for_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_API_KEY", SET_KEY)
    assert choose_server(None).api_key is None


def test_the_settings_file_is_followed_too(tmp_path: Path) -> None:
    (tmp_path / "assay.toml").write_text(f'server_url = "{SET_URL}"\n')
    (tmp_path / ".env").write_text(f"ASSAY_API_KEY={SET_KEY}\n")
    address = choose_server(None)
    assert (SET_URL, SET_KEY) == (address.url, address.api_key)


def test_an_empty_variable_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_SERVER_URL", "")
    assert choose_server(None).url is None


def test_an_address_that_is_none_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_SERVER_URL", "localhost:9999")
    with pytest.raises(InvalidInputError, match=r"ASSAY_SERVER_URL \(environment\) must start"):
        assay.evaluate(str, dataset=[{"q": 1}], print_results=False)


def test_a_key_that_is_none_names_the_place_it_is_set(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('ASSAY_API_KEY="two\\nlines"\n')
    with pytest.raises(InvalidInputError, match=r"ASSAY_API_KEY \(\.env:1\)") as caught:
        choose_server("http://given.invalid")
    assert "two" not in str(caught.value)


def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_PORT", "many")
    with pytest.raises(InvalidSettingsError, match="ASSAY_PORT"):
        assay.Client()


def test_a_server_that_is_away_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_SERVER_URL", "http://127.0.0.1:1")
    with pytest.raises(ServerError, match=r"take ASSAY_SERVER_URL \(environment\) away"):
        assay.evaluate(str, dataset=[{"q": 1}], print_results=False)


@pytest.mark.parametrize(
    ("key", "source", "message"),
    [
        (None, None, "Give api_key= a valid key, or set ASSAY_API_KEY"),
        ("given", None, "Give api_key= a valid key"),
        ("set", "ASSAY_API_KEY (.env:3)", r"that of ASSAY_API_KEY \(\.env:3\)"),
    ],
)
async def test_a_refused_key_says_which_one_it_was(
    key: str | None, source: str | None, message: str
) -> None:
    address = ServerAddress(url="http://t.invalid", api_key=key, api_key_from=source)
    refusing = httpx2.MockTransport(lambda _: httpx2.Response(401, json={"detail": "No."}))
    async with httpx2.AsyncClient(base_url="http://t.invalid", transport=refusing) as client:
        with pytest.raises(ServerError, match=message):
            await Connection(client, address).request("GET", "/v1/runs")
