"""PUT /organizations/{org}/checklists/{checklist}: the documentation page of the endpoint, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from stepwell.templates.schemas import TemplateShape
from tests.api.drawn import draw, step
from tests.api.made import Maker, errors_of, log_of, new_template
from tests.conftest import Client
from tests.shapes import shaped

UNKNOWN = "0" * 31 + "1"


@pytest.fixture
def maker(database: str, ada: Client) -> Iterator[Maker]:
    with Maker(database, ada) as made:
        yield made


def put(client: Client, template: Any, **body: Any) -> Any:
    """PUT with the template's title, unless the test sends another."""
    return client.data("PUT", f"/checklists/{template['id']}", json={"title": template["title"], **body})


def refusal(client: Client, template: Any, **body: Any) -> dict[str, list[str]]:
    path = f"/checklists/{template['id']}"
    return errors_of(client, "PUT", path, json={"title": template["title"], **body})


def test_the_sample_of_the_page(ada: Client) -> None:
    """The page's JavaScript: title and starred, four headers; the answer is the whole template in `data`."""
    before = new_template(ada, summary="<p>How we take on a supplier.</p>")
    headers = {"X-Tallyfy-Client": "APIClient", "Accept": "application/json"}
    body = {"title": "Updated via JS Fetch", "starred": True}
    answer = ada.put(f"/checklists/{before['id']}", json=body, headers=headers)
    assert answer.status_code == 200
    assert list(answer.json()) == ["data"]
    after = shaped(TemplateShape, answer.json()["data"])
    assert (after["title"], after["starred"]) == ("Updated via JS Fetch", True)
    assert after["summary"] == "<p>How we take on a supplier.</p>"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", after["last_updated"])
    assert after["last_updated"] > before["last_updated"]
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"title", "starred", "last_updated"}
    assert ada.data("GET", f"/checklists/{before['id']}") == after


def test_the_example_body_of_the_page(ada: Client) -> None:
    template = new_template(ada)
    body = {"title": "Updated Template Name", "summary": "This template has been updated via the API."}
    after = ada.data("PUT", f"/checklists/{template['id']}", json=body)
    assert {key: after[key] for key in body} == body


@pytest.mark.parametrize("client_header", ["APIClient", "TallyfySDK", None])
def test_both_prefixes_answer_with_any_client_header_or_none(ada: Client, client_header: str | None) -> None:
    template = new_template(ada)
    headers = {"X-Tallyfy-Client": client_header or ""}
    for root in (ada.root, ada.root.removesuffix("/api")):
        url = f"{root}/organizations/{ada.organization_id}/checklists/{template['id']}"
        answer = ada.put(url, json={"title": f"Under {root}"}, headers=headers)
        assert answer.json()["data"]["title"] == f"Under {root}"


@pytest.mark.rule("T-048")
def test_what_is_absent_stays_and_a_put_that_changes_nothing_still_counts(
    ada: Client, stan: Client, maker: Maker
) -> None:
    group = maker.group(stan)
    before = new_template(
        ada, summary="<p>s</p>", guidance="<p>g</p>", webhook="https://hooks.example.net/x", users=[stan.user_id],
        groups=[group], icon="fa-truck", explanation_video="https://videos.example.net/v", auto_naming=True,
        kickoff_title="Kick", kickoff_description="<p>k</p>", default_process_name_format="{{DATE}}",
        folder_id=maker.folder(), default_folder=maker.folder("run"), starred=True, is_public=True,
    )  # fmt: skip
    after = put(ada, before)
    assert after["last_updated"] > before["last_updated"]
    assert after == {**before, "last_updated": after["last_updated"]}


def test_the_title_is_trimmed(ada: Client) -> None:
    assert put(ada, new_template(ada), title="  Supplier intake EU ")["title"] == "Supplier intake EU"


def test_a_title_has_at_most_250_characters(ada: Client) -> None:
    template = new_template(ada)
    assert put(ada, template, title="t" * 250)["title"] == "t" * 250
    errors = refusal(ada, template, title="t" * 251)
    assert errors == {"title": ["The title may not be greater than 250 characters."]}


