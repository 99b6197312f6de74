"""A group of settings."""

from pydantic import BaseModel, ConfigDict


class Group(BaseModel):
    """Settings that belong together. They can't be changed, and an unknown name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
