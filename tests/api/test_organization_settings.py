"""An administrator changes the organization; what follows from a setting is seen elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from stepwell.organizations.colors import contrast
from stepwell.organizations.schemas import OrganizationShape
from stepwell.organizations.settings_commands import NOT_SUITABLE
from stepwell.organizations.settings_schemas import BrandingShape
from tests.api.drawn import asks, draw, step
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@pytest.fixture
def harbour(database: str, server: Server) -> Iterator[House]:
    """An organization of the test's own."""
    with make_house(database, server.origin, "Harbour") as made:
        yield made


def errors(client: Client, body: Any) -> Any:
    answer = client.put("", json=body)
    assert answer.status_code == 422, answer.text
    return answer.json()["errors"]


CHANGES: dict[str, Any] = {
    "name": "Harbour Foods", "description": "Fish", "industry": "Food", "address1": "Quai 1", "address2": "B",
    "address3": "C", "city": "Brest", "state": "Bretagne", "zipcode": "29200", "country": "FR",
    "welcome_title": "Hello", "welcome_description": "Come in", "org_logo": "https://cdn.example/logo.png",
    "home_bg": "https://cdn.example/bg.png", "live_support_enabled": 1, "timezone": "Europe/Paris",
    "team_size": [5, 10], "signup_survey": "x", "purpose": "y", "process_today": "z", "analytics_enabled": False,
    "sso_default_role": "standard", "auto_join_signups": True, "google_analytics_id": "G-ABC123",
    "mixpanel_token": "abc", "guest_onboarding_snippet": "<p>Hi</p>", "homepage_snippet": "<p>Home</p>",
    "onboarding_snippet": "<p>New</p>", "light_role_error_snippet": "<p>Ask</p>",
    "maximum_group_assignment_limit": 9, "allow_user_invite": False, "allow_manage_groups": False,
    "deadline_setting": "custom", "wyiwyg": False, "cadence_days": ["Monday"], "guest_cadence_days": [],
    "default_deadline": {"type": "hours", "value": 8}, "auto_archive": True,
    "auto_archive_processes_after": {"unit": "days", "value": 30}, "auto_complete_tasks": False,
    "auto_complete_task_months": 6, "send_reminders_future_start": False, "restrict_blueprint_permissions": True,
    "allow_standard_create_templates": False, "extra_file_types": ["dwg", "step"],
    "webhook_date_field_format": "d/m/Y h:i A T", "global_css": ".x { color: red }",
    "error_404_template": "<h1>Gone</h1>", "enable_custom_404_error": True, "enable_onboarding_template": False,
    "use_generative_ai": False,
}  # fmt: skip


