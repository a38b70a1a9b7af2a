"""Who acts: named in every audit, never empty."""

import getpass
import os
from collections.abc import Callable, Mapping


_CI_VARIABLES = (
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "BITBUCKET_STEP_TRIGGERER_UUID",
    "CIRCLE_USERNAME",
    "BUILDKITE_BUILD_CREATOR",
    "BUILD_REQUESTEDFOR",
    "BUILD_USER_ID",
)


def acting(
    name: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    login: Callable[[], str] = getpass.getuser,
) -> str:
    """Return who acts: the given name, whom CI acts for, or the login name.

    Args:
        name: What the caller said; blank counts as nothing.
        environ: The environment; None for the process's own.
        login: Returns the login name; it may raise where there is none.
    """
    variables = os.environ if environ is None else environ
    named = (name, *(variables.get(variable) for variable in _CI_VARIABLES))
    found = next((given.strip() for given in named if given and given.strip()), None)
    if found is not None:
        return found
    try:
        return login() or _number()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return _number()


def _number() -> str:
    return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"
