"""What a guest sees when their conversation goes on elsewhere, when nobody is there, and when it is over."""

from __future__ import annotations

from datetime import timedelta

from policies.escalation import Mode
from policies.issue import Conclusion
from policies.names import UserId
from tests.bridge.gateway.hall import ADA, GINA
from tests.browser.chromium import Tab
from tests.browser.parlour import Parlour
from tests.browser.test_chat import SHOWN, start, write
from tests.until import until


async def escalate(parlour: Parlour) -> None:
    issue_id = (await parlour.newest()).issue.id
    await parlour.hall.office.desk.escalate(ADA.user_id, issue_id, Mode.NEW_ROOM, "too hard")


async def off_duty(parlour: Parlour, *, back: bool = False) -> None:
    async with parlour.hall.office.store.read() as tx:
        people = [person.user_id for person in (await tx.principals.directory()).staff()]
    for user_id in people:
        await parlour.hall.office.works.duty.switch(UserId(user_id), UserId(user_id), on=back)


async def test_an_escalated_conversation_goes_on_by_itself_with_all_that_was_said(parlour: Parlour, tab: Tab) -> None:
    await start(parlour, tab)
    await parlour.claim()
    await tab.sees("Ada is here for you")
    await write(tab, "And it is slow.")
    await tab.until(f"{SHOWN}.includes('And it is slow.') && !document.querySelector('.waiting')")
    await escalate(parlour)
    await write(tab, "Are you there?")
    await tab.until(f"{SHOWN}.includes('Are you there?') && !document.querySelector('.waiting')")
    await tab.until("document.getElementById('composer').checkVisibility()")

    async def is_moved() -> bool:
        room = (await parlour.newest()).issue.guest_room
        return room is not None and GINA.user_id in parlour.hall.office.joined(room)

    await until(is_moved)
    await parlour.say("I asked Ben to join us.")
    await tab.sees("I asked Ben to join us.")
    said = await tab.run(SHOWN)
    assert [said.count(body) for body in ("It says 500.", "And it is slow.", "Are you there?")] == [1, 1, 1]
    await write(tab, "Thank you.")

    async def is_there() -> bool:
        return "Thank you." in await parlour.bodies()

    await until(is_there)
    await tab.open(f"{parlour.url}/chat")
    await tab.until(f"{SHOWN}.includes('It says 500.') && {SHOWN}.includes('Thank you.')")
    await tab.click("#talk-back")
    await tab.until("document.querySelectorAll('#earlier-list li').length === 1")


async def test_what_was_written_without_a_network_is_sent_to_where_it_goes_on(parlour: Parlour, tab: Tab) -> None:
    await start(parlour, tab)
    await parlour.claim()
    await tab.sees("Ada is here for you")
    await escalate(parlour)
    await parlour.cut()
    await write(tab, "Hello?")
    await tab.until(f"{SHOWN}.includes('Hello?') && !document.querySelector('.waiting')")

    async def is_there() -> bool:
        return "Hello?" in await parlour.bodies()

    await until(is_there)


async def test_a_guest_at_night_is_told_the_truth_and_leaves_an_address(parlour: Parlour, tab: Tab) -> None:
    await off_duty(parlour)
    await parlour.enter(tab)
    await tab.fill("#subject", "The export fails")
    await tab.fill("#first-words", "It says 500.")
    await tab.click("#start-form button")
    await tab.sees("Nobody of us is here at the moment.")
    await tab.fill("#contact", "gina@example.org")
    await tab.click("#contact-form button")
    await tab.sees("We tell you as soon as somebody is here")
    assert (await parlour.newest()).contact == "gina@example.org"
    await off_duty(parlour, back=True)
    await tab.sees("You are next in line")
    await parlour.claim()
    await tab.sees("Thank you for waiting.")
    await tab.until("!document.getElementById('away').checkVisibility()")


async def test_a_guest_says_how_it_was(parlour: Parlour, tab: Tab) -> None:
    await start(parlour, tab)
    await parlour.claim()
    await parlour.conclude()
    await tab.sees("your issue was resolved")
    await tab.click("#rating-form input[value='4']")
    await tab.fill("#rating-comment", "Quick.")
    await tab.click("#rating-form button")
    await tab.sees("Thank you for telling us.")
    issue_id = (await parlour.newest()).issue.id
    async with parlour.hall.office.store.read() as tx:
        [epoch] = (await tx.epochs.of([issue_id]))[issue_id]
    assert (epoch.rating, epoch.comment) == (4, "Quick.")


async def test_who_was_silent_for_too_long_writes_on(parlour: Parlour, tab: Tab) -> None:
    await start(parlour, tab)
    await parlour.claim()
    await tab.sees("Ada is here for you")
    issue_id = (await parlour.newest()).issue.id
    parlour.hall.office.clock.advance(timedelta(minutes=1))
    await parlour.hall.office.desk.conclude(ADA.user_id, issue_id, Conclusion.GUEST_DISENGAGED, "")
    await tab.sees("we heard nothing from you")
    await write(tab, "I am back.")
    await tab.sees("Ada is here for you")
    await tab.until(f"{SHOWN}.includes('I am back.') && !document.querySelector('.waiting')")
