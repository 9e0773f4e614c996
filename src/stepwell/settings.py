"""Every setting of Stepwell, read from the environment. docs/settings.md lists them for operators."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

PREFIX = "STEPWELL_"
LOG_LEVELS = ("debug", "info", "warning", "error")
TLS_MODES = ("starttls", "tls", "none")
MAIL_ADDRESS = re.compile(r"[^@\s<>,;:\"\\()]{1,64}@[A-Za-z0-9.-]{1,255}")


class SettingsError(Exception):
    """A setting has a value that Stepwell cannot use; the message names its variable."""


@dataclass(frozen=True)
class Settings:
    """Each field is the variable STEPWELL_<FIELD IN CAPITALS>; unset or empty means the default."""

    database_url: str | None = field(default=None, repr=False)  # may hold a password
    """URL or keywords of a PostgreSQL server; None starts the embedded one in `data_dir`."""

    data_dir: Path = Path("data")
    """Folder for what is kept on disk: the embedded database and files. Made when missing."""

    host: str = "127.0.0.1"
    """Address to listen on. The default is reached from this machine only."""

    port: int = 8000
    """TCP port to listen on."""

    log_level: str = "info"
    """Least severe kind of message that is logged, one of LOG_LEVELS."""

    pool_size: int = 10
    """Most database connections that one server process holds."""

    statement_timeout_seconds: float = 15.0
    """The database ends a statement that runs longer than this."""

    drain_seconds: float = 4.0
    """How long a server that was asked to stop lets running requests finish."""

    max_body_bytes: int = 10 * 1024 * 1024
    """A request with a longer body is refused with 413."""

    finished_jobs_hours: int = 24
    """How long a job that is done is kept."""

    member_profile_visible: bool = False
    """Whether standard members may read the whole profile of other members."""

    comments_per_hour: int = 120
    """Most comments of one organization in any hour; 0: no limit."""

    guest_invites_per_hour: int = 30
    """Most guests that comments of one organization invite in any hour; 0: no limit."""

    public_url: str | None = None
    """Address at which people reach Stepwell, for links in what it sends; None: that of the server itself."""

    allow_private_webhooks: bool = False
    """Whether webhooks may go to private addresses and to this machine."""

    webhook_allow_hosts: frozenset[str] | None = None
    """Hosts that webhooks may go to although their addresses are private."""

    smtp_host: str | None = None
    """Server that takes outgoing mail; None: each mail is a file in `data_dir`/mail."""

    smtp_port: int = 587
    """TCP port of that server."""

    smtp_tls: str = "starttls"
    """How the connection to it is encrypted, one of TLS_MODES."""

    smtp_user: str | None = None
    """Account to send with; None: without signing in."""

    smtp_password: str | None = field(default=None, repr=False)
    """Password of that account."""

    mail_from: str = "stepwell@localhost"
    """Address that mails come from."""

    mail_postal_address: str | None = None
    """Line at the foot of mails that says who runs this installation."""

    @property
    def web_address(self) -> str:
        """What the address of every page begins with."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises SettingsError for the first variable that cannot be used."""
        given: dict[str, Any] = {}
        for name, parse in PARSERS.items():
            text = environ.get(variable(name), "").strip()
            if not text:  # compose files and unit files hand on unset variables as empty ones
                continue
            try:
                given[name] = parse(text)
            except ValueError as error:
                raise SettingsError(f"{variable(name)} {error}") from None
        for name, needed in (("smtp_host", "mail_from"), ("smtp_user", "smtp_password")):
            if name in given and needed not in given:
                raise SettingsError(f"{variable(needed)} must be set, because {variable(name)} is.")
        return cls(**given)


def variable(name: str) -> str:
    """The environment variable of the field `name`."""
    return PREFIX + name.upper()


def _connection_string(text: str) -> str:
    # The value may hold a password, so no message repeats it.
    try:
        conninfo_to_dict(text)
    except psycopg.ProgrammingError:
        raise ValueError("must be a PostgreSQL URL, such as postgresql://user@host/database") from None
    return text


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}, not {text!r}")
        return text.lower()

    return parse


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        # isdecimal alone would take digits of other scripts, int alone 1_000.
        value = int(text) if text.isascii() and text.isdecimal() else -1
        if not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}, not {text!r}")
        return value

    return parse


def _seconds(least: float, most: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:  # also false for nan
            raise ValueError(f"must be a number of seconds from {least:g} to {most:g}, not {text!r}")
        return value

    return parse


def _address(text: str) -> str:
    if not MAIL_ADDRESS.fullmatch(text):
        raise ValueError(f"must be an e-mail address, not {text!r}")
    return text


def _switch(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"must be true or false, not {text!r}")
    return text.lower() == "true"


def _web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", text, re.IGNORECASE):
        raise ValueError(f"must be an address such as https://flow.example.org, not {text!r}")
    return text.rstrip("/")


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in text.split(",") if name.strip())


PARSERS: Mapping[str, Callable[[str], object]] = {
    "database_url": _connection_string,
    "data_dir": Path,
    "host": str,
    "port": _whole(1, 65_535),
    "log_level": _one_of(*LOG_LEVELS),
    "pool_size": _whole(1, 1_000),
    "statement_timeout_seconds": _seconds(0.1, 3_600),
    "drain_seconds": _seconds(0, 600),
    "max_body_bytes": _whole(1_024, 1024 * 1024 * 1024),
    "finished_jobs_hours": _whole(1, 8_760),
    "member_profile_visible": _switch,
    "comments_per_hour": _whole(0, 1_000_000),
    "guest_invites_per_hour": _whole(0, 1_000_000),
    "public_url": _web_address,
    "allow_private_webhooks": _switch,
    "webhook_allow_hosts": _names,
    "smtp_host": str,
    "smtp_port": _whole(1, 65_535),
    "smtp_tls": _one_of(*TLS_MODES),
    "smtp_user": str,
    "smtp_password": str,
    "mail_from": _address,
    "mail_postal_address": str,
}
