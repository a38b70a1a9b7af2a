"""Big answers: kept while nothing changes, within bounds, compressed only for other machines."""

import asyncio
import gzip
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.requests import Request
from starlette.responses import Response
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

        def make(key: str = key) -> list[bytes]:
            made.append(key)
            return [b"x" * size]

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
    cut = 400_000
    request = _request("192.0.2.7", accept_encoding="gzip")
    answer = bulk_answer(request, Answer([body[:cut], body[cut:]]))

    assert "gzip" == answer.headers["content-encoding"]
    assert body == gzip.decompress(b"".join(_sent(answer)))


def test_a_body_the_caller_has_is_not_sent_again():
    answer = Answer([b"{}"])
    again = bulk_answer(_request(if_none_match=f'"other", {answer.tag}'), answer)

    assert (304, b"") == (again.status_code, again.body)
    assert answer.tag == again.headers["etag"]


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 1_000_000])
def test_a_body_is_sent_in_pieces_that_are_the_whole(size):
    body = bytes(number % 251 for number in range(size))
    answer = bulk_answer(_request(), Answer([body]))
    pieces = _sent(answer)

    assert str(size) == answer.headers["content-length"]
    assert body == b"".join(pieces)
    assert max(map(len, pieces)) <= 256 * 1024


def test_the_beginning_is_sent_while_the_rest_is_not_made():
    made: list[str] = []
    answer = AnswerCache().answer("a", lambda: _making(made, "abc"))
    assert ["a"] == made

    response = bulk_answer(_request(), answer)
    sent: list[tuple[bytes, list[str]]] = []
    _sent(response, lambda piece: sent.append((piece, list(made))))

    assert [(b"a", ["a"]), (b"b", ["a", "b"]), (b"c", ["a", "b", "c"])] == sent[:3]
    assert "content-length" not in response.headers
    assert "3" == bulk_answer(_request(), answer).headers["content-length"]


def test_readers_at_the_same_time_get_the_same_pieces_made_once():
    made: list[str] = []
    answer = Answer(_making(made, "abcdefgh"))
    with ThreadPoolExecutor(4) as pool:
        bodies = list(pool.map(lambda _: answer.body, range(4)))

    assert [b"abcdefgh"] * 4 == bodies
    assert list("abcdefgh") == made


def test_what_cannot_be_made_ends_every_reading_and_is_not_kept():
    def make() -> Iterator[bytes]:
        yield b"a"
        raise ValueError("gone")

    cache = AnswerCache()
    answer = cache.answer("a", make)
    with pytest.raises(ValueError, match="gone"):
        _sent(bulk_answer(_request(), answer))
    with pytest.raises(RuntimeError, match="could not be made"):
        assert answer.body
    assert b"b" == cache.answer("a", lambda: [b"b"]).body


def test_what_cannot_be_begun_is_told_before_anything_is_sent():
    with pytest.raises(ZeroDivisionError):
        AnswerCache().answer("a", lambda: (b"%d" % (1 // number) for number in range(2)))


def test_an_answer_that_grew_above_the_bound_is_let_go():
    made: list[str] = []
    cache = AnswerCache(max_bytes=4)
    for _ in range(2):
        assert b"abcdefgh" == cache.answer("a", lambda: _making(made, "abcdefgh")).body

    assert list("abcdefgh" * 2) == made


def test_what_is_kept_compressed_counts():
    made: list[str] = []
    cache = AnswerCache(max_bytes=20)
    for _ in range(2):
        assert cache.answer("a", lambda: _making(made, "ab")).gzipped

    assert list("abab") == made


def _making(made: list[str], pieces: str) -> Iterator[bytes]:
    """Yield pieces, noting each when it is made."""
    for piece in pieces:
        made.append(piece)
        yield piece.encode()


def _sent(response: Response, note: Callable[[bytes], None] = lambda _: None) -> list[bytes]:
    """Return the parts of the body as they were sent."""
    parts: list[bytes] = []
    ended: list[bool] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            assert not ended, "something was sent after the end"
            parts.append(message.get("body", b""))
            note(parts[-1])
            if not message.get("more_body"):
                ended.append(True)

    asyncio.run(response(_request().scope, _nothing, send))
    assert ended
    return parts


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
