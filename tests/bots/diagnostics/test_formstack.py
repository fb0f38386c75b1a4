from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.diagnostics.form import Form, Resource
from bots.diagnostics.formstack import DAY_SECONDS, Formstack, Pace, VendorRefused
from bots.diagnostics.parse import MAX_BYTES, parse_form
from tests.builders.forms import raw_form, text
from tests.fakes.formstack import TOKEN, FakeFormstack, vendor

CONTACT = raw_form(text(1, required="1"))


class Naps:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def client(fake: FakeFormstack, naps: Naps | None = None, *, token: str = TOKEN, **pace: int) -> Formstack:
    naps = naps or Naps()
    limits = {"per_minute": 1000, "per_day": 14_400, **pace}
    return Formstack(fake.url, lambda: token, Pace(**limits, monotonic=lambda: naps.now), naps.sleep)


async def load(fake: FakeFormstack, submission: str = "", **keys: Any) -> Form:
    form = parse_form(await client(fake, **keys).load_bundle("4711", submission))
    assert isinstance(form, Form)
    return form


async def test_a_form_comes_with_its_e_mails_and_webhooks() -> None:
    lists = {("4711", "notification"): [{"id": 7}], ("4711", "confirmation"): [{"id": 8}], ("4711", "webhook"): []}
    async with vendor(forms={"4711": CONTACT}, lists=lists) as fake:
        form = await load(fake)
        assert [each.subject.id for each in (*(form.notifications or ()), *(form.confirmations or ()))] == ["7", "8"]
        assert form.webhooks == ()
        assert form.unread == ()
        assert fake.methods == {"GET"}


async def test_lists_are_read_page_by_page() -> None:
    many = [{"id": number} for number in range(120)]
    async with vendor(forms={"4711": CONTACT}, lists={("4711", "webhook"): many}) as fake:
        assert len((await load(fake)).webhooks or ()) == 120
        assert [asked for asked in fake.asked if "webhook" in asked] == [
            f"form/4711/webhook.json?page={page}&per_page=50" for page in (1, 2, 3)
        ]


async def test_a_submission_comes_along_if_it_is_asked_for() -> None:
    submission = {"id": "99", "form": "4711", "data": [{"field": "1", "value": "x"}]}
    async with vendor(forms={"4711": CONTACT}, submissions={"99": submission}) as fake:
        form = await load(fake, "99")
        assert form.submission is not None
        assert form.submission.value_of("1") == "x"


async def test_what_cannot_be_read_is_said_and_not_taken_for_none() -> None:
    denied = {"form/4711/notification.json": [(403, {"error": "Permission denied"})]}
    async with vendor(forms={"4711": CONTACT}, faults=denied) as fake:
        form = await load(fake, "99")
        assert form.notifications is None
        assert form.unreadable[Resource.NOTIFICATIONS] == (
            "the token has no permission for it (403, “Permission denied”)"
        )
        assert "the vendor knows no such thing" in form.unreadable[Resource.SUBMISSION]
        assert form.unread == (Resource.NOTIFICATIONS, Resource.SUBMISSION)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, {"status": "error", "error": "no"}, "the vendor knows no such thing"),
        (401, {"error": "x"}, "does not accept the token"),
        (200, {"status": "error", "error": "A valid form was not found"}, "“A valid form was not found”"),
        (200, "<html>", "cannot be read"),
        (200, "", "cannot be read"),
        (302, "", "sends us elsewhere"),
        (500, "", "out of order"),
        (200, "[" * 100_000, "cannot be read"),
    ],
)
async def test_an_error_is_told_in_words(status: int, body: Any, said: str) -> None:
    async with vendor(faults={"form/4711.json": [(status, body)] * 3}) as fake:
        fake.headers["Location"] = "https://example.org/"
        with pytest.raises(VendorRefused, match=said):
            await client(fake).load_bundle("4711")


async def test_a_wrong_token_is_told_and_not_repeated() -> None:
    async with vendor(forms={"4711": CONTACT}) as fake:
        with pytest.raises(VendorRefused) as refused:
            await client(fake, token="wrong").load_bundle("4711")
        assert "the token may be wrong" in refused.value.sentence
        assert len(fake.asked) == 1


async def test_its_limit_is_waited_out_for_as_long_as_it_says() -> None:
    async with vendor(forms={"4711": CONTACT}, faults={"form/4711.json": [(429, {})]}) as fake:
        fake.headers["Retry-After"] = "7"
        naps = Naps()
        await load(fake, naps=naps)
        assert naps.slept == [7]


async def test_a_limit_of_hours_is_not_waited_for() -> None:
    async with vendor(faults={"form/4711.json": [(429, {})]}) as fake:
        fake.headers["Retry-After"] = "3600"
        with pytest.raises(VendorRefused, match="limit of calls is reached"):
            await client(fake).load_bundle("4711")


async def test_a_connection_that_breaks_is_tried_again() -> None:
    async with vendor(forms={"4711": CONTACT}, faults={"form/4711.json": [(200, None), (503, "")]}) as fake:
        assert (await load(fake)).id == "4711"


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    async with vendor(faults={"form/4711.json": [(200, " " * (MAX_BYTES + 1))]}) as fake:
        with pytest.raises(VendorRefused, match="more than 10 MB"):
            await client(fake).load_bundle("4711")


async def test_our_own_limit_is_kept() -> None:
    async with vendor(forms={"4711": CONTACT}) as fake:
        naps = Naps()
        await load(fake, naps=naps, per_minute=2)
        assert naps.slept == [60]


async def test_nobody_answers() -> None:
    unreachable = FakeFormstack(url="http://127.0.0.1:9")
    with pytest.raises(VendorRefused, match="does not answer"):
        await client(unreachable).load_bundle("4711")


async def test_a_token_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    vendor_client = Formstack("http://127.0.0.1:9", (tmp_path / "none").read_text, Pace(1, 1))
    with pytest.raises(VendorRefused, match="token cannot be read"):
        await vendor_client.load_bundle("4711")


def test_a_days_calls_are_counted() -> None:
    naps = Naps()
    pace = Pace(10, 2, lambda: naps.now)
    assert (pace.take(), pace.take()) == (0, 0)
    assert pace.take() == DAY_SECONDS
    naps.now = DAY_SECONDS
    assert pace.take() == 0
