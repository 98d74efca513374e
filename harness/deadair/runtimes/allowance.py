"""What a run may do that is refused otherwise: said by a person, in a file that the command line names. Values only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from deadair.model.errors import ScenarioError


def _moment(text: str) -> str:
    try:
        if datetime.fromisoformat(text).tzinfo is None:
            raise ValueError
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no moment with a time zone: write `2026-12-01T18:00:00Z`") from None
    return text


class AttachedAllowance(BaseModel):
    """That a service which runs somewhere already may be put under load, and its ways be cut."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    host: Annotated[str, Field(min_length=1, max_length=253)]
    """Where it runs, as the target's sockets say it."""
    port: int = Field(ge=1, le=65_535)
    """Its port."""
    until: Annotated[str, AfterValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
    """Until when, with a time zone. A run that could last longer is refused."""
    said_by: Annotated[str, Field(min_length=1, max_length=200)]
    """Who said so."""

    @property
    def until_utc(self) -> datetime:
        """Until when."""
        return datetime.fromisoformat(self.until).astimezone(UTC)


class Allowance(BaseModel):
    """All that is allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    attached: tuple[AttachedAllowance, ...] = ()
    """Services that run somewhere already."""
    compose: tuple[str, ...] = ()
    """What a compose file may ask for of this machine, as the refusal names it: `services.web.container_name`."""


@dataclass(frozen=True, slots=True)
class ComposeRefusal:
    """One thing that a compose file asks for of this machine, and that nobody has allowed."""

    where: str
    """Its place in the file; so an allowance names it."""
    why: str


def refuse(file: object, refusals: Iterable[ComposeRefusal], allowance: Allowance) -> None:
    """Raise ScenarioError with a line for each refusal that is not allowed."""
    left = [one for one in refusals if one.where not in allowance.compose]
    if left:
        lines = "\n".join(f"{file}: {one.where}: {one.why}" for one in left)
        names = ", ".join(one.where for one in left)
        raise ScenarioError(
            f"{lines}\nTake it out of a copy of the file; or allow it: write `compose: [{names}]` into a file of your "
            "own, and name that with --allow FILE"
        )
