"""Big answers about ended runs, kept as they were sent: the second reader waits for nothing."""

import hashlib
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property

from assay._version import __version__
from assay.apps.server.key_locks import KeyLocks


MAX_BYTES = 256 * 1024 * 1024
_GZIP = 31  # zlib's window bits of a gzip stream


@dataclass(frozen=True)
class Answer:
    """The body of an answer with its validator.

    Attributes:
        name: What tells it from every other answer; where it is empty, only the body does.
    """

    body: bytes
    name: str = ""

    @cached_property
    def tag(self) -> str:
        """The entity tag."""
        told = self.name.encode() or self.body
        return f'W/"{hashlib.sha256(told).hexdigest()[:32]}"'

    @cached_property
    def gzipped(self) -> bytes:
        """The body as a gzip stream."""
        packer = zlib.compressobj(1, wbits=_GZIP)
        return packer.compress(self.body) + packer.flush()


class AnswerCache:
    """The answers used last, up to a number of bytes over all."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        """Take the bound."""
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._guard = threading.Lock()
        self._making = KeyLocks()

    def answer(self, key: Hashable | None, make: Callable[[], bytes]) -> Answer:
        """Return what ``make`` makes, or what it made for ``key`` before.

        Two who ask at once make it once. None is the key of what may change.
        """
        if key is None:
            return Answer(make())
        with self._making.hold(str(key)):
            with self._guard:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            made = Answer(make(), f"{__version__} {key}")
            self._keep(key, made)
            return made

    def _keep(self, key: Hashable, made: Answer) -> None:
        with self._guard:
            self._kept[key] = made
            while sum(len(answer.body) for answer in self._kept.values()) > self._max_bytes:
                self._kept.popitem(last=False)