@pytest.mark.rule("T-048")
@pytest.mark.parametrize("body", [{}, {"summary": "x"}, {"title": ""}, {"title": "  "}, {"title": None}])
def test_the_title_is_required_on_every_put(ada: Client, body: dict[str, Any]) -> None:
    template = new_template(ada)
    errors = errors_of(ada, "PUT", f"/checklists/{template['id']}", json=body)
    assert errors == {"title": ["The title field is required."]}


def test_a_title_is_text(ada: Client) -> None:
    assert refusal(ada, new_template(ada), title=["x"]) == {"title": ["The title must be a string."]}


def test_the_summary_is_html_without_scripts_and_null_clears_it(ada: Client) -> None:
    template = new_template(ada)
    written = put(ada, template, summary='<p onclick="x()">Hi<script>alert(1)</script></p>')["summary"]
    assert written == "<p>Hi</p>"
    assert put(ada, template, summary=None)["summary"] is None
    assert put(ada, template, summary="")["summary"] is None


def test_a_summary_has_at_most_2000_characters_except_in_a_document(ada: Client) -> None:
    template = new_template(ada)
    assert len(put(ada, template, summary="s" * 2000)["summary"]) == 2000
    errors = refusal(ada, template, summary="s" * 2001)
    assert errors == {"summary": ["The summary may not be greater than 2000 characters."]}
    document = new_template(ada, type="document")
    assert len(put(ada, document, summary="s" * 20_000)["summary"]) == 20_000


@pytest.mark.parametrize("spell", [int, str])
def test_the_owner_is_an_active_member_by_number_or_text(ada: Client, stan: Client, spell: type) -> None:
    template = new_template(ada)
    assert put(ada, template, owner_id=spell(stan.user_id))["owner_id"] == stan.user_id
    assert put(ada, template)["owner_id"] == stan.user_id


@pytest.mark.rule("T-014")
def test_nobody_else_can_become_owner(ada: Client, otto: Client, maker: Maker) -> None:
    template = new_template(ada)
    invited, disabled = maker.member(status="invited"), maker.member(status="disabled")
    for wrong in (otto.user_id, invited.user_id, disabled.user_id, 0, -1, "user_abc", 2**60, [1], 1.5):
        assert refusal(ada, template, owner_id=wrong) == {"owner_id": ["The selected owner id is invalid."]}
    assert put(ada, template, owner_id=None)["owner_id"] == ada.user_id


@pytest.mark.parametrize("key", ["webhook", "explanation_video", "public_cover"])
def test_web_addresses(ada: Client, key: str) -> None:
    template = new_template(ada)
    address = "https://hooks.example.net/a?b=c"
    assert put(ada, template, **{key: address})[key] == address
    for wrong in ("no", "ftp://example.net", "javascript:alert(1)", "https://", "http:// x"):
        assert refusal(ada, template, **{key: wrong}) == {
            key: [f"The {key.replace('_', ' ')} format is invalid."]
        }
    assert put(ada, template)[key] == address
    assert put(ada, template, **{key: None})[key] is None


@pytest.mark.parametrize("key", ["guidance", "kickoff_description"])
def test_rich_texts_keep_variables_and_lose_scripts(ada: Client, key: str) -> None:
    template = new_template(ada)
    kept = '<p>Have <span class="insert-variable-tag" contenteditable="false">{{tax-id-4410927}}</span> at hand</p>'
    assert put(ada, template, **{key: kept})[key] == kept
    assert (
        put(ada, template, **{key: '<a href="javascript:x()">y</a>'})[key]
        == '<a rel="noopener noreferrer">y</a>'
    )
    assert put(ada, template, **{key: None})[key] is None


@pytest.mark.rule("T-012")
def test_a_star_is_the_callers_alone(ada: Client, stan: Client) -> None:
    template = new_template(ada)
    for spelled, meant in ((True, True), ("0", False), ("yes", True), ("false", False), (1, True)):
        assert put(ada, template, starred=spelled)["starred"] is meant
    assert put(ada, template)["starred"] is True
    assert stan.data("GET", f"/checklists/{template['id']}")["starred"] is False


BOOLEANS = [
    "auto_naming", "allow_launcher_change_name", "folderize_process", "tag_process", "folder_changeable_by_launcher",
    "dual_version_enabled", "replace_state_conditionally", "can_add_oot", "is_public", "is_public_kickoff",
    "is_pinned", "is_featured",
]  # fmt: skip


