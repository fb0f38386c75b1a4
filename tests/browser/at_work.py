"""The README's picture, drawn anew from the real program: `python -m tests.browser.at_work`."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

from policies.names import EventId, RoomId
from tests.browser.chromium import Tab, open_chromium
from tests.e2e.colleague import Colleague
from tests.e2e.house import House
from tests.e2e.test_main_job import FORM, is_answer_to, upload

PICTURE = Path(__file__).parent / "pictures" / "at-work.png"


async def main() -> None:
    """Bring a house up, let a guest and an employee talk, and look."""
    with tempfile.TemporaryDirectory() as directory:
        house = House(Path(directory) / "var")
        await house.start()
        try:
            async with open_chromium(Path(directory) / "profile") as chromium:
                await _draw(house, await chromium.tab())
        finally:
            await house.stop()


async def _draw(house: House, tab: Tab) -> None:
    guest = house.login("guest")
    async with Colleague(house.homeserver, house.login("t1")) as ada:
        await tab.look(860, 860)
        await tab.open(f"{house.web}/chat")
        await tab.fill("#login", guest.login)
        await tab.fill("#password", guest.password)
        await tab.click("#login-form button")
        await tab.fill("#subject", "My contact form loses a question")
        await tab.fill("#first-words", "The question “Why” is never shown, whatever I choose.")
        await tab.click("#start-form button")
        await tab.sees("You are next in line")
        card = await ada.wait_for(None, lambda e: "loses a question" in str(e["content"].get("body")))
        await ada.say(RoomId(card["room_id"]), "!claim")
        words = await ada.wait_for(None, lambda e: e["sender"] == guest.user_id and e["type"] == "m.room.message")
        staff = await ada.wait_for(
            None, lambda e: e["type"] == "chat.chaperone.issue" and e["content"]["side"] == "staff"
        )
        await ada.say(RoomId(words["room_id"]), "Hello Gina, I am looking at your form now.")
        await tab.sees("looking at your form")
        await tab.run("document.getElementById('body').focus()")
        await tab.type("Thank you! I changed the logic yesterday.")
        await tab.press("Enter", 13, "\r")
        await ada.wait_for(RoomId(words["room_id"]), lambda e: "yesterday" in str(e["content"].get("body")))
        room = RoomId(staff["room_id"])
        await ada.wait_for(room, lambda e: e["type"] == "m.room.member" and "istackbuddy" in e["state_key"])
        await upload(ada, room, "contact.json", json.dumps(FORM).encode())
        question = await ada.say(room, "!ask iStackBuddy.forms.diagnostics contact.json")
        placeholder = await ada.wait_for(room, is_answer_to(question, "pending"))
        await ada.wait_for(room, is_answer_to(question, "done"))
        await ada.tap(room, EventId(placeholder["event_id"]), "📤")
        await tab.sees("999")
        await tab.picture(PICTURE)


if __name__ == "__main__":
    asyncio.run(main())
