"""What documented answers are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class Shape(BaseModel):
    """The documented shape of an answer: every key it names is always there; includes come beside them."""

    model_config = ConfigDict(extra="allow", defer_build=True)  # few shapes are ever built


Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Instant = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$")]