@pytest.mark.parametrize("key", BOOLEANS)
def test_switches(ada: Client, key: str) -> None:
    template = new_template(ada)
    assert template[key] is (key == "can_add_oot")
    for spelled, meant in (
        (True, True),
        (False, False),
        ("1", True),
        ("off", False),
        ("true", True),
        (None, True),
    ):
        assert put(ada, template, **{key: spelled})[key] is meant
    assert put(ada, template)[key] is True
    assert refusal(ada, template, **{key: "maybe"}) == {
        key: [f"The {key.replace('_', ' ')} field must be true or false."]
    }


@pytest.mark.rule("T-012")
@pytest.mark.parametrize("key", ["is_pinned", "is_featured"])
def test_pin_and_feature_are_ignored_unless_an_administrator_sends_them(
    ada: Client, stan: Client, key: str
) -> None:
    template = new_template(stan)
    assert put(stan, template, **{key: True})[key] is False
    assert put(ada, template, **{key: True})[key] is True


@pytest.mark.rule("T-003")
def test_the_type_is_one_of_three_in_any_case(ada: Client) -> None:
    template = new_template(ada)
    for spelled, meant in (
        ("form", "form"),
        ("DOCUMENT", "document"),
        ("Template", "procedure"),
        (None, "procedure"),
    ):
        assert put(ada, template, type=spelled)["type"] == meant
    assert refusal(ada, template, type="x") == {"type": ["The selected type is invalid."]}


@pytest.mark.rule("T-004")
@pytest.mark.parametrize("kind", ["form", "document"])
def test_the_type_stays_while_there_are_steps(database: str, ada: Client, kind: str) -> None:
    drawn = draw(database, ada, step("Check tax form"))
    template = ada.data("GET", f"/checklists/{drawn.id}")
    assert list(refusal(ada, template, type=kind)) == ["type"]
    assert put(ada, template, type="procedure")["type"] == "procedure"


@pytest.mark.rule("T-048", "T-188")
def test_users_and_groups_replace_the_stored_lists(
    ada: Client, stan: Client, liv: Client, maker: Maker
) -> None:
    template = new_template(ada)
    one, two = maker.group(stan), maker.group(liv)
    after = put(ada, template, users=[stan.user_id, liv.user_id], groups=[one, two])
    assert (after["users"], after["groups"]) == ([stan.user_id, liv.user_id], [one, two])
    after = put(ada, template, users=[str(liv.user_id), liv.user_id], groups=[two.upper(), two])
    assert (after["users"], after["groups"]) == ([liv.user_id], [two])
    after = put(ada, template)
    assert (after["users"], after["groups"]) == ([liv.user_id], [two])
    after = put(ada, template, users=[])
    assert (after["users"], after["groups"]) == ([], [two])
    assert put(ada, template, groups=None)["groups"] == []


@pytest.mark.rule("T-014")
def test_users_are_active_or_invited_members(ada: Client, otto: Client, maker: Maker) -> None:
    template = new_template(ada)
    invited, disabled = maker.member(status="invited"), maker.member(status="disabled")
    assert put(ada, template, users=[invited.user_id])["users"] == [invited.user_id]
    for stranger in (otto.user_id, disabled.user_id, 2**40):
        errors = refusal(ada, template, users=[ada.user_id, stranger])
        assert errors == {"users": ["Some users are not valid members of this organization"]}
    assert put(ada, template)["users"] == [invited.user_id]


def test_groups_are_groups_of_the_organization(ada: Client, otto: Client, database: str) -> None:
    template = new_template(ada)
    foreign = Maker(database, otto).group(otto)
    for wrong in (foreign, UNKNOWN):
        assert list(refusal(ada, template, groups=[wrong])) == ["groups"]
    assert refusal(ada, template, groups=["x"]) == {"groups.0": ["The selected groups.0 is invalid."]}


@pytest.mark.parametrize("key", ["users", "groups"])
def test_lists_are_lists(ada: Client, key: str) -> None:
    assert refusal(ada, new_template(ada), **{key: "5"}) == {key: [f"The {key} must be an array."]}