@pytest.mark.rule("G-008", "G-010", "G-013", "G-023", "G-035")
def test_every_setting_can_be_changed_and_what_is_absent_stays(harbour: House, database: str) -> None:
    before = shaped(OrganizationShape, harbour.ada.data("GET", ""))
    assert not [name for name, value in CHANGES.items() if before[name] == value]
    assert harbour.ada.data("PUT", "", json={}) | {"last_updated": 0} == before | {"last_updated": 0}
    after = shaped(
        OrganizationShape, harbour.ada.data("PUT", "", json={**CHANGES, "id": uuid4().hex, "x": 1})
    )
    assert {name: after[name] for name in CHANGES} == CHANGES
    kept = before.keys() - CHANGES.keys() - {"last_updated"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["last_updated"] > before["last_updated"]
    assert harbour.liv.data("GET", "") == after
    assert (
        harbour.liv.get(f"{harbour.liv.root}/me/organizations").json()["data"][0]["name"] == "Harbour Foods"
    )
    with psycopg.connect(database) as owner:
        query = "SELECT name FROM identity.organizations WHERE id = %s"
        assert owner.execute(query, [harbour.id]).fetchone() == ("Harbour Foods",)
    cleared = harbour.ada.data(
        "PATCH", "", json={"description": "", "org_logo": None, "homepage_snippet": None}
    )
    assert (cleared["description"], cleared["org_logo"], cleared["homepage_snippet"]) == (None, None, None)
    assert cleared["industry"] == "Food"


@pytest.mark.rule("G-008", "T-201", "G-059")
def test_only_administrators_change_an_organization(house: House, otto: Client) -> None:
    for client in (house.stan, house.liv):
        for method, path in (("PUT", ""), ("PATCH", ""), ("PUT", "/custom-branding"), ("DELETE", "/custom-branding"),
                             ("PUT", "/branding"), ("DELETE", "/branding")):  # fmt: skip
            answer = client.request(method, path, json={"name": ""})
            assert (answer.status_code, answer.json()["message"]) == (
                403,
                "Your role does not allow this action.",
            )
    foreign = otto.put(str(house.ada.base_url), json={"name": "Taken over"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "ORG_FORBIDDEN")


def test_every_wrong_setting_is_named(house: House) -> None:
    wrong = {
        "name": "x" * 51, "timezone": "Mars/Olympus", "org_logo": "javascript:alert(1)", "allow_user_invite": "maybe",
        "auto_complete_task_months": 25, "default_deadline": {"type": "years", "value": 1},
        "auto_archive_processes_after": {"unit": "weeks", "value": 521}, "cadence_days": ["Someday"],
        "sso_default_role": "owner", "webhook_date_field_format": "iso", "extra_file_types": ["../x"],
        "maximum_group_assignment_limit": -1, "settings": {"holidays": ["25-12"]}, "onboarding_template_id": "x",
        "google_analytics_id": "G 1<", "description": 5,
    }  # fmt: skip
    found = errors(house.ada, wrong)
    assert {name.split(".")[0] for name in found} == set(wrong)
    assert found["name"] == ["The name may not be greater than 50 characters."]
    assert found["timezone"] == ["The timezone must be a valid time zone."]
    assert found["auto_complete_task_months"] == ["The auto complete task months may not be greater than 24."]
    assert errors(house.ada, {"name": None, "timezone": "", "wyiwyg": None}) == {
        "name": ["The name field is required."],
        "timezone": ["The timezone field is required."],
        "wyiwyg": ["The wyiwyg field is required."],
    }
    assert house.ada.put("", json=[]).status_code == 422


@pytest.mark.rule("G-028")
def test_the_working_week_has_a_shape_and_at_least_one_working_day(harbour: House) -> None:
    ada = harbour.ada
    fixed = {"is_working": True, "mode": "fixed", "start": "09:00", "end": "17:30", "note": "kept"}
    week: dict[str, Any] = {day: fixed if day in WEEK[:5] else {"is_working": False} for day in WEEK}
    assert ada.data("PUT", "", json={"working_days": week})["working_days"] == week
    after = ada.data("PUT", "", json={"working_days": {"saturday": {"is_working": "yes"}}})["working_days"]
    assert after == week | {"Saturday": {"is_working": True, "mode": "all"}}
    for day in ({"is_working": True, "mode": "fixed", "start": "17:00", "end": "09:00"},
                {"is_working": True, "mode": "x"},
                {"is_working": True, "mode": "fixed"}, {}, "all",
                {"is_working": True, "mode": "fixed", "start": "9", "end": "17:00"}):  # fmt: skip
        assert list(errors(ada, {"working_days": {"Monday": day}})) == ["working_days"]
    assert list(errors(ada, {"working_days": {"Someday": fixed}})) == ["working_days"]
    idle = {day: {"is_working": False} for day in WEEK}
    assert errors(ada, {"working_days": idle}) == {
        "working_days": ["At least one day must be a working day."]
    }
    assert ada.data("GET", "")["working_days"] == after


@pytest.mark.rule("G-030")
def test_working_days_and_the_default_deadline_count_for_what_is_made_later(harbour: House) -> None:
    def made() -> Any:
        body = {
            "title": "Order",
            "deadline": "2031-05-03T14:10:00Z",
            "owners": {"users": [harbour.ada.user_id]},
        }
        return harbour.ada.data("POST", "/tasks", 201, json=body)

    before = made()
    assert before["deadline"] == "2031-05-03T14:10:00Z"  # a Saturday
    week = {day: {"is_working": False} for day in WEEK[5:]}
    harbour.ada.data("PUT", "", json={"working_days": week, "timezone": "Europe/Paris"})
    assert made()["deadline"] == "2031-05-05T07:00:00Z"
    assert harbour.ada.data("GET", f"/tasks/{before['id']}")["deadline"] == "2031-05-03T14:10:00Z"


@pytest.mark.rule("G-012")
def test_the_old_form_of_settings_is_kept_as_text_with_its_holidays(harbour: House) -> None:
    old = {"determine_deadline": {"workdays": 1, "holidays": True}, "workdays": ["monday"],
           "holidays": ["12-25", "2026-05-01"]}  # fmt: skip
    kept = (
        '{"determine_deadline": {"workdays": 1, "holidays": 1}, "workdays": ["Monday"],'
        ' "holidays": ["12-25", "2026-05-01"]}'
    )
    assert harbour.ada.data("PUT", "", json={"settings": old})["settings"] == kept
    assert harbour.ada.data("PUT", "", json={"settings": kept})["settings"] == kept
    assert harbour.ada.data("PUT", "", json={"settings": None})["settings"] is None


@pytest.mark.rule("G-024")
def test_html_is_made_safe_and_its_switch_has_two_names(harbour: House) -> None:
    body = {"homepage_snippet": "<p onclick=x()>Hi<script>x()</script></p>", "enable_html_authoring": "off"}
    after = harbour.ada.data("PUT", "", json=body)
    assert (after["homepage_snippet"], after["wyiwyg"]) == ("<p>Hi</p>", False)


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".a { background: url(https://cdn.example/x.png) }", ".a { background: url(https://cdn.example/x.png) }"),
        ("@import url(https://evil.example/x.css); .a { color: red }", ".a { color: red }"),
        (".a { background: url(http://evil.example/x.png); color: red }", ".a {; color: red }"),
        (".a { width: expression(alert(1)) }", ".a {}"),
        (".a { width: exp/**/ression(alert(1)) }", ".a { width: exp ression(alert(1)) }"),
        (".a { width: e\\xpression(alert(1)) }", ".a {}"),
        (".a { position : fixed }", ".a {}"),
        ("@im@import x;port url(https://evil.example/x.css); .a {}", ".a {}"),
        ("</style><script>x()</script>", "/style>script>x()/script>"),
    ],
)  # fmt: skip
def test_a_style_sheet_loses_what_could_fetch_run_or_cover(house: House, css: str, kept: str) -> None:
    assert house.ada.data("PUT", "", json={"global_css": css})["global_css"] == kept


