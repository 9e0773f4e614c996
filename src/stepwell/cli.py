"""What an operator types. docs/command-line.md describes every command."""

from __future__ import annotations

import argparse
import dataclasses
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg

from stepwell import cli_commands, cli_server
from stepwell.db.embedded import EmbeddedServerError
from stepwell.organizations.setup import SetupRefused
from stepwell.settings import Settings, SettingsError

Commands = Any  # argparse gives its sub-parsers no public type
TALKATIVE = ("yoyo", "procrastinate")  # they tell of every step of a migration, and of every job
SERVERS = (cli_server.serve_forever, cli_server.work_forever)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 with the reason on standard error (2 for wrong usage)."""
    chosen = parser().parse_args(arguments)
    try:
        settings = _settings(chosen)
        level = settings.log_level.upper() if chosen.run in SERVERS else "ERROR"
        logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
        for library in TALKATIVE:
            logging.getLogger(library).setLevel(max(logging.getLogger().level, logging.WARNING))
        return int(chosen.run(settings, chosen))
    except (SettingsError, SetupRefused, EmbeddedServerError) as error:
        print(f"stepwell: {error}", file=sys.stderr)
    except psycopg.OperationalError as error:
        print(f"stepwell: the database cannot be reached: {str(error).strip()}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    whole = argparse.ArgumentParser(
        prog="stepwell",
        description="A self-hosted workflow platform.",
        epilog="The database is the one that STEPWELL_DATABASE_URL names, or the embedded one in --data-dir. "
        "Other settings come from the environment; docs/settings.md lists them.",
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    _add_servers(commands)
    _add_organizations(commands)
    _add_members(commands)
    _add_tokens(commands)
    _add_mails(commands)
    return whole


def _command(
    commands: Commands, name: str, run: Callable[[Settings, argparse.Namespace], int], about: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=about, description=f"{about.capitalize()}."
    )
    command.add_argument("--data-dir", type=Path, help="folder of the embedded database (default: data)")
    command.set_defaults(run=run)
    return command


def _group(commands: Commands, name: str, about: str) -> Commands:
    return commands.add_parser(name, help=about).add_subparsers(required=True, metavar="COMMAND")


def _add_servers(commands: Commands) -> None:
    serving = _command(commands, "serve", cli_server.serve_forever, "answer requests and work on jobs")
    serving.add_argument("--port", type=_port, help="TCP port (default: 8000)")
    serving.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    serving.add_argument("--demo", action="store_true", help="fill a demo organization, if there is none yet")
    serving.add_argument("--no-worker", action="store_true", help="leave jobs to `stepwell worker`")
    _command(commands, "worker", cli_server.work_forever, "work on jobs only")
    _command(commands, "migrate", cli_server.migrate_now, "bring the database's schema up to date")
    _command(commands, "doctor", cli_server.check_health, "check that this installation can work")


def _add_organizations(commands: Commands) -> None:
    organizations = _group(commands, "organization", "add or list organizations")
    adding = _command(
        organizations, "add", cli_commands.add_organization, "add an organization and print its id"
    )
    adding.add_argument("name")
    adding.add_argument("--timezone", default="UTC", help="such as Europe/Paris (default: UTC)")
    _command(organizations, "list", cli_commands.list_organizations, "print id and name of each organization")


def _add_members(commands: Commands) -> None:
    members = _group(commands, "member", "add or list members of an organization")
    adding = _inside(
        _command(members, "add", cli_commands.add_member, "add an active member and print the id")
    )
    adding.add_argument("--email", required=True)
    adding.add_argument("--role", required=True, choices=("admin", "standard", "light"))
    adding.add_argument("--first-name", required=True)
    adding.add_argument("--last-name", required=True)
    adding.add_argument("--timezone", help="the organization's, unless given")
    adding.add_argument(
        "--password-stdin",
        action="store_true",
        help="read a password from standard input; else there is none",
    )
    _inside(_command(members, "list", cli_commands.list_members, "print id, address, role, status and name"))
    guests = _group(commands, "guest", "add guests of an organization")
    inviting = _inside(_command(guests, "add", cli_commands.add_guest, "add a guest and print the id"))
    inviting.add_argument("--email", required=True)
    inviting.add_argument("--first-name", default="")
    inviting.add_argument("--last-name", default="")
    groups = _group(commands, "group", "add groups of people")
    grouping = _inside(_command(groups, "add", cli_commands.add_group, "add a group and print its id"))
    grouping.add_argument("--name", required=True)
    grouping.add_argument("--description", default="")
    for kind in ("member", "guest"):
        grouping.add_argument(
            f"--{kind}", action="append", default=[], metavar="EMAIL", help="may be given several times"
        )


def _add_tokens(commands: Commands) -> None:
    tokens = _group(commands, "token", "create or revoke API tokens")
    creating = _inside(
        _command(tokens, "create", cli_commands.create_token, "print a new API token of a member")
    )
    creating.add_argument("--email", required=True)
    creating.add_argument("--name", required=True, help="what the token is for")
    creating.add_argument("--days", type=_days, help="how long it is valid (default: until it is revoked)")
    revoking = _inside(_command(tokens, "revoke", cli_commands.revoke_token, "end API tokens of a member"))
    revoking.add_argument("--email", required=True)
    which = revoking.add_mutually_exclusive_group(required=True)
    which.add_argument("--name", help="those of this name")
    which.add_argument("--all", action="store_true", help="every token of the member")


def _add_mails(commands: Commands) -> None:
    mails = _group(commands, "mail", "look at outgoing mail")
    listing = _inside(
        _command(mails, "list", cli_commands.list_mails, "print what became of the latest mails")
    )
    listing.add_argument("--state", choices=("queued", "sent", "failed", "dropped"), help="only these")
    listing.add_argument("--count", type=_lines, default=50, help="at most so many lines (default: 50)")
    retrying = _inside(_command(mails, "retry", cli_commands.retry_mails, "send failed mails again"))
    retrying.add_argument("--mail", metavar="ID", help="this one (default: all that failed)")


def _inside(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("--organization", required=True, metavar="ID")
    return command


def _port(text: str) -> int:
    return _between(text, 1, 65_535)


def _days(text: str) -> int:
    return _between(text, 1, 36_500)


def _lines(text: str) -> int:
    return _between(text, 1, 10_000)


def _between(text: str, least: int, most: int) -> int:
    value = int(text) if text.isascii() and text.isdecimal() else -1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}, not {text!r}")
    return value


def _settings(chosen: argparse.Namespace) -> Settings:
    settings = Settings.from_environment(os.environ)
    given = {
        name: value
        for name in ("data_dir", "port", "host")
        if (value := getattr(chosen, name, None)) is not None
    }
    return dataclasses.replace(settings, **given)


if __name__ == "__main__":
    sys.exit(main())
