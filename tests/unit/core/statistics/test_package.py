"""The package as a whole: light to import, worked values that hold, one honest face."""

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

from assay.core import statistics


MODULES = [
    module.name
    for module in pkgutil.iter_modules(statistics.__path__)
    if not module.name.startswith("_")
]


def test_importing_the_package_loads_no_numpy_and_no_scipy() -> None:
    code = (
        "import sys, assay.core.statistics; "
        "print(sorted({'numpy', 'scipy', 'statsmodels'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.strip() == "[]"


def test_the_face_is_sorted_and_every_name_is_there() -> None:
    assert sorted(statistics.__all__) == statistics.__all__
    assert [name for name in statistics.__all__ if not hasattr(statistics, name)] == []


@pytest.mark.parametrize("name", MODULES)
def test_worked_values_in_docstrings_hold(name: str) -> None:
    module = importlib.import_module(f"{statistics.__name__}.{name}")
    assert doctest.testmod(module).failed == 0


def test_every_public_function_has_a_worked_value_and_says_what_it_raises() -> None:
    functions = [getattr(statistics, name) for name in statistics.__all__ if name.islower()]
    lacking = [
        function.__name__
        for function in functions
        if ">>> " not in function.__doc__ or "Raises:" not in function.__doc__
    ]
    assert lacking == []
