"""What the commands on organizations, people, tokens and mails do; ids and tokens go to standard output."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg

from stepwell.db.starting import prepare_database
from stepwell.http.values import uuid_of
from stepwell.mail.log import latest_mails, retry_failed
from stepwell.organizations import lookup, setup
from stepwell.organizations.setup import NewMember, Owner, SetupRefused
from stepwell.settings import Settings


@contextmanager
def owner_of(settings: Settings) -> Iterator[Owner]:
    """A transaction as the schema's owner, on a database that is up to date; committed when the block ends."""
    databases = prepare_database(settings)
    try:
        with psycopg.connect(databases.conninfo) as owner:
            yield owner
    finally:
        databases.release()


def add_organization(settings: Settings, chosen: argparse.Namespace) -> int:
    with owner_of(settings) as owner:
        print(setup.create_organization(owner, chosen.name, chosen.timezone, _now()).hex)
    return 0


def list_organizations(settings: Settings, chosen: argparse.Namespace) -> int:
    del chosen
    with owner_of(settings) as owner:
        for organization_id, name in lookup.organizations(owner):
            print(f"{organization_id.hex}  {name}")
    return 0


def add_member(settings: Settings, chosen: argparse.Namespace) -> int:
    password = sys.stdin.readline().rstrip("\r\n") if chosen.password_stdin else None
    if chosen.password_stdin and not password:
        raise SetupRefused("--password-stdin was given, but standard input holds no password.")
    with owner_of(settings) as owner:
        organization_id = _organization(owner, chosen)
        zone = chosen.timezone or lookup.timezone_of(owner, organization_id)
        member = NewMember(
            chosen.email, chosen.role, chosen.first_name, chosen.last_name, password, timezone=zone
        )
        print(setup.add_member(owner, organization_id, member, _now()))
    return 0


def list_members(settings: Settings, chosen: argparse.Namespace) -> int:
    with owner_of(settings) as owner:
        for row in lookup.members(owner, _organization(owner, chosen)):
            print("  ".join(str(column) for column in row))
    return 0


def add_guest(settings: Settings, chosen: argparse.Namespace) -> int:
    with owner_of(settings) as owner:
        names = {"first_name": chosen.first_name, "last_name": chosen.last_name}
        print(setup.add_guest(owner, _organization(owner, chosen), chosen.email, _now(), **names))
    return 0


def add_group(settings: Settings, chosen: argparse.Namespace) -> int:
    with owner_of(settings) as owner:
        organization_id = _organization(owner, chosen)
        people = [
            lookup.person_of(owner, organization_id, email)
            for email in dict.fromkeys([*chosen.member, *chosen.guest])
        ]
        group = setup.create_group(owner, organization_id, chosen.name, people, _now(), chosen.description)
        print(group.hex)
    return 0


def create_token(settings: Settings, chosen: argparse.Namespace) -> int:
    now = _now()
    with owner_of(settings) as owner:
        user_id = lookup.member_of(owner, _organization(owner, chosen), chosen.email)
        expires_at = now + timedelta(days=chosen.days) if chosen.days else None
        token = setup.create_token(owner, user_id, chosen.name, now, expires_at)
    print(token)  # only now: the token is of use once the transaction is committed
    return 0


def revoke_token(settings: Settings, chosen: argparse.Namespace) -> int:
    with owner_of(settings) as owner:
        user_id = lookup.member_of(owner, _organization(owner, chosen), chosen.email)
        count = lookup.revoke_tokens(owner, user_id, None if chosen.all else chosen.name, _now())
        if count == 0:
            raise SetupRefused(f"{chosen.email} has no such token that is still valid.")
    print(f"Revoked {count} token{'' if count == 1 else 's'} of {chosen.email}.")
    return 0


def list_mails(settings: Settings, chosen: argparse.Namespace) -> int:
    with owner_of(settings) as owner:
        found = latest_mails(owner, _organization(owner, chosen), chosen.state, chosen.count)
        for mail_id, at, state, email, subject, error in found:
            reason = f"  ({error})" if error else ""
            print(
                f"{mail_id.hex}  {at.astimezone(UTC):%Y-%m-%d %H:%M}  {state:7}  {email}  {subject}{reason}"
            )
    return 0


def retry_mails(settings: Settings, chosen: argparse.Namespace) -> int:
    mail_id = uuid_of(chosen.mail) if chosen.mail else None
    if chosen.mail and mail_id is None:
        raise SetupRefused(f"{chosen.mail!r} is no id of a mail: it has 32 hexadecimal digits.")
    with owner_of(settings) as owner:
        count = retry_failed(owner, _organization(owner, chosen), mail_id, _now())
    print(f"{count} recipient{'' if count == 1 else 's'} will be written to again.")
    return 0


def _organization(owner: Owner, chosen: argparse.Namespace) -> UUID:
    wanted = uuid_of(chosen.organization)
    if wanted is None:
        raise SetupRefused(f"{chosen.organization!r} is no organization id: it has 32 hexadecimal digits.")
    lookup.timezone_of(owner, wanted)
    return wanted


def _now() -> datetime:
    return datetime.now(UTC)
