"""Names of an older interface, for code that is being moved; each use warns.

They do what their successors do, with the same results: ``evaluate``, ``evaluator`` and
``aevaluator`` are those of ``assay``, ``EvaluationContext`` is ``ExperimentContext``,
``EvaluationRun`` is ``ExperimentRun`` and ``EvaluationResult`` is
``ExperimentResultSummary``. Importing a name is silent; calling it warns.
"""

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from typing_extensions import override


__all__ = [
    "EvaluationContext",
    "EvaluationResult",
    "EvaluationRun",
    "aevaluator",
    "evaluate",
    "evaluator",
]

_HOMES = {
    "ExperimentContext": "assay.experiments.context",
    "ExperimentResultSummary": "assay.experiments.models",
    "ExperimentRun": "assay.experiments.models",
    "aevaluator": "assay.experiments.evaluators",
    "evaluate": "assay.experiments.evaluate",
    "evaluator": "assay.experiments.evaluators",
}


def _home(name: str) -> Any:
    return getattr(import_module(_HOMES[name]), name)


def _warn(old: str, new: str) -> None:
    """Warn the code that called what called this."""
    warnings.warn(
        f"assay.evaluation.{old} is deprecated; use assay.{new}.",
        DeprecationWarning,
        stacklevel=3,
    )


def evaluate(*args: Any, **kwargs: Any) -> Any:
    """Do what ``assay.evaluate`` does."""
    _warn("evaluate", "evaluate")
    return _home("evaluate")(*args, **kwargs)


def evaluator(*args: Any, **kwargs: Any) -> Any:
    """Do what ``assay.evaluator`` does."""
    _warn("evaluator", "evaluator")
    return _home("evaluator")(*args, **kwargs)


def aevaluator(*args: Any, **kwargs: Any) -> Any:
    """Do what ``assay.aevaluator`` does."""
    _warn("aevaluator", "aevaluator")
    return _home("aevaluator")(*args, **kwargs)


class _Renamed(type):
    """The type of a name that stands for a class of another name."""

    successor: str

    @override
    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an instance of the successor."""
        _warn(cls.__name__, cls.successor)
        return _home(cls.successor)(*args, **kwargs)

    @override
    def __instancecheck__(cls, instance: object) -> bool:
        """Return whether it is an instance of the successor."""
        return isinstance(instance, _home(cls.successor))

    def __getattr__(cls, name: str) -> Any:
        """Return what the successor has under that name."""
        if name.startswith("__"):
            raise AttributeError(name)
        _warn(cls.__name__, cls.successor)
        return getattr(_home(cls.successor), name)


if TYPE_CHECKING:
    from assay.experiments.context import ExperimentContext as EvaluationContext
    from assay.experiments.models import ExperimentResultSummary as EvaluationResult
    from assay.experiments.models import ExperimentRun as EvaluationRun
else:

    class EvaluationContext(metaclass=_Renamed):
        """The older name of ``assay.ExperimentContext``."""

        successor = "ExperimentContext"

    class EvaluationRun(metaclass=_Renamed):
        """The older name of ``assay.ExperimentRun``."""

        successor = "ExperimentRun"

    class EvaluationResult(metaclass=_Renamed):
        """The older name of ``assay.ExperimentResultSummary``."""

        successor = "ExperimentResultSummary"