def test_only_a_procedure_that_starts_by_itself_is_launched_for_new_members(
    database: str, harbour: House, other_house: House
) -> None:
    ada = harbour.ada
    good = draw(database, ada, step("Meet the team"))
    asking = draw(database, ada, step("A"), kickoff=[asks("Name", required=True)])
    for template in (asking, draw(database, ada), draw(database, ada, type="document")):
        assert errors(ada, {"onboarding_template_id": template.id}) == {
            "onboarding_template_id": [NOT_SUITABLE]
        }  # fmt: skip
    foreign = draw(database, other_house.ada, step("A"))
    assert list(errors(ada, {"onboarding_template_id": foreign.id})) == ["onboarding_template_id"]
    assert ada.data("PUT", "", json={"onboarding_template_id": good.id})["onboarding_template_id"] == good.id
    ada.delete(f"/checklists/{good.id}")
    assert list(errors(ada, {"onboarding_template_id": good.id})) == ["onboarding_template_id"]
    assert ada.data("PUT", "", json={"onboarding_template_id": None})["onboarding_template_id"] is None


@pytest.mark.rule("G-019", "G-012")
def test_one_brand_colour_gives_all_and_each_can_be_set(harbour: House) -> None:
    ada = harbour.ada
    none = shaped(BrandingShape, harbour.liv.data("GET", "/custom-branding"))
    assert set(none.values()) == {None}
    for color in ("#0a5fb4", "#f5d442", "#777777"):
        brand = shaped(BrandingShape, ada.data("PUT", "/custom-branding", json={"bg_color": color.upper()}))
        assert brand["bg_color"] == color
        assert contrast(color, brand["text_color"]) >= 4.5
    brand = shaped(
        BrandingShape, ada.data("PUT", "/branding", json={"color": "#123456", "text_color": "#eeeeee"})
    )
    assert (brand["bg_color"], brand["text_color"]) == ("#123456", "#eeeeee")
    after = ada.data("PATCH", "/custom-branding", json={"dark_shade": "#000000"})
    assert {**after, "updated_at": 0} == {**brand, "dark_shade": "#000000", "updated_at": 0}
    assert ada.data("GET", "?with=branding")["branding"] == {"data": after}
    assert shaped(BrandingShape, harbour.stan.data("GET", "/branding")) == after
    assert ada.put("/custom-branding", json={"bg_color": "blue"}).json()["errors"] == {
        "bg_color": ["The bg color format is invalid."]
    }
    assert ada.delete("/custom-branding").status_code == 204
    assert ada.data("GET", "/custom-branding") == none
    assert ada.delete("/branding").status_code == 204
