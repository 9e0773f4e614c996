"""What people are told about their own access arrives, with links that work from outside."""

from __future__ import annotations

from tests.api.joining import link_in
from tests.conftest import House
from tests.mail.conftest import PostOffice, body_of


def test_invitations_and_links_of_guests_arrive(house: House, office: PostOffice) -> None:
    house.stan.data(
        "POST", "/users/invite", json={"email": "nora@new.example", "message": "Welcome on board"}
    )
    guest = house.ada.data("POST", "/guests", 201, json={"email": "mo@supplier.example", "first_name": "Mo"})
    house.ada.data("POST", f"/guests/{guest['id']}/send-link")
    house.ada.data("PUT", f"/users/{house.liv.user_id}/role", json={"role": "standard"})
    office.work()
    files = office.files(house)
    invitation = files["nora@new.example"]
    assert invitation["Subject"] == "Join Acme"
    assert invitation["Reply-To"] == house.stan.email
    assert "Welcome on board" in body_of(invitation, "plain")
    link = link_in(body_of(invitation))
    assert link in body_of(invitation, "plain")
    assert f"/invitations/{house.id.hex}" in link
    assert link_in(body_of(files["mo@supplier.example"])).endswith(f"/guest/{guest['guest_code']}")
    assert "is now standard. It was light." in body_of(files[house.liv.email], "plain")
    assert [one["status"] for one in house.ada.data("GET", f"/guests/{guest['id']}/emails")] == ["email_sent"]