def test_the_icon_and_the_kickoff_title(ada: Client) -> None:
    template = new_template(ada)
    after = put(ada, template, icon="fa-truck", kickoff_title="k" * 250)
    assert (after["icon"], after["kickoff_title"]) == ("fa-truck", "k" * 250)
    errors = refusal(ada, template, icon="i" * 256, kickoff_title="k" * 251)
    assert errors == {
        "icon": ["The icon may not be greater than 255 characters."],
        "kickoff_title": ["The kickoff title may not be greater than 250 characters."],
    }
    after = put(ada, template, icon="", kickoff_title=None)
    assert (after["icon"], after["kickoff_title"]) == (None, None)


def test_the_process_name_format(ada: Client) -> None:
    template = new_template(ada)
    assert (
        put(ada, template, default_process_name_format="f" * 550)["default_process_name_format"] == "f" * 550
    )
    assert list(refusal(ada, template, default_process_name_format="f" * 551)) == [
        "default_process_name_format"
    ]
    assert put(ada, template, default_process_name_format=None)["default_process_name_format"] is None


def test_the_template_is_filed_and_unfiled(ada: Client, maker: Maker) -> None:
    template, folder, process_folder = new_template(ada), maker.folder(), maker.folder("run")
    assert put(ada, template, folder_id=folder)["folder_id"] == folder
    assert put(ada, template)["folder_id"] == folder
    for wrong in (process_folder, UNKNOWN, "x", 7):
        assert refusal(ada, template, folder_id=wrong) == {
            "folder_id": ["The selected folder id is invalid."]
        }
    assert put(ada, template, folder_id=None)["folder_id"] is None


def test_the_default_folder_is_one_for_processes(ada: Client, maker: Maker) -> None:
    template, folder, process_folder = new_template(ada), maker.folder(), maker.folder("run")
    assert put(ada, template, default_folder=process_folder)["default_folder"] == process_folder
    errors = refusal(ada, template, default_folder=folder)
    assert errors == {"default_folder": ["The selected default folder is invalid."]}
    assert put(ada, template, default_folder=None)["default_folder"] is None


@pytest.mark.rule("T-005")
def test_the_readiness_label_in_its_spellings(ada: Client) -> None:
    template = new_template(ada)
    for spelled, meant in (
        ("started", "started"), ("In progress", "in_progress"), ("in-progress", "in_progress"),
        ("FINISHING", "finishing"), ("published", "published"), ("active", None), (None, None),
    ):  # fmt: skip
        assert put(ada, template, status=spelled)["status"] == meant
    assert refusal(ada, template, status="done") == {"status": ["The selected status is invalid."]}


def test_another_templates_form_can_be_shown_instead(ada: Client, otto: Client) -> None:
    template, other, foreign = new_template(ada), new_template(ada), new_template(otto)
    assert put(ada, template, ko_form_blueprint_id=other["id"])["ko_form_blueprint_id"] == other["id"]
    for wrong in (foreign["id"], UNKNOWN):
        assert list(refusal(ada, template, ko_form_blueprint_id=wrong)) == ["ko_form_blueprint_id"]
    assert put(ada, template, ko_form_blueprint_id=None)["ko_form_blueprint_id"] is None


def test_who_switches_public_kickoff_on_speaks_for_it(ada: Client, stan: Client) -> None:
    template = new_template(ada)
    assert template["kickoff_sharing_user_id"] is None
    assert put(stan, template, is_public_kickoff=True)["kickoff_sharing_user_id"] == stan.user_id
    assert put(ada, template, is_public_kickoff=False)["kickoff_sharing_user_id"] == stan.user_id
    assert put(ada, template, is_public_kickoff=True)["kickoff_sharing_user_id"] == stan.user_id
    assert put(ada, template, kickoff_sharing_user_id=ada.user_id)["kickoff_sharing_user_id"] == ada.user_id
    assert list(refusal(ada, template, kickoff_sharing_user_id=2**40)) == ["kickoff_sharing_user_id"]


def test_an_administrator_gives_a_new_alias(ada: Client, stan: Client) -> None:
    template, other = new_template(ada), new_template(ada)
    alias = f"intake-{template['id'][-6:]}"
    assert put(stan, template, alias=alias)["alias"] == template["alias"]
    assert put(ada, template, title="New title", alias=alias)["alias"] == alias
    for wrong in (other["alias"], "Not A Slug", "a" * 256, "", 5):
        assert put(ada, template, alias=wrong)["alias"] == alias
    assert ada.data("GET", f"/checklists/{alias}")["id"] == template["id"]


