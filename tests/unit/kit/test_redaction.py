"""Redaction: secrets out, everything else untouched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kit.log import redact_event
from assay.kit.redaction import MASK, redact, redact_value


SECRETS = (
    "sk-proj-abcdefghijklmnop1234",
    "sk-or-v1-0123456789abcdef0123456789abcdef",
    "hf_abcdefghijklmnopqrstuv",
    "ghp_abcdefghijklmnopqrst",
    "AKIAABCDEFGHIJKLMNOP",
    "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_known_kind_of_key_is_masked_inside_a_text(secret: str):
    masked = redact(f"call failed with key {secret}, try again")
    assert secret not in masked
    assert masked.startswith("call failed with key ")
    assert masked.endswith(", try again")


@pytest.mark.parametrize("around", ["{}", "({})", "a,{},b", "key\n{}"])
@pytest.mark.parametrize(
    "secret",
    [*SECRETS, "pk-live-abcdefghijklmnop1234", "xoxb-abcdefghijklmnop", "AIzaSyabcdefghijkl"],
)
def test_a_key_is_masked_whatever_is_around_it(secret: str, around: str):
    assert around.format(MASK) == redact(around.format(secret))


@pytest.mark.parametrize("space", [" ", "\t", "\n", "\u2003"])
def test_a_bearer_token_is_masked_after_any_space(space: str):
    assert f"Bearer {MASK}" == redact(f"Bearer{space}abcdefgh12")


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("Authorization: Bearer abc.def-ghi_jkl", "abc.def-ghi_jkl", "Authorization"),
        ("postgresql://user:hunter22@db:5432/assay", "hunter22", "user"),
        ("http://me:hunter@22@host:5000/x", "hunter", "@host:5000/x"),
        ("http://me:hunter@22@host:5000/x", "22", "@host:5000/x"),
        ("http://:hunter22@host", "hunter22", "@host"),
        ("at postgresql+psycopg://me:hunt/er?22@db/x, port 1", "er?22", "@db/x, port 1"),
        ('{"api_key": "topsecretvalue"}', "topsecretvalue", "api_key"),
        ("password=hunter22 retries=3", "hunter22", "retries=3"),
        ("OPENAI_API_KEY=abc123", "abc123", "OPENAI_API_KEY"),
        ("AWS_SECRET_ACCESS_KEY=ab/c123", "ab/c123", "AWS_SECRET_ACCESS_KEY"),
        ("secret_key: abc123", "abc123", "secret_key"),
    ],
)
def test_credentials_are_masked_and_their_names_kept(text: str, gone: str, kept: str):
    assert gone not in redact(text)
    assert kept in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "0190f3a2-7c1b-7def-8a12-3456789abcde",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "runs/0190f3a2/output_tokens=512",
        "http://127.0.0.1:9999/v1/runs?page=2",
        "max_tokens: 4000",
        "http://127.0.0.1:9999/v1?mail=a@b.c",
        '["http://127.0.0.1:9999", "a@b.c"]',
    ],
)
def test_ids_hashes_paths_and_counts_stay(text: str):
    assert text == redact(text)


@given(st.text() | st.sampled_from(SECRETS).map(lambda secret: f"api_key={secret} x"))
def test_redaction_is_idempotent(text: str):
    assert redact(text) == redact(redact(text))


def test_values_under_secret_names_are_masked_at_any_depth():
    value = {"a": [{"api_key": "x", "name": "n", "input_tokens": 7}], "token": "t"}
    assert redact_value(value) == {
        "a": [{"api_key": MASK, "name": "n", "input_tokens": 7}],
        "token": MASK,
    }


@pytest.mark.parametrize(
    "name",
    ["secret_key", "aws_secret_access_key", "privateKey", "openaiApiKey", "Set-Cookie", "idToken"],
)
def test_what_secrets_are_called_elsewhere_is_known_too(name: str):
    assert {name: MASK} == redact_value({name: "x"})


@pytest.mark.parametrize(
    "name", ["key", "primary_key", "monkey", "secretary", "tokens", "Token_count"]
)
def test_names_that_only_look_so_stay(name: str):
    assert {name: "x"} == redact_value({name: "x"})


def test_log_events_are_redacted_field_by_field():
    event = redact_event(
        None, "info", {"event": "call", "api_key": "x", "detail": "Bearer abcdefghijk"}
    )
    assert {"event": "call", "api_key": MASK, "detail": f"Bearer {MASK}"} == event
