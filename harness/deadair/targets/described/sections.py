"""The parts of a target file that speak of nothing but themselves: names, texts, questions over HTTP. Pure values."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from deadair.model.excerpt import excerpt

NAME = r"^[a-z][a-z0-9_-]{0,39}$"
LINK = r"^[a-z][a-z0-9_-]{0,39}(→[a-z][a-z0-9_-]{0,39})?$"


class Section(BaseModel):
    """Base of all parts."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _name(text: str) -> str:
    if re.fullmatch(NAME, text) is None:
        raise ValueError(f"{excerpt(text)} cannot be a name: write small letters, digits, `_` and `-`, 40 at most")
    return text


def _link(text: str) -> str:
    name = text.replace("->", "→")
    if re.fullmatch(LINK, name) is None:
        raise ValueError(
            f"{excerpt(text)} cannot name a link: write `uplink`, or `from→to` with the two names that it joins"
        )
    return name


PartName = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": NAME})]
LinkName = Annotated[str, AfterValidator(_link), WithJsonSchema({"type": "string"})]
PlaceName = Annotated[str, AfterValidator(lambda text: text.replace("->", "→")), WithJsonSchema({"type": "string"})]
"""A node or a link of the target."""
Template = Annotated[str, Field(max_length=20_000)]
"""A text in which names in braces are put in: see ``templates.py``."""
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]
Command = Annotated[tuple[Template, ...], Field(min_length=1, max_length=200)]
"""A program and its arguments. Nothing of it goes through a shell."""


class HttpQuestion(Section):
    """A request to a socket of the target, directly: no link of it is in between."""

    socket: PartName
    """The socket that is asked."""
    path: Template = "/"
    """The path, with its query."""
    method: Annotated[str, Field(pattern=r"^[A-Z]{1,10}$")] = "GET"
    """The HTTP method."""
    headers: dict[str, Template] = Field(default={}, max_length=200)
    """Its headers."""
    body: Template = ""
    """Its body."""


class SqlQuestion(Section):
    """A query of an SQLite file, which is opened for reading only."""

    file: Template
    """The file."""
    query: str = Field(min_length=1, max_length=20_000)
    """The query. A `:account` in it is the account of the patient that is asked for."""
