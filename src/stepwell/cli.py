"""What an operator types."""

from __future__ import annotations

import argparse
import dataclasses
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from stepwell.server import prepare_database, serve
from stepwell.settings import Settings, SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 with the reason on standard error."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        settings = _settings(chosen)
        logging.basicConfig(
            level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s"
        )
        return int(chosen.run(settings, chosen))
    except SettingsError as error:
        print(f"stepwell: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stepwell", description="A self-hosted workflow platform.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = commands.add_parser("serve", help="answer requests and work on jobs")
    serving.add_argument("--data-dir", type=Path, help="folder of the embedded database and of demo.json")
    serving.add_argument("--port", type=int)
    serving.add_argument("--host")
    serving.add_argument(
        "--demo", action="store_true", help="fill a demo organization first, if there is none yet"
    )
    serving.add_argument("--no-worker", action="store_true", help="leave jobs to other processes")
    serving.set_defaults(run=run_serve)
    migrating = commands.add_parser("migrate", help="bring the database's schema up to date")
    migrating.add_argument("--data-dir", type=Path)
    migrating.set_defaults(run=run_migrate)
    return parser


def _settings(chosen: argparse.Namespace) -> Settings:
    settings = Settings.from_environment(os.environ)
    given = {
        name: value
        for name in ("data_dir", "port", "host")
        if (value := getattr(chosen, name, None)) is not None
    }
    return dataclasses.replace(settings, **given)


def run_serve(settings: Settings, chosen: argparse.Namespace) -> int:
    databases = prepare_database(settings)
    try:
        uvloop.run(serve(settings, databases.conninfo, worker=not chosen.no_worker))
    finally:
        databases.release()
    return 0


def run_migrate(settings: Settings, chosen: argparse.Namespace) -> int:
    del chosen
    prepare_database(settings).release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
