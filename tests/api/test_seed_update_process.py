"""Update process, to the letter of its documentation page: each key, each limit, each refusal."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from stepwell.processes.schemas import ProcessShape
from tests.api import update_process_values as values
from tests.api.drawn import (
    Drawn,
    draw_onboarding,
    group_of,
    join_as,
    launched,
    leave,
    new_folder,
    new_tag,
    reasons,
    tasks_by_title,
)  # fmt: skip
from tests.conftest import Client, House
from tests.shapes import shaped

UNKNOWN = "0" * 32


@pytest.fixture
def template(database: str, ada: Client) -> Drawn:
    return draw_onboarding(database, ada)


@pytest.fixture
def run(ada: Client, template: Drawn) -> str:
    return str(launched(ada, template, name="Globex", prerun={template.fields["text"]: "first"})["id"])


@pytest.fixture(scope="module")
def every_type(database: str, house: House) -> Drawn:
    return values.draw_every_type(database, house.ada)


@pytest.fixture(scope="module")
def asked(house: House, every_type: Drawn) -> str:
    """A process that asks for an answer of every type; its tests share it."""
    return str(launched(house.ada, every_type, prerun={every_type.fields["text"]: "first"})["id"])


def put(client: Client, run: str, **body: Any) -> dict[str, Any]:
    return dict(client.data("PUT", f"/runs/{run}", json=body))


def refusal(client: Client, run: str, **body: Any) -> dict[str, list[str]]:
    return reasons(client, "PUT", f"/runs/{run}", json=body)


def test_the_answer_has_every_key_the_documented_ones_first(ada: Client, run: str, template: Drawn) -> None:
    got = put(
        ada, run, name="Onboarding - Globex Corp (Updated)", summary="Updated summary notes for this run."
    )
    shaped(ProcessShape, got)
    assert list(got)[: len(values.FIRST_KEYS)] == values.FIRST_KEYS
    assert got["id"] == run
    assert got["checklist_id"] == template.id
    assert got["checklist_title"] == "Onboarding Template"
    assert got["name"] == "Onboarding - Globex Corp (Updated)"
    assert got["summary"] == "Updated summary notes for this run."
    assert (got["status"], got["progress"], got["owner_id"]) == ("active", 0, ada.user_id)
    assert (got["starred"], got["is_public"], got["users"], got["groups"]) == (False, False, [], [])
    for name in ("created_at", "last_updated"):
        assert len(got[name]) == len("2025-01-15T10:00:00Z")


def test_the_documented_sample_request_works(ada: Client, run: str) -> None:
    headers = {
        "Authorization": f"Bearer {ada.token}",
        "Accept": "application/json",
        "X-Tallyfy-Client": "APIClient",
        "Content-Type": "application/json",
    }
    body = {"name": "JS Updated Process Name", "summary": "Adding more details here.", "starred": True}
    url = f"{ada.root}/organizations/{ada.organization_id}/runs/{run}"
    answer = httpx.put(url, content=json.dumps(body), headers=headers)
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert {name: data[name] for name in body} == body


def test_the_api_prefix_and_patch_work_alike(ada: Client, run: str) -> None:
    answer = ada.put(
        f"{ada.root.removesuffix('/api')}/organizations/{ada.organization_id}/runs/{run}", json={"name": "A"}
    )
    assert (answer.status_code, answer.json()["data"]["name"]) == (200, "A")
    patched = shaped(ProcessShape, ada.data("PATCH", f"/runs/{run}", json={"name": "B"}))
    assert (patched["name"], patched["progress"]) == ("B", 0)


@pytest.mark.parametrize(
    ("client", "whole"), [("APIClient", True), (None, True), ("TallyfySDK", False), ("n8n", False)]
)
def test_progress_is_a_number_for_the_documented_client_and_an_object_for_others(
    ada: Client, run: str, client: str | None, whole: bool
) -> None:
    (task, *_) = ada.data("GET", f"/runs/{run}?with=tasks")["tasks"]["data"]
    ada.data("POST", f"/runs/{run}/completed-tasks", json={"task_id": task["id"]})
    headers = {"X-Tallyfy-Client": client} if client else {"X-Tallyfy-Client": ""}
    got = ada.data("PUT", f"/runs/{run}", json={}, headers=headers)
    assert got["progress"] == (25 if whole else {"complete": 1, "total": 4, "percent": 25})
    assert got["whole_progress"] == {"complete": 1, "total": 4, "percent": 25}
    assert ada.data("GET", f"/runs/{run}", headers=headers)["progress"]["percent"] == 25


@pytest.mark.rule("P-200")
def test_an_empty_or_missing_body_changes_nothing(ada: Client, run: str) -> None:
    before = ada.data("GET", f"/runs/{run}")
    bodies: list[dict[str, Any]] = [
        {"json": {}},
        {},
        {"json": {"title": "ignored", "nonsense": [1], "status": "complete"}},
    ]
    for sent in bodies:
        got = ada.data("PUT", f"/runs/{run}", **sent)
        assert got == {**before, "progress": 0}


def test_only_what_is_sent_changes(ada: Client, stan: Client, run: str) -> None:
    put(ada, run, summary="Notes", users=[stan.user_id], starred=True, is_public=True)
    got = put(ada, run, name="Renamed")
    assert (got["name"], got["summary"], got["users"], got["starred"], got["is_public"]) == (
        "Renamed",
        "Notes",
        [stan.user_id],
        True,
        True,
    )
    assert got["prerun"] != {}


# name


@pytest.mark.rule("P-110")
@pytest.mark.parametrize("name", ["x", "n" * 550, "ä" * 550, "Two  blanks and a “quote” / slash 🎉"])
def test_a_name_has_up_to_550_characters(ada: Client, run: str, name: str) -> None:
    assert put(ada, run, name=name)["name"] == name


@pytest.mark.parametrize(("name", "message"), values.NO_NAMES)
def test_another_name_is_refused(ada: Client, run: str, name: Any, message: str) -> None:
    assert refusal(ada, run, name=name) == {"name": [message]}
    assert ada.data("GET", f"/runs/{run}")["name"] == "Globex"


# summary


@pytest.mark.parametrize(("summary", "stored"), values.SUMMARIES)
def test_the_summary_is_rich_text_made_safe(ada: Client, run: str, summary: Any, stored: Any) -> None:
    put(ada, run, summary="Before")
    assert put(ada, run, summary=summary)["summary"] == stored
    assert ada.data("GET", f"/runs/{run}")["summary"] == stored


# owner_id


@pytest.mark.rule("P-204")
@pytest.mark.parametrize("spelled", [str, int, lambda user: {"id": user}])
def test_the_owner_is_a_member_in_any_spelling(ada: Client, stan: Client, run: str, spelled: Any) -> None:
    got = put(ada, run, owner_id=spelled(stan.user_id))
    assert got["owner_id"] == stan.user_id
    assert stan.user_id in got["collaborators"]


def test_a_new_owner_sees_the_process(database: str, ada: Client, liv: Client, run: str) -> None:
    assert liv.get(f"/runs/{run}").status_code == 403
    put(ada, run, owner_id=liv.user_id)
    assert liv.get(f"/runs/{run}").status_code == 200


@pytest.mark.rule("P-204")
def test_an_owner_who_is_no_active_member_is_refused(
    database: str, ada: Client, otto: Client, run: str
) -> None:
    gone = join_as(database, ada, "standard", status="disabled")
    invited = join_as(database, ada, "standard", status="invited")
    for wrong in (otto.user_id, gone.user_id, invited.user_id, 10**15, "x", None, -1, True, [ada.user_id]):
        assert list(refusal(ada, run, owner_id=wrong)) == ["owner_id"]
    assert ada.data("GET", f"/runs/{run}")["owner_id"] == ada.user_id


# starred


@pytest.mark.rule("P-650")
def test_a_star_is_the_callers_own(ada: Client, stan: Client, run: str) -> None:
    before = ada.data("GET", f"/runs/{run}")
    assert put(stan, run, starred=True)["starred"] is True
    after = ada.data("GET", f"/runs/{run}")
    assert after == before
    assert put(stan, run, starred=False)["starred"] is False


@pytest.mark.parametrize(("sent", "meant"), values.SPELLED)
def test_booleans_are_understood_in_every_spelling(ada: Client, run: str, sent: Any, meant: bool) -> None:
    got = put(ada, run, starred=sent, is_public=sent)
    assert (got["starred"], got["is_public"]) == (meant, meant)


# is_public, publicly_hidden_fields


def test_a_public_process_has_a_link_that_stays_the_same(ada: Client, run: str) -> None:
    assert ada.data("GET", f"/runs/{run}")["public_link"] is None
    link = put(ada, run, is_public=True)["public_link"]
    assert f"/{ada.organization_id}/public/process/" in link
    assert put(ada, run, is_public=False)["public_link"] is None
    assert put(ada, run, is_public=True)["public_link"] == link


def test_hidden_parts_are_words_and_field_ids(ada: Client, run: str, template: Drawn) -> None:
    hidden = ["comments", "form_fields", "assignees", template.fields["text"]]
    assert put(ada, run, publicly_hidden_fields=hidden)["publicly_hidden_fields"] == hidden
    assert put(ada, run, publicly_hidden_fields=[])["publicly_hidden_fields"] == []


# users, groups


@pytest.mark.rule("P-201")
def test_users_replace_and_absence_leaves_them(ada: Client, stan: Client, liv: Client, run: str) -> None:
    assert put(ada, run, users=[str(stan.user_id), liv.user_id])["users"] == [stan.user_id, liv.user_id]
    assert put(ada, run, name="Other")["users"] == [stan.user_id, liv.user_id]
    assert put(ada, run, users=[{"id": liv.user_id}, str(liv.user_id)])["users"] == [liv.user_id]
    assert put(ada, run, users=[])["users"] == []


@pytest.mark.rule("P-201")
def test_groups_replace_and_absence_leaves_them(database: str, ada: Client, stan: Client, run: str) -> None:
    first, second = group_of(database, ada, stan), group_of(database, ada)
    assert put(ada, run, groups=[first, second])["groups"] == [first, second]
    assert put(ada, run, users=[])["groups"] == [first, second]
    assert put(ada, run, groups=[{"id": second}])["groups"] == [second]
    assert put(ada, run, groups=[])["groups"] == []


@pytest.mark.rule("P-211", "P-015")
def test_users_and_group_members_see_the_process_and_cease_to(
    database: str, ada: Client, liv: Client, run: str
) -> None:
    path, group = f"/runs/{run}", group_of(database, ada, liv)
    for body, seen in (
        ({"users": [liv.user_id]}, 200),
        ({"users": []}, 403),
        ({"groups": [group]}, 200),
        ({"groups": []}, 403),
    ):
        got = put(ada, run, **body)
        assert liv.get(path).status_code == seen
        assert (liv.user_id in got["collaborators"]) is (seen == 200)


def test_unknown_users_and_groups_are_refused_together(ada: Client, otto: Client, run: str) -> None:
    wrong = refusal(ada, run, users=[otto.user_id], groups=[UNKNOWN])
    assert wrong == {
        "users": ["Some users are not valid members of this organization"],
        "groups": ["Some groups are not valid groups of this organization"],
    }


def test_a_member_who_has_left_meanwhile_may_stay_in_the_list(
    database: str, ada: Client, liv: Client, run: str
) -> None:
    leaver = join_as(database, ada, "standard")
    put(ada, run, users=[leaver.user_id])
    leave(database, leaver)
    got = put(ada, run, users=[leaver.user_id, liv.user_id])
    assert got["users"] == [leaver.user_id, liv.user_id]


# tags, folders, the rest


def test_tags_and_folders_replace(database: str, ada: Client, run: str) -> None:
    tags, folders = [new_tag(database, ada) for _ in "ab"], [new_folder(database, ada) for _ in "ab"]
    path = f"/runs/{run}?with=tags,folders"
    first = ada.data("PUT", path, json={"tags": tags, "folders": folders})
    assert {tag["tag_id"] for tag in first["tags"]["data"]} == set(tags)
    assert {folder["id"] for folder in first["folders"]["data"]} == set(folders)
    second = ada.data("PUT", path, json={"tags": tags[:1], "folders": folders[1:]})
    kept = {tag["tag_id"]: tag["id"] for tag in first["tags"]["data"]}
    assert [(tag["tag_id"], tag["id"]) for tag in second["tags"]["data"]] == [(tags[0], kept[tags[0]])]
    assert [folder["id"] for folder in second["folders"]["data"]] == folders[1:]
    third = ada.data("PUT", path, json={"tags": [], "folders": []})
    assert third["tags"] == third["folders"] == {"data": []}


def test_unknown_tags_and_folders_are_refused(database: str, ada: Client, run: str) -> None:
    of_templates = new_folder(database, ada, "checklist")
    wrong = refusal(ada, run, tags=[UNKNOWN], folders=[of_templates])
    assert wrong == {"tags": ["Some tags do not exist"], "folders": ["No such a folder exists in Processes."]}


def test_a_parent_is_a_process_and_never_a_circle(
    ada: Client, template: Drawn, run: str, otto: Client
) -> None:
    other = launched(ada, template, prerun={template.fields["text"]: "x"})["id"]
    assert put(ada, run, parent_id=other)["parent_id"] == other
    for wrong in (UNKNOWN, "x"):
        assert list(refusal(ada, run, parent_id=wrong)) == ["parent_id"]
    assert list(refusal(ada, other, parent_id=run)) == ["parent_id"]
    assert list(refusal(ada, run, parent_id=run)) == ["parent_id"]
    assert put(ada, run, parent_id=None)["parent_id"] is None


def test_a_due_date_of_its_own_and_back_to_the_tasks(ada: Client, run: str) -> None:
    latest = ada.data("GET", f"/runs/{run}")["max_task_deadline"]
    assert put(ada, run, due_date="2031-05-01T10:00:00Z")["due_date"] == "2031-05-01T10:00:00Z"
    assert put(ada, run, due_date="2031-05-01 10:00:00")["due_date"] == "2031-05-01T10:00:00Z"
    assert put(ada, run, due_date="2031-05-02")["due_date"].startswith("2031-05-0")
    got = put(ada, run, due_date=None)
    assert got["due_date"] == got["max_task_deadline"] == latest
    assert list(refusal(ada, run, due_date=1780000000)) == ["due_date"]


def test_switches_for_assignees_and_one_off_tasks(ada: Client, run: str) -> None:
    got = put(ada, run, assign_someone_else=False, can_add_oot=False)
    assert (got["assign_someone_else"], got["can_add_oot"]) == (False, False)


# what no key takes


@pytest.mark.parametrize(("key", "value", "path"), values.NO_VALUES)
def test_what_a_key_does_not_take_is_refused_under_it(
    ada: Client, run: str, key: str, value: Any, path: str
) -> None:
    (named,) = refusal(ada, run, **{key: value})
    assert named == path


def test_a_summary_that_is_no_text_is_told_so(ada: Client, run: str) -> None:
    assert refusal(ada, run, summary=5) == {"summary": ["The summary must be a string."]}


# everything at once


def test_all_wrong_fields_are_named_at_once(ada: Client, run: str, template: Drawn) -> None:
    body = {"name": "n" * 551, "starred": "maybe", "users": "x", "prerun": "scalar"}
    assert set(refusal(ada, run, **body)) == {"name", "starred", "users", "prerun"}
    later = {
        "owner_id": 10**12,
        "users": [10**12],
        "tags": [UNKNOWN],
        "prerun": {template.fields["email"]: "no"},
    }
    assert set(refusal(ada, run, **later)) == {
        "owner_id",
        "users",
        "tags",
        f"prerun.{template.fields['email']}",
    }


def test_a_refusal_is_the_documented_error(ada: Client, run: str) -> None:
    body = ada.put(f"/runs/{run}", json={"name": "n" * 551}).json()
    assert body == {
        "error": True,
        "message": "The given data was invalid.",
        "errors": {"name": ["The name may not be greater than 550 characters."]},
        "code": "VALIDATION_FAILED",
    }


def test_what_is_no_object_or_no_json_is_refused(ada: Client, run: str) -> None:
    assert ada.put(f"/runs/{run}", json=[1]).status_code == 422
    answer = ada.put(f"/runs/{run}", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_JSON")


# prerun, for every type of field


def saved(client: Client, asked: str, every_type: Drawn, label: str, value: Any) -> Any:
    field = every_type.fields[label]
    client.data("PUT", f"/runs/{asked}", json={"prerun": {field: value}})
    return client.data("GET", f"/runs/{asked}")["prerun"].get(field)


@pytest.mark.rule("P-055", "T-078", "T-083")
@pytest.mark.parametrize(("label", "sent", "stored"), values.ANSWERS)
def test_an_answer_of_every_type_is_kept(
    ada: Client, asked: str, every_type: Drawn, label: str, sent: Any, stored: Any
) -> None:
    assert saved(ada, asked, every_type, label, sent) == stored


def test_people_are_an_answer(
    database: str, ada: Client, stan: Client, asked: str, every_type: Drawn
) -> None:
    group = group_of(database, ada, stan)
    sent = {"users": [str(stan.user_id)], "guests": [" Mira@Client.example "], "groups": [group]}
    assert saved(ada, asked, every_type, "assignees_form", sent) == {
        "users": [stan.user_id],
        "guests": ["mira@client.example"],
        "groups": [group],
    }
    only = saved(ada, asked, every_type, "assignees_form", {"users": [stan.user_id]})
    assert only["users"] == [stan.user_id]


def test_files_are_an_answer(ada: Client, asked: str, every_type: Drawn) -> None:
    (kept,) = saved(
        ada,
        asked,
        every_type,
        "file",
        [{"filename": "a.pdf", "url": "https://x.example/a.pdf", "source": "url"}],
    )
    assert (kept["filename"], kept["url"]) == ("a.pdf", "https://x.example/a.pdf")


@pytest.mark.rule("T-078", "T-082")
@pytest.mark.parametrize(("label", "sent", "message"), values.NO_ANSWERS)
def test_another_answer_is_refused_under_its_field(
    ada: Client, asked: str, every_type: Drawn, label: str, sent: Any, message: str | None
) -> None:
    field = every_type.fields[label]
    before = ada.data("GET", f"/runs/{asked}")["prerun"]
    wrong = refusal(ada, asked, name="not kept", prerun={field: sent})
    assert list(wrong) == [f"prerun.{field}"]
    assert message is None or wrong[f"prerun.{field}"] == [message]
    after = ada.data("GET", f"/runs/{asked}")
    assert after["prerun"] == before
    assert after["name"] != "not kept"


@pytest.mark.rule("T-080")
@pytest.mark.parametrize("blank", [None, "", [], {}, False, 0])
@pytest.mark.parametrize(
    "label", ["email", "date", "radio", "dropdown", "multiselect", "table", "assignees_form", "file"]
)
def test_a_blank_clears_an_answer(ada: Client, asked: str, every_type: Drawn, label: str, blank: Any) -> None:
    if (label, blank) == ("table", ""):
        return
    filled = values.SOME_ANSWERS | {"assignees_form": {"users": [ada.user_id]}}
    assert saved(ada, asked, every_type, label, filled[label]) is not None
    assert saved(ada, asked, every_type, label, blank) is None


def test_only_the_answers_that_are_sent_change(ada: Client, asked: str, every_type: Drawn) -> None:
    saved(ada, asked, every_type, "email", "kim@acme.example")
    saved(ada, asked, every_type, "textarea", "long")
    got = ada.data("GET", f"/runs/{asked}")["prerun"]
    assert (got[every_type.fields["email"]], got[every_type.fields["textarea"]]) == (
        "kim@acme.example",
        "long",
    )


def test_unknown_keys_are_dropped_and_a_required_answer_stays(
    ada: Client, asked: str, every_type: Drawn
) -> None:
    before = ada.data("GET", f"/runs/{asked}")["prerun"]
    ada.data("PUT", f"/runs/{asked}", json={"prerun": {"0" * 32: "x", "nonsense": {"a": [1]}}})
    assert ada.data("GET", f"/runs/{asked}")["prerun"] == before
    field = every_type.fields["text"]
    wrong = refusal(ada, asked, prerun={field: ""})
    assert wrong == {f"prerun.{field}": ["text is required"]}


def test_the_lists_of_older_clients_are_folded(ada: Client, asked: str, every_type: Drawn) -> None:
    email, radio = every_type.fields["email"], every_type.fields["radio"]
    ada.data(
        "PUT", f"/runs/{asked}", json={"prerun": [{email: "one@x.example"}, {"id": radio, "value": "Basic"}]}
    )
    got = ada.data("GET", f"/runs/{asked}")["prerun"]
    assert (got[email], got[radio]) == ("one@x.example", "Basic")


@pytest.mark.rule("P-055")
def test_changed_answers_run_the_rules_again(ada: Client, every_type: Drawn) -> None:
    process = launched(ada, every_type, prerun={every_type.fields["text"]: "x"})
    assert set(tasks_by_title(ada, process)) == {"Call"}
    got = ada.data(
        "PUT",
        f"/runs/{process['id']}",
        json={"prerun": {every_type.fields["radio"]: "Gold"}},
        headers={"X-Tallyfy-Client": "n8n"},
    )
    assert got["progress"]["total"] == 2
    assert set(tasks_by_title(ada, process)) == {"Call", "Visit"}


# who may change what


def test_unknown_runs_are_404_foreign_organizations_403(ada: Client, otto: Client, run: str) -> None:
    for path in (f"/runs/{UNKNOWN}", "/runs/nonsense"):
        answer = ada.put(path, json={"name": "x"})
        assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert otto.put(f"/runs/{run}", json={"name": "x"}).status_code == 404
    address = f"{ada.root}/organizations/{ada.organization_id}/runs/{run}"
    answer = otto.put(address, json={"name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "ORG_FORBIDDEN")
    assert otto.put(f"/runs/{run}", json={"name": 5}).status_code == 404


def test_without_a_token_it_is_401(ada: Client, run: str) -> None:
    address = f"{ada.root}/organizations/{ada.organization_id}/runs/{run}"
    assert httpx.put(address, json={"name": "x"}).status_code == 401


@pytest.mark.rule("P-202")
def test_a_standard_member_changes_name_and_answers_but_no_settings(
    ada: Client, stan: Client, run: str, template: Drawn
) -> None:
    answers = {template.fields["text"]: "second"}
    got = put(stan, run, name="By Stan", prerun=answers)
    assert (got["name"], got["prerun"][template.fields["text"]]) == ("By Stan", "second")
    for key, value in {
        "summary": "x",
        "owner_id": stan.user_id,
        "is_public": True,
        "users": [stan.user_id],
        "publicly_hidden_fields": ["comments"],
        "can_add_oot": False,
    }.items():
        answer = stan.put(f"/runs/{run}", json={key: value})
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), key


@pytest.mark.rule("P-202")
def test_a_field_sent_with_its_present_value_is_never_refused(
    database: str, ada: Client, stan: Client, liv: Client, run: str, template: Drawn
) -> None:
    tag, group = new_tag(database, ada), group_of(database, ada)
    put(
        ada, run, users=[liv.user_id, stan.user_id], groups=[group], summary="Notes", is_public=True, tags=[tag],
        publicly_hidden_fields=["comments", "assignees"],
    )  # fmt: skip
    now = ada.data("GET", f"/runs/{run}")
    same = {name: now[name] for name in values.SENT_BACK} | {
        "users": [str(stan.user_id), str(liv.user_id)], "tags": [tag],
    }  # fmt: skip
    assert put(stan, run, **same | {"name": "Renamed"})["name"] == "Renamed"
    unchanged = put(liv, run, **same | {"name": "Renamed"})
    assert unchanged["last_updated"] == ada.data("GET", f"/runs/{run}")["last_updated"]


@pytest.mark.rule("P-202")
def test_a_light_owner_changes_name_notes_and_answers_only(
    database: str, ada: Client, liv: Client, run: str, template: Drawn
) -> None:
    put(ada, run, owner_id=liv.user_id)
    answers = {template.fields["text"]: "by liv"}
    got = put(liv, run, name="Liv's", summary="Notes", prerun=answers, starred=True)
    assert (got["name"], got["summary"], got["starred"]) == ("Liv's", "Notes", True)
    for key, value in {
        "users": [liv.user_id],
        "is_public": True,
        "tags": [new_tag(database, ada)],
        "folders": [new_folder(database, ada)],
        "owner_id": ada.user_id,
    }.items():
        assert liv.put(f"/runs/{run}", json={key: value}).status_code == 403, key


@pytest.mark.rule("P-202")
def test_another_light_member_only_stars(ada: Client, liv: Client, run: str, template: Drawn) -> None:
    assert liv.put(f"/runs/{run}", json={"starred": True}).status_code == 403
    put(ada, run, users=[liv.user_id])
    assert put(liv, run, starred=True)["starred"] is True
    field = template.fields["text"]
    for body in ({"name": "x"}, {"summary": "x"}, {"prerun": {field: "x"}}, {"prerun": {field: {"a": 1}}}):
        assert liv.put(f"/runs/{run}", json=body).status_code == 403


@pytest.mark.rule("P-203")
def test_an_archived_process_is_not_changed(ada: Client, run: str, template: Drawn) -> None:
    ada.data("DELETE", f"/runs/{run}")
    bodies: list[dict[str, Any]] = [
        {"name": "x"},
        {"starred": True},
        {"prerun": {template.fields["text"]: "x"}},
        {"tags": []},
    ]
    for body in bodies:
        answer = ada.put(f"/runs/{run}", json=body)
        assert (answer.status_code, answer.json()["message"]) == (422, "Cannot update archived processes.")
    assert put(ada, run)["status"] == "archived"