def test_the_legacy_keys(ada: Client, stan: Client) -> None:
    template = new_template(ada)
    settings = {"record_rating": True, "guidance_html": "<p>x</p>"}
    after = put(ada, template, settings=settings, contributors=[stan.user_id], privacy="public")
    assert (after["settings"], after["contributors"], after["privacy"], after["is_public"]) == (
        settings, [stan.user_id], "public", True,
    )  # fmt: skip
    assert refusal(ada, template, privacy="secret") == {"privacy": ["The selected privacy is invalid."]}
    assert list(refusal(ada, template, settings="x")) == ["settings"]
    after = put(ada, template, settings=None, contributors=None)
    assert (after["settings"], after["contributors"]) == ({}, [])


def test_read_only_and_unknown_keys_are_ignored(ada: Client, stan: Client) -> None:
    template = new_template(ada)
    echoed = {
        "id": UNKNOWN, "increment_id": 99, "version": 9, "created_by": stan.user_id, "steps_count": 7,
        "started_processes": 5, "created_at": "2001-01-01", "last_updated": "x", "last_updated_by": stan.user_id,
        "archived_at": "2020-01-01T00:00:00Z", "is_published_state": True, "custom_fields": {"a": 1},
        "automated_actions": [{"x": 1}], "nonsense": {"deep": []},
    }  # fmt: skip
    after = put(ada, template, **echoed)
    assert after == {**template, "last_updated": after["last_updated"]}


def test_a_whole_template_can_be_sent_back_with_its_nulls(ada: Client) -> None:
    template = ada.data("GET", f"/checklists/{new_template(ada)['id']}?with=steps,tags,folder,permissions")
    after = ada.data("PUT", f"/checklists/{template['id']}", json=template)
    assert {**template, "last_updated": ""} == {**template, **after, "last_updated": ""}
    nothing = {key: None for key in template if key != "title"}
    assert put(ada, template, **nothing)["title"] == template["title"]


def test_form_bodies_are_read_like_json(ada: Client, stan: Client) -> None:
    template = new_template(ada, starred=True)
    form = {"title": "From a form", "starred": "false", "users[]": [str(stan.user_id)], "groups": ""}
    after = ada.data("PUT", f"/checklists/{template['id']}", data=form)
    assert (after["title"], after["starred"], after["users"], after["groups"]) == (
        "From a form", False, [stan.user_id], [],
    )  # fmt: skip


def test_all_wrong_fields_are_named_and_nothing_is_stored(ada: Client) -> None:
    template = new_template(ada)
    errors = refusal(ada, template, summary="changed", starred=True, webhook="no", type="x", owner_id=0)
    assert set(errors) == {"webhook", "type", "owner_id"}
    errors = refusal(
        ada, template, summary="changed", starred=True, owner_id=2**40, users=[2**40], folder_id=UNKNOWN
    )
    assert set(errors) == {"owner_id", "users", "folder_id"}
    assert ada.data("GET", f"/checklists/{template['id']}") == template


