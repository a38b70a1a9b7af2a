"""Big answers about ended runs, kept as they were sent: the second reader waits for nothing."""

import hashlib
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import cached_property

from assay._version import __version__
from assay.apps.server.key_locks import KeyLocks


MAX_BYTES = 256 * 1024 * 1024
_GZIP = 31  # zlib's window bits of a gzip stream


class Answer:
    """The body of an answer, in pieces, with its validator.

    A piece is made when somebody needs it first, and kept: the beginning of a big body is
    on its way while the rest is being made. Several threads may read at once.

    Args:
        pieces: What the body is made of, in order; a list is whole as it is.
        name: What tells it from every other answer; where it is empty, only the body does.

    Attributes:
        whole: Whether every piece is made.
        failed: Whether one could not be made.
    """

    def __init__(self, pieces: Iterable[bytes], name: str = "") -> None:
        self.whole = isinstance(pieces, list)
        self.failed = False
        self._name = name
        self._made: list[bytes] = pieces if isinstance(pieces, list) else []
        self._source = iter(pieces)
        self._guard = threading.Lock()

    def piece(self, number: int) -> bytes | None:
        """Return a piece, counted from 0, after making it where need be; None past the last.

        Raises:
            Exception: What making it raised, for whoever was first; later ``RuntimeError``.
        """
        with self._guard:
            while number >= len(self._made) and not self.whole:
                self._make()
            return self._made[number] if number < len(self._made) else None

    def _make(self) -> None:
        if self.failed:
            raise RuntimeError("the answer could not be made; whoever asked first was told why")
        try:
            self._made.append(next(self._source))
        except StopIteration:
            self.whole = True
        except BaseException:
            self.failed = True
            raise

    def __iter__(self) -> Iterator[bytes]:
        """Yield every piece."""
        number = 0
        while (piece := self.piece(number)) is not None:
            yield piece
            number += 1

    @property
    def held_bytes(self) -> int:
        """How many bytes are in memory, of the pieces made so far and compressed."""
        packed = self.__dict__.get("gzipped", b"")
        return sum(map(len, self._made)) + len(packed)

    @property
    def size(self) -> int:
        """The length of the body in bytes; makes every piece."""
        return sum(map(len, self))

    @property
    def body(self) -> bytes:
        """The body at once."""
        return b"".join(self)

    @cached_property
    def tag(self) -> str:
        """The entity tag."""
        told = hashlib.sha256()
        for part in [self._name.encode()] if self._name else self:
            told.update(part)
        return f'W/"{told.hexdigest()[:32]}"'

    @cached_property
    def gzipped(self) -> bytes:
        """The body as a gzip stream."""
        packer = zlib.compressobj(1, wbits=_GZIP)
        return b"".join([*map(packer.compress, self), packer.flush()])


class AnswerCache:
    """The answers used last, up to a number of bytes over all."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        """Take the bound."""
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._guard = threading.Lock()
        self._making = KeyLocks()

    def answer(self, key: Hashable | None, make: Callable[[], Iterable[bytes]]) -> Answer:
        """Return what ``make`` makes, or what it made for ``key`` before; its first piece is made.

        Two who ask at once make it once. None is the key of what may change.
        """
        if key is None:
            return _begun(Answer(make()))
        with self._making.hold(str(key)):
            return self._found(key) or self._keep(key, _begun(Answer(make(), _name(key))))

    def _found(self, key: Hashable) -> Answer | None:
        with self._guard:
            self._shrink()
            found = self._kept.get(key)
            if found is None or found.failed:
                return None
            self._kept.move_to_end(key)
            return found

    def _keep(self, key: Hashable, made: Answer) -> Answer:
        with self._guard:
            self._kept[key] = made
            self._shrink()
        return made

    def _shrink(self) -> None:
        """Let go of what was used longest ago; an answer may have grown since it was kept."""
        while sum(answer.held_bytes for answer in self._kept.values()) > self._max_bytes:
            self._kept.popitem(last=False)


def _begun(answer: Answer) -> Answer:
    """Make the first piece, so that what cannot be made is known before anything is sent."""
    answer.piece(0)
    return answer


def _name(key: Hashable) -> str:
    return f"{__version__} {key}"
