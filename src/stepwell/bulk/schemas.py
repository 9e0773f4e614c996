"""Bodies and answers of actions on many processes or tasks: each of them succeeds or fails by itself."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from stepwell.http.body import Body
from stepwell.http.shapes import Hex, Shape
from stepwell.http.values import Flag, Identifier, PersonId
from stepwell.people.owners import Owners
from stepwell.processes.schemas import Due
from stepwell.tasks.edit_schemas import MISSING

MOST = 100


def _word(value: Any) -> Any:
    return value.strip().lower().replace("_", "-") if isinstance(value, str) else value


def _split(value: Any) -> Any:
    return [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Ids = Annotated[list[Identifier], BeforeValidator(_split), Field(min_length=1, max_length=MOST)]


class Parameters(Body):
    """What an action wants to know besides; each looks at its own."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({
        "is_approved", "owners", "deadline", "tag_id", "folder_id", "owner_id", "starred",
    })  # fmt: skip

    is_approved: Flag = MISSING
    owners: Owners = MISSING
    deadline: Due = MISSING
    tag_id: Identifier = MISSING
    folder_id: Identifier = MISSING
    owner_id: PersonId = MISSING
    starred: Flag = True


class ManyTasks(Body):
    """POST /tasks/bulk."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"params"})

    action: Annotated[
        Literal["complete", "reopen", "archive", "restore", "assign", "deadline", "tag", "move-folder"],
        BeforeValidator(_word),
    ]
    task_ids: Ids
    params: Parameters = Field(default_factory=Parameters)


class ManyProcesses(Body):
    """POST /runs/bulk."""

    nullable_as_absent: ClassVar[frozenset[str]] = frozenset({"params"})

    action: Annotated[
        Literal["archive", "activate", "delete", "tag", "move-folder", "owner", "star"],
        BeforeValidator(_word),
    ]
    run_ids: Ids
    params: Parameters = Field(default_factory=Parameters)


class OutcomeShape(Shape):
    """What became of one of them; a message when it was not done."""

    id: Hex
    ok: bool
    message: str | None
