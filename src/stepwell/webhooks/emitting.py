"""Sending what a rule has emitted: the target task's payload to the rule's address, in one attempt (T-169)."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from stepwell.access.members import ADMIN, Member
from stepwell.db.pool import Tenant
from stepwell.engine.model import Action, Process, Rule
from stepwell.errors import NotFound
from stepwell.processes.loading import load_process
from stepwell.services import Services
from stepwell.settings import Settings
from stepwell.webhooks.payload import task_payload
from stepwell.webhooks.posting import Allowed, post

log = logging.getLogger("stepwell.webhooks")
EVENT = "automation.webhook"
EMITTED = """
    SELECT object_id, at, why FROM events
     WHERE organization_id = %(organization_id)s AND subject_id = %(process_id)s AND number = %(number)s
       AND verb = 'emitted' AND field = 'webhook'
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    url: str
    body: bytes
    at: datetime


async def emit(services: Services, organization_id: UUID, process_id: UUID, number: int) -> None:
    """Make the one attempt for an event of a process; how it ended is logged and changes nothing.

    A worker that was killed does it once more, with the same delivery id.
    """
    async with services.db.reading(Member(organization_id, 0, ADMIN)) as tenant:
        delivery = await _delivery(services, tenant, process_id, number)
    if delivery is None:
        return
    delivery_id = uuid5(process_id, str(number))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "stepwell-webhook/1",
        "X-Tallyfy-orgID": organization_id.hex,
        "X-Webhook-Event": EVENT,
        "X-Webhook-Delivery": str(delivery_id),
        "X-Webhook-Timestamp": str(int(services.clock().timestamp())),
    }
    allowed = allowed_by(services.settings)
    outcome = await asyncio.to_thread(post, delivery.url, delivery.body, headers, allowed)
    log.log(
        logging.INFO if outcome.ok else logging.WARNING,
        "webhook_%s delivery=%s process=%s status=%s seconds=%.2f error=%s",
        "sent" if outcome.ok else "failed",
        delivery_id,
        process_id.hex,
        outcome.status,
        outcome.seconds,
        outcome.error,
    )


def allowed_by(settings: Settings) -> Allowed:
    """Which addresses that are not public the operator lets webhooks go to."""
    return Allowed(settings.allow_private_webhooks, settings.webhook_allow_hosts or ())


async def _delivery(services: Services, tenant: Tenant, process_id: UUID, number: int) -> Delivery | None:
    """What is to be sent where; None when the process, the task or the address is gone."""
    event = await tenant.fetch_first(EMITTED, {"process_id": process_id, "number": number})
    if event is None:
        return None
    task_id, at, why = event
    try:
        loaded = await load_process(tenant, services.versions, None, process_id, lock=False)
    except NotFound:
        return None
    found = _action_of(loaded.process, why)
    if found is None or task_id not in loaded.process.tasks:
        return None
    rule, action = found
    payload: dict[str, Any] = {
        "event": EVENT,
        "automation": {"id": rule.id.hex, "alias": rule.name, "alias_name": action.alias_name},
        **await task_payload(tenant, loaded, task_id, services.settings),
    }
    body = json.dumps(payload, ensure_ascii=False).encode()
    return Delivery(str(action.webhook_url), body, at)


def _action_of(process: Process, why: dict[str, Any]) -> tuple[Rule, Action] | None:
    rules = process.version.rules if process.version is not None else ()
    rule = next((one for one in rules if one.id.hex == why["automation_id"]), None)
    place = int(why["action"])
    if rule is None or place >= len(rule.actions) or not rule.actions[place].webhook_url:
        return None
    return rule, rule.actions[place]
