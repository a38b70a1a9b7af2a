"""What a suite consists of: its eval types, and the prompt versions they run with."""

from collections.abc import Mapping, Sequence

from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.ledger import PromptRegistry
from assay.core.prompts import PromptVersion
from assay.gate.config import EvalTypeConfig, GateConfig


def suite_members(config: GateConfig, suite: str) -> tuple[str, ...]:
    """Return the eval types of a suite; ``full`` is all declared ones if nobody says otherwise.

    Raises:
        InvalidInputError: There is no such suite, or it is empty.
    """
    members = config.suites.get(suite)
    if members is None and suite == "full":
        members = tuple(config.eval_types)
    if not members:
        known = ", ".join(config.suites) or "none"
        where = config.source if config.source is not None else "no config file was found"
        raise InvalidInputError(
            f"There is no suite {suite!r} with eval types; suites: {known} ({where}). "
            f"Declare it as gate.suites.{suite} = [...]."
        )
    return members


def declared(config: GateConfig, name: str) -> EvalTypeConfig:
    """Return an eval type that can be run.

    Raises:
        InvalidInputError: It is not declared.
    """
    kind = config.eval_types.get(name)
    if kind is None:
        known = ", ".join(config.eval_types) or "none"
        raise InvalidInputError(
            f"The eval type {name!r} is not declared, so it cannot be run; declared: {known}. "
            f"Add a table gate.eval_types.{name} with dataset, candidate and scorers."
        )
    return kind


def active_prompts(
    ledger: PromptRegistry,
    config: GateConfig,
    kinds: Sequence[EvalTypeConfig],
    *,
    given: Mapping[str, PromptVersion],
) -> dict[str, PromptVersion]:
    """Return the version of every prompt that these eval types use, read once.

    Raises:
        NotFoundError: A prompt, or its alias, does not exist.
        LedgerError: The ledger cannot be read.
    """
    active = dict(given)
    for name in dict.fromkeys(name for kind in kinds for name in kind.prompts):
        if name in active:
            continue
        version = ledger.read_alias(name, config.prompt_alias)
        if version is None:
            raise NotFoundError(
                f"The prompt {name!r} has no alias {config.prompt_alias!r}, which says the version "
                "to run with; set it, or name another alias as gate.prompt_alias."
            )
        active[name] = ledger.get_version(name, version)
    return active
