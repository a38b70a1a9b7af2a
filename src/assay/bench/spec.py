"""The base of everything a task file may say: closed, immutable, no unknown keys."""

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """One block of a task file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=False
    )
