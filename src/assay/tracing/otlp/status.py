"""``google.rpc.Status``: what OTLP/HTTP answers to a request that cannot be taken.

Its two fields are written by hand (number, length, bytes), for the message type lives in
another package: https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto
"""

_CODE_TAG = b"\x08"
_MESSAGE_TAG = b"\x12"


def encode_status(code: int, message: str) -> bytes:
    """Return the protobuf bytes of a status with ``code`` and ``message``."""
    text = message.encode("utf-8", "replace")
    return _CODE_TAG + _varint(code) + _MESSAGE_TAG + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
