from __future__ import annotations

from tests.bridge.api.house import House
from tests.builders.people import ADA, BEN, SAM


async def test_a_supervisor_reads_what_was_decided_about_an_issue(house: House) -> None:
    issue_id = await house.open_issue()
    await house.open_issue()
    await house.claim(issue_id, ADA)
    await house.ask("POST", f"/issues/{issue_id}/claim", BEN)
    reply = await house.ask("GET", f"/issues/{issue_id}/audit", SAM)
    assert reply.status == 200
    opened, claimed, refused = reply.body["entries"]
    assert (opened["what"], opened["allowed"]) == ("opened", None)
    assert (claimed["actor"], claimed["allowed"]) == (ADA.user_id, True)
    assert (refused["actor"], refused["allowed"], refused["code"]) == (BEN.user_id, False, "CHAPERONE_ALREADY_CLAIMED")
    assert refused["reasons"] == {"status": "open", "assignee": ADA.user_id}
    assert reply.body["next"] is None


async def test_the_log_is_read_page_by_page(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    first = await house.ask("GET", f"/issues/{issue_id}/audit?limit=1", SAM)
    assert [entry["what"] for entry in first.body["entries"]] == ["opened"]
    second = await house.ask("GET", f"/issues/{issue_id}/audit?limit=1&cursor={first.body['next']}", SAM)
    assert [entry["what"] for entry in second.body["entries"]] == ["policies.lifecycle.may_claim"]


async def test_employees_read_no_log(house: House) -> None:
    issue_id = await house.open_issue()
    assert (await house.ask("GET", f"/issues/{issue_id}/audit", ADA)).status == 403
    assert (await house.ask("GET", "/issues/999/audit", SAM)).status == 404
