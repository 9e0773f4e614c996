import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from stepwell.settings import PARSERS, Settings, SettingsError, variable

DOCUMENTATION = Path(__file__).parents[1] / "docs" / "settings.md"


def documented() -> dict[str, str]:
    """Variable and default of each row of the table."""
    rows = re.findall(r"^\| `(STEPWELL_\w+)` \| `?([^|`]+?)`? \|", DOCUMENTATION.read_text(), re.MULTILINE)
    return dict(rows)


def test_an_empty_environment_means_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()


def test_an_empty_value_means_the_default() -> None:
    assert Settings.from_environment({"STEPWELL_DATABASE_URL": "", "STEPWELL_PORT": " "}) == Settings()


def test_each_setting_is_read_from_its_variable() -> None:
    environ = {
        "STEPWELL_DATABASE_URL": "postgresql://stepwell@db/stepwell",
        "STEPWELL_DATA_DIR": "/srv/stepwell",
        "STEPWELL_HOST": "::1",
        "STEPWELL_PORT": "9000",
        "STEPWELL_LOG_LEVEL": "DEBUG",
        "STEPWELL_POOL_SIZE": "3",
        "STEPWELL_STATEMENT_TIMEOUT_SECONDS": "2.5",
        "STEPWELL_DRAIN_SECONDS": "0",
        "STEPWELL_MAX_BODY_BYTES": "2048",
        "STEPWELL_MEMBER_PROFILE_VISIBLE": "True",
        "STEPWELL_SMTP_HOST": "mail.example",
        "STEPWELL_SMTP_PORT": "465",
        "STEPWELL_SMTP_TLS": "TLS",
        "STEPWELL_SMTP_USER": "flow",
        "STEPWELL_SMTP_PASSWORD": "let me in",
        "STEPWELL_MAIL_FROM": "flow@acme.example",
        "STEPWELL_MAIL_POSTAL_ADDRESS": "1 Quay, Oslo",
    }
    assert Settings.from_environment(environ) == Settings(
        database_url="postgresql://stepwell@db/stepwell",
        data_dir=Path("/srv/stepwell"),
        host="::1",
        port=9000,
        log_level="debug",
        pool_size=3,
        statement_timeout_seconds=2.5,
        drain_seconds=0.0,
        max_body_bytes=2048,
        member_profile_visible=True,
        smtp_host="mail.example",
        smtp_port=465,
        smtp_tls="tls",
        smtp_user="flow",
        smtp_password="let me in",
        mail_from="flow@acme.example",
        mail_postal_address="1 Quay, Oslo",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STEPWELL_DATABASE_URL", "not a url"),
        ("STEPWELL_PORT", "http"),
        ("STEPWELL_PORT", "0"),
        ("STEPWELL_PORT", "65536"),
        ("STEPWELL_PORT", "8_000"),
        ("STEPWELL_LOG_LEVEL", "loud"),
        ("STEPWELL_POOL_SIZE", "0"),
        ("STEPWELL_POOL_SIZE", "2.5"),
        ("STEPWELL_STATEMENT_TIMEOUT_SECONDS", "nan"),
        ("STEPWELL_STATEMENT_TIMEOUT_SECONDS", "0"),
        ("STEPWELL_DRAIN_SECONDS", "-1"),
        ("STEPWELL_MAX_BODY_BYTES", "10 MB"),
        ("STEPWELL_MEMBER_PROFILE_VISIBLE", "perhaps"),
        ("STEPWELL_SMTP_TLS", "ssl"),
        ("STEPWELL_MAIL_FROM", "Flow <flow@acme.example>"),
        ("STEPWELL_MAIL_FROM", "flow@acme.example\r\nBcc: x@y.example"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} must be "):
        Settings.from_environment({name: value})


@pytest.mark.parametrize(
    ("given", "needed"),
    [("STEPWELL_SMTP_HOST", "STEPWELL_MAIL_FROM"), ("STEPWELL_SMTP_USER", "STEPWELL_SMTP_PASSWORD")],
)
def test_what_a_setting_needs_besides_is_asked_for(given: str, needed: str) -> None:
    with pytest.raises(SettingsError, match=f"^{needed} must be set, because {given} is"):
        Settings.from_environment({given: "mail.example"})


def test_no_message_and_no_representation_shows_a_password() -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environment({"STEPWELL_DATABASE_URL": "postgresql://ada:secret@[db"})
    assert "secret" not in str(refusal.value)
    settings = Settings.from_environment({"STEPWELL_DATABASE_URL": "postgresql://ada:secret@db/x"})
    assert "secret" not in repr(settings)
    assert "secret" not in repr(Settings(smtp_password="secret"))


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]


def test_every_setting_can_be_read_and_is_documented_with_its_default() -> None:
    defaults = {}
    for setting in fields(Settings):
        default = getattr(Settings(), setting.name)
        text = f"{default:g}" if isinstance(default, float) else str(default)
        defaults[variable(setting.name)] = {"None": "none", "False": "false", "True": "true"}.get(text, text)
    assert {variable(name) for name in PARSERS} == set(defaults)
    assert documented() == defaults
