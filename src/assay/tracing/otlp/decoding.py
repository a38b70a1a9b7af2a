"""One request: its encoding, its compression, its limits."""

import zlib

from assay.tracing.otlp.json_form import decode_json, encode_json_answer
from assay.tracing.otlp.protobuf import decode_protobuf, encode_protobuf_answer
from assay.tracing.otlp.spans import Export
from assay.tracing.otlp.values import MalformedTracesError


JSON_TYPE = "application/json"
PROTOBUF_TYPE = "application/x-protobuf"
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_PIECE = 1024 * 1024
_MOST_MEMBERS = 64
"""Each costs a copy of what follows it; an exporter writes one."""
_SHOWN = 5


class TracesTooLargeError(ValueError):
    """The body is larger than what is taken, packed or unpacked."""


class UnsupportedTracesError(ValueError):
    """The body is of a type or a compression that OTLP/HTTP does not have."""


def is_protobuf(content_type: str) -> bool:
    """Return whether a content type means protobuf.

    Raises:
        UnsupportedTracesError: If it means neither protobuf nor JSON.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in {PROTOBUF_TYPE, "application/protobuf"}:
        return True
    if kind == JSON_TYPE:
        return False
    raise UnsupportedTracesError(
        f"Traces come as {PROTOBUF_TYPE} or {JSON_TYPE}, not as {kind[:80] or 'nothing'!r}."
    )


def unpack(body: bytes, *, encoding: str, limit: int) -> bytes:
    """Return the body without its compression, at most ``limit`` bytes.

    Raises:
        MalformedTracesError: If it is not what ``encoding`` says.
        TracesTooLargeError: If it is larger than ``limit``, unpacked.
        UnsupportedTracesError: If ``encoding`` is not gzip, deflate or identity.
    """
    kind = encoding.strip().lower()
    if kind in {"gzip", "x-gzip", "deflate"}:
        return _inflate(body, limit)
    if kind not in {"", "identity"}:
        raise UnsupportedTracesError(
            f"Traces are packed with gzip or deflate or not at all, not with {kind[:80]!r}."
        )
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _inflate(body: bytes, limit: int) -> bytes:
    unpacked = bytearray()
    left = body
    members = 0
    while left:  # a gzip stream may have several members
        members += 1
        if members > _MOST_MEMBERS:
            raise MalformedTracesError(f"The packed body has more than {_MOST_MEMBERS} members.")
        member = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            while not member.eof:
                piece = member.decompress(left, _PIECE)
                left = member.unconsumed_tail
                unpacked += piece
                if len(unpacked) > limit:
                    raise _too_large(limit)
                if not piece and not left and not member.eof:
                    raise MalformedTracesError("The packed body ends too early.")
        except zlib.error as error:
            raise MalformedTracesError(f"The packed body cannot be unpacked: {error}.") from error
        left = member.unused_data
    return bytes(unpacked)


def _too_large(limit: int) -> TracesTooLargeError:
    return TracesTooLargeError(f"The traces are larger than the {limit} bytes taken here.")


def decode_export(body: bytes, *, protobuf: bool) -> Export:
    """Return the spans of an unpacked body.

    Raises:
        MalformedTracesError: If it is not a trace export.
    """
    try:
        return decode_protobuf(body) if protobuf else decode_json(body)
    except RecursionError as error:
        raise MalformedTracesError("The body is nested too deeply.") from error


def encode_export_answer(*, protobuf: bool, rejections: list[str]) -> bytes:
    """Return the answer's body: empty success, or how many spans were rejected and why."""
    shown = "; ".join(rejections[:_SHOWN])
    more = len(rejections) - _SHOWN
    message = f"{shown}; and {more} more" if more > 0 else shown
    encode = encode_protobuf_answer if protobuf else encode_json_answer
    return encode(len(rejections), message)
