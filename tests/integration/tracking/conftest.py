"""A name of its own for every test: those over a server share one."""

import itertools

import pytest


pytest.register_assert_rewrite("assay.testing.contracts")

_NUMBERS = itertools.count(1)


@pytest.fixture
def base() -> str:
    return f"eval{next(_NUMBERS)}x"