def test_an_unreadable_body_is_400(ada: Client) -> None:
    template = new_template(ada)
    for broken in (b'{"title": ', b"\xff\xfe{", b'{"title": NaN}'):
        answer = ada.put(
            f"/checklists/{template['id']}", content=broken, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400
        assert answer.json()["error"] is True
    assert ada.put(f"/checklists/{template['id']}", json=["title"]).status_code == 422


def test_an_unknown_template_is_404(ada: Client, otto: Client) -> None:
    body = {"title": "x"}
    for unknown in (UNKNOWN, "not-an-id", "12", new_template(otto)["id"]):
        for sent in (body, {}):
            answer = ada.put(f"/checklists/{unknown}", json=sent)
            assert answer.status_code == 404, unknown
            assert answer.json() == {
                "error": True, "message": "Resource not found", "code": "RESOURCE_NOT_FOUND",
            }  # fmt: skip


def test_an_archived_template_is_404(ada: Client) -> None:
    template = new_template(ada)
    assert ada.delete(f"/checklists/{template['id']}").status_code == 200
    assert ada.put(f"/checklists/{template['id']}", json={"title": "x"}).status_code == 404


def test_another_organization_is_403(ada: Client, otto: Client) -> None:
    template = new_template(ada)
    url = f"{ada.root}/organizations/{ada.organization_id}/checklists/{template['id']}"
    answer = otto.put(url, json={"title": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "ORG_FORBIDDEN")
    unauthenticated = ada.put(url, json={"title": "x"}, headers={"Authorization": ""})
    assert unauthenticated.status_code == 401


@pytest.mark.rule("T-028")
def test_a_reader_who_may_not_edit_gets_403(ada: Client, stan: Client, liv: Client, maker: Maker) -> None:
    template = new_template(ada, users=[liv.user_id])
    maker.rows(
        "UPDATE template_permissions SET everyone = false WHERE template_id = %s AND permission ="
        " 'CHECKLIST_EDIT' RETURNING 1", template["id"],
    )  # fmt: skip
    for reader in (stan, liv):
        assert reader.get(f"/checklists/{template['id']}").status_code == 200
        for body in (
            {"title": "x"},
            {"title": ""},
            {"title": template["title"], "status": "published", "icon": "x"},
        ):
            answer = reader.put(f"/checklists/{template['id']}", json=body)
            assert answer.status_code == 403
            assert answer.json()["code"] == "FORBIDDEN"
    assert put(ada, template, owner_id=stan.user_id)["owner_id"] == stan.user_id
    assert put(stan, template, title="The owner's")["title"] == "The owner's"


@pytest.mark.rule("T-028", "T-189")
def test_who_may_not_even_read_gets_404(ada: Client, stan: Client, liv: Client, maker: Maker) -> None:
    template = new_template(ada)
    maker.rows(
        "UPDATE template_permissions SET everyone = false WHERE template_id = %s RETURNING 1", template["id"]
    )
    for stranger in (stan, liv):
        assert stranger.put(f"/checklists/{template['id']}", json={"title": "x"}).status_code == 404


@pytest.mark.rule("T-006")
def test_a_light_member_changes_title_and_status_only_when_the_title_stays(ada: Client, liv: Client) -> None:
    template = new_template(ada, users=[liv.user_id])
    path = f"/checklists/{template['id']}"
    after = liv.data("PUT", path, json={"title": template["title"], "status": "finishing"})
    assert after["status"] == "finishing"
    assert liv.put(path, json={"title": "Mine", "status": "started"}).status_code == 403
    assert ada.data("GET", path)["title"] == template["title"]


@pytest.mark.rule("T-035")
def test_each_change_is_in_the_log_with_its_old_and_new_value(
    ada: Client, stan: Client, maker: Maker
) -> None:
    template = new_template(ada, summary="old")
    put(ada, template, title="Renamed", summary="new", owner_id=stan.user_id, auto_naming=True, icon=None)
    assert log_of(maker, template["id"]) == [
        ("created", "Created template: Supplier intake", None, None, "Supplier intake"),
        (
            "updated",
            "Renamed template: Supplier intake is now Renamed",
            "title",
            "Supplier intake",
            "Renamed",
        ),
        ("updated", "Changed summary of template: Supplier intake", "summary", "old", "new"),
        ("updated", "Changed owner of template: Supplier intake", "owner_id", ada.user_id, stan.user_id),
        ("updated", "Switched on auto naming of template: Supplier intake", "auto_naming", False, True),
    ]


def test_patch_is_the_same_without_a_required_title(ada: Client, otto: Client, liv: Client) -> None:
    template = new_template(ada, users=[liv.user_id])
    path = f"/checklists/{template['id']}"
    after = shaped(TemplateShape, ada.data("PATCH", path, json={"guidance": "<p>x</p>"}))
    assert (after["title"], after["guidance"]) == (template["title"], "<p>x</p>")
    for blank in ("", None, " "):
        assert errors_of(ada, "PATCH", path, json={"title": blank}) == {
            "title": ["The title field is required."]
        }
    assert liv.patch(path, json={"guidance": "y"}).status_code == 403
    assert otto.patch(path, json={"guidance": "y"}).status_code == 404
    assert liv.data("PATCH", path, json={"status": "published"})["status"] == "published"
