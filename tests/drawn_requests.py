"""Requests that are drawn from the OpenAPI document: what the tests that send them share."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from stepwell.http.openapi import openapi_document
from tests.world import REFERENCES, World


@cache
def loaded() -> Any:
    """The document as the tool that draws requests from it takes it; read once, since it is long."""
    from schemathesis import openapi  # its import takes a second, which other tests need not wait for

    document = openapi.from_dict(openapi_document())
    document.config.generation.update(with_security_parameters=False)  # the tests sign in
    document.config.phases.stateful.inference.algorithms = []  # the document has its links
    return document


def documented() -> list[Any]:
    """The checks that an answer is one that the document announces."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    return [not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
            checks.response_schema_conformance]  # fmt: skip


def name_what_exists(body: Any, world: World, chance: Random) -> None:
    """Put ids of real objects where a drawn body names some, since a drawn id never exists."""
    for key in [key for key in body if key in REFERENCES] if isinstance(body, dict) else []:
        if chance.random() < 0.7:
            real = world.ids[REFERENCES[key]]
            body[key] = [real] if isinstance(body[key], list) else real
    if isinstance(body, dict) and "subject_id" in body and chance.random() < 0.7:
        body |= {"subject_id": world.ids["process"], "subject_type": "Run"}
        if "folder_id" in body:
            body["folder_id"] = world.ids["process folder"]
