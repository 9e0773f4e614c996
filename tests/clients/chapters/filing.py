"""Folders and tags."""

from __future__ import annotations

from tests.clients.story import Story


def file_it(story: Story) -> None:
    sdk, org = story.sdk, story.org
    folder = sdk.create_folder(org, "Suppliers")
    inner = sdk.create_folder(org, "Mills", parent_id=folder.id)
    assert (folder.folder_type, inner.parent_id) == ("checklist", folder.id)
    assert sdk.update_folder(org, inner.id, name="Mills and dairies").name == "Mills and dairies"
    assert sdk.get_folder(org, inner.id).name == "Mills and dairies"
    assert {one.id for one in sdk.get_folders(org, q="mills")} == {inner.id}
    sdk.add_object_to_folder(org, folder.id, story.ids["template"], "checklist")
    assert [one.id for one in sdk.get_all_templates(org, folder=folder.id).data] == [story.ids["template"]]
    runs = story.ada.data("POST", "/folders", 201, json={"name": "Running", "folder_type": "run"})
    relation = sdk.add_object_to_folder(org, runs["id"], story.ids["run"], "run")
    assert [one.id for one in sdk.get_organization_runs(org, folder=runs["id"]).data] == [story.ids["run"]]
    assert sdk.remove_object_from_folder(org, relation["id"])
    assert sdk.get_organization_runs(org, folder=runs["id"]).data == []
    assert sdk.delete_folder(org, inner.id)
    assert story.gone(f"/folders/{inner.id}")


def tag_it(story: Story) -> None:
    sdk, org, template, run = story.sdk, story.org, story.ids["template"], story.ids["run"]
    tag = sdk.create_tag(org, "Urgent", color="#e74c3c")
    assert (tag.title, tag.color) == ("Urgent", "#e74c3c")
    assert sdk.update_tag(org, tag.id, title="Very urgent").title == "Very urgent"
    assert sdk.get_tag(org, tag.id).title == "Very urgent"
    assert [one.id for one in sdk.get_tags(org, q="very")] == [tag.id]
    assert sdk.tag_template(org, template, tag.id)
    assert sdk.tag_process(org, run, tag.id)
    for path in (f"/checklists/{template}", f"/runs/{run}"):
        assert [one["tag_id"] for one in story.there(f"{path}?with=tags")["tags"]["data"]] == [tag.id]
    assert sdk.untag_template(org, tag.id, template)
    assert sdk.untag_process(org, run, tag.id)
    for path in (f"/checklists/{template}", f"/runs/{run}"):
        assert story.there(f"{path}?with=tags")["tags"]["data"] == []
    assert sdk.delete_tag(org, tag.id)
    assert story.gone(f"/tags/{tag.id}")


def put_the_templates_away(story: Story) -> None:
    sdk, org = story.sdk, story.org
    assert sdk.delete_template(org, story.ids["template"])
    assert story.gone(f"/checklists/{story.ids['template']}")
    other = sdk.create_template(org, "Unused")
    assert sdk.delete_template_with_references(org, other.id)["deleted_references"] == []
    assert sdk.get_all_templates(org).data == []
