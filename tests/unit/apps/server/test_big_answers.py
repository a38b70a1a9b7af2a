"""Big answers: kept while nothing changes, within bounds, compressed only for other machines."""

import asyncio
import gzip

import pytest
from starlette.requests import Request
from starlette.types import Message

from assay.apps.server.answer_cache import Answer, AnswerCache
from assay.apps.server.bulk import bulk_answer
from assay.apps.server.compression import wants_gzip


def _request(client: str = "127.0.0.1", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": raw, "client": (client, 1)}
    return Request(scope)


def _asked(cache: AnswerCache, keys: str, *, size: int = 4) -> list[str]:
    made: list[str] = []
    for key in keys:

        def make(key: str = key) -> bytes:
            made.append(key)
            return b"x" * size

        cache.answer(None if key == "-" else key, make)
    return made


def test_an_answer_is_made_once_per_key():
    assert ["a", "b"] == _asked(AnswerCache(), "aabab")


def test_what_may_change_is_made_each_time():
    assert ["-", "-"] == _asked(AnswerCache(), "--")


def test_the_answer_used_longest_ago_gives_way():
    assert ["a", "b", "c", "b"] == _asked(AnswerCache(max_bytes=8), "abacab")


def test_an_answer_above_the_bound_is_not_kept():
    assert ["a", "a"] == _asked(AnswerCache(max_bytes=8), "aa", size=9)


@pytest.mark.parametrize(
    ("expected", "client", "headers"),
    [
        (False, "127.0.0.1", {"accept_encoding": "gzip"}),
        (False, "::1", {"accept_encoding": "gzip"}),
        (True, "127.0.0.1", {"accept_encoding": "gzip", "x_forwarded_for": "192.0.2.7"}),
        (True, "192.0.2.7", {"accept_encoding": "br, gzip"}),
        (False, "192.0.2.7", {"accept_encoding": "br"}),
        (False, "192.0.2.7", {}),
    ],
)
def test_only_what_travels_to_another_machine_is_compressed(expected, client, headers):
    assert expected is wants_gzip(_request(client, **headers).scope)


def test_a_large_body_is_compressed_whole():
    body = b"[" + b"1," * 600_000 + b"1]"
    answer = bulk_answer(_request("192.0.2.7", accept_encoding="gzip"), Answer(body))

    assert "gzip" == answer.headers["content-encoding"]
    assert body == gzip.decompress(answer.body)


def test_a_body_the_caller_has_is_not_sent_again():
    answer = Answer(b"{}")
    again = bulk_answer(_request(if_none_match=f'"other", {answer.tag}'), answer)

    assert (304, b"") == (again.status_code, again.body)
    assert answer.tag == again.headers["etag"]


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 1_000_000])
def test_a_body_is_sent_in_pieces_that_are_the_whole(size):
    body = bytes(number % 251 for number in range(size))
    answer = bulk_answer(_request(), Answer(body))
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(answer(_request().scope, _nothing, send))
    start, *pieces = sent
    assert str(size).encode() == dict(start["headers"])[b"content-length"]
    assert body == b"".join(piece.get("body", b"") for piece in pieces)
    assert max(len(piece.get("body", b"")) for piece in pieces) <= 256 * 1024
    assert [True] * (len(pieces) - 1) == [piece["more_body"] for piece in pieces[:-1]]
    assert not pieces[-1].get("more_body")


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
