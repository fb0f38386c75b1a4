"""A guest's way on the page, in a browser, with an employee on the other side."""

from __future__ import annotations

from bridge.accounts.assertions import Sites
from bridge.accounts.guests import Guests, Invited
from bridge.accounts.tries import Tries
from bridge.config import MatrixSettings, Settings
from bridge.ports import SessionEnded
from policies.names import IssueId
from tests.bridge.gateway.hall import ADA, GINA
from tests.browser.chromium import Tab
from tests.browser.parlour import Parlour
from tests.until import until

SHOWN = "[...document.querySelectorAll('#log .words .body')].map((body) => body.textContent)"


async def start(parlour: Parlour, tab: Tab) -> None:
    """Log in and start an issue."""
    await parlour.enter(tab)
    await tab.fill("#subject", "The export fails")
    await tab.fill("#first-words", "It says 500.")
    await tab.click("#start-form button")
    await tab.sees("You are next in line")


async def write(tab: Tab, body: str) -> None:
    await tab.run("document.getElementById('body').focus()")
    await tab.type(body)
    await tab.press("Enter", 13, "\r")


async def test_a_guest_goes_the_whole_way_by_keyboard(parlour: Parlour, tab: Tab) -> None:
    await parlour.enter(tab)
    await tab.until("document.activeElement.id === 'start-title'")
    await tab.press("Tab", 9)
    await tab.type("The export fails")
    await tab.press("Tab", 9)
    await tab.type("It says 500.")
    await tab.press("Tab", 9)
    await tab.press("Enter", 13, "\r")
    await tab.sees("You are next in line")
    await tab.until("document.activeElement.id === 'body'")
    await tab.type("And it is slow.")
    await tab.press("Enter", 13, "\r")
    await parlour.claim()
    await tab.sees("Ada is here for you")
    await parlour.say("Which browser?")
    await tab.sees("Which browser?")
    await tab.type("Firefox.")
    await tab.press("Enter", 13, "\r")
    await tab.until(f"{SHOWN}.includes('Firefox.') && !document.querySelector('.waiting')")
    assert sorted(await tab.run(SHOWN)) == ["And it is slow.", "Firefox.", "It says 500.", "Which browser?"]
    await parlour.conclude()
    await tab.sees("your issue was resolved")
    await tab.until("!document.getElementById('composer').checkVisibility()")
    await tab.click("#again")
    await tab.sees("The export fails")


async def test_a_reload_comes_back_to_the_conversation(parlour: Parlour, tab: Tab) -> None:
    await start(parlour, tab)
    await parlour.claim()
    await parlour.say("Which browser?")
    await tab.sees("Which browser?")
    await tab.open(f"{parlour.url}/chat")
    await tab.sees("Which browser?")
    await tab.sees("Ada is here for you")


async def test_what_was_missed_while_the_line_was_broken_is_shown_once(parlour: Parlour, tab: Tab) -> None:
    await start(parlour, tab)
    await parlour.claim()
    await parlour.say("One.")
    await tab.sees("One.")
    await parlour.cut()
    await parlour.say("Two.")
    await parlour.say("Three.")
    await tab.sees("Three.")
    assert [body for body in await tab.run(SHOWN) if body != "It says 500."] == ["One.", "Two.", "Three."]
    await tab.until("document.getElementById('line-state').textContent === ''")


async def test_words_written_without_a_line_outlive_a_reload_and_are_sent_once(parlour: Parlour, tab: Tab) -> None:
    await start(parlour, tab)
    await parlour.claim()
    await tab.sees("Ada is here for you")
    parlour.hall.gateway._is_stopping = True
    await parlour.cut()
    await tab.sees("The connection is lost")
    await write(tab, "Are you still there?")
    await write(tab, "Hello?")
    await tab.sees("Sending …")
    await tab.open(f"{parlour.url}/chat")
    await tab.sees("Are you still there?")
    # Each refusal of the upgrade is an error in the browser's log, as it should be.
    await tab.until("document.querySelectorAll('.waiting').length === 2")
    parlour.hall.gateway._is_stopping = False
    await tab.until("document.querySelectorAll('.waiting').length === 0")

    async def are_there() -> bool:
        return "Hello?" in await parlour.bodies()

    await until(are_there)
    assert await parlour.bodies() == ["It says 500.", "Are you still there?", "Hello?"]
    tab.faults[:] = [fault for fault in tab.faults if "/api/v1/ws" not in fault]


async def test_markup_is_shown_as_text(parlour: Parlour, tab: Tab) -> None:
    await start(parlour, tab)
    await parlour.claim()
    await tab.sees("Ada is here for you")
    nasty = "<img src=x onerror=alert(1)><b>bold</b><script>alert(2)</script>"
    await parlour.say(nasty)
    await write(tab, nasty)
    await tab.until(f"{SHOWN}.filter((body) => body.includes('<b>bold</b>')).length === 2")
    assert await tab.run("document.querySelectorAll('#log img, #log b:not(.by b), #log script').length") == 0


async def test_a_wrong_password_is_said_beside_the_form(parlour: Parlour, tab: Tab) -> None:
    await tab.open(f"{parlour.url}/chat")
    await tab.fill("#login", GINA.login)
    await tab.fill("#password", "wrong")
    await tab.press("Enter", 13, "\r")
    await tab.sees("Login or password is wrong.")
    tab.faults[:] = [fault for fault in tab.faults if "/auth/login" not in fault]


async def test_who_is_logged_out_elsewhere_is_asked_to_log_in_and_keeps_what_they_wrote(
    parlour: Parlour, tab: Tab
) -> None:
    await start(parlour, tab)
    await tab.until("document.querySelector('#log .words') !== null")
    [reader] = parlour.hall.gateway.fanout.readers()
    async with parlour.hall.office.store.write() as tx:
        await tx.sessions.revoke(reader.session_id)
    parlour.hall.office.notices.publish(SessionEnded(reader.session_id))
    await tab.sees("Please log in again.")
    tab.faults[:] = [fault for fault in tab.faults if "/auth/refresh" not in fault]
    await parlour.enter(tab)
    await tab.sees("It says 500.")


async def test_the_front_page_leads_to_the_chat(parlour: Parlour, tab: Tab) -> None:
    await tab.open(parlour.url)
    await tab.sees("No guest is ever")
    await tab.click("a[href='/chat']")
    await tab.sees("Log in to chat")


async def test_a_guest_goes_on_with_a_concluded_conversation(parlour: Parlour, tab: Tab) -> None:
    await start(parlour, tab)
    await parlour.claim()
    await parlour.conclude()
    await tab.sees("your issue was resolved")
    await tab.fill("#reopen-words", "It is back.")
    await tab.click("#reopen-form button")
    await tab.sees("Ada is here for you")
    await tab.until(f"{SHOWN}.includes('It is back.')")
    await write(tab, "Still there?")
    await tab.until(f"{SHOWN}.includes('Still there?') && !document.querySelector('.waiting')")


async def invite(parlour: Parlour, issue_id: IssueId | None = None) -> str:
    """A link, as an employee gets it, to the page of this test."""
    office, settings = parlour.hall.office, Settings(matrix=MatrixSettings(server_name="test"))
    tries = Tries(settings.accounts)
    guests = Guests(office.place, parlour.hall.accounts, Sites(()), tries, office.clock, settings)
    invited = await guests.invite(ADA, "Hugo", issue_id=issue_id)
    assert isinstance(invited, Invited)
    return f"{parlour.url}/chat#{invited.link.partition('#')[2]}"


async def test_an_invitation_lets_its_guest_in_and_leaves_the_address_bar(parlour: Parlour, tab: Tab) -> None:
    link = await invite(parlour)
    await tab.open(link)
    await tab.until("document.activeElement.id === 'start-title'")
    assert await tab.run("document.getElementById('who-name').textContent") == "Hugo (guest)"
    assert await tab.run("location.hash") == ""
    await tab.run("sessionStorage.clear()")
    await tab.open("about:blank")
    await tab.open(link)
    await tab.sees("This invitation was used already")
    assert await tab.run("location.hash") == ""
    tab.faults.clear()  # a browser reports every 403


async def test_who_is_invited_into_a_group_that_waits_is_there_when_it_is_claimed(parlour: Parlour, tab: Tab) -> None:
    record = await parlour.hall.office.desk.open_issue(GINA, "All of us", "Hello?", is_group=True)
    await tab.open(await invite(parlour, record.issue.id))
    await tab.sees("All of us")
    await parlour.claim()
    await tab.sees("Ada is here for you")
    await parlour.say("Which form?")
    await tab.sees("Which form?")
    await write(tab, "The contact form.")
    await tab.until(f"{SHOWN}.includes('The contact form.') && !document.querySelector('.waiting')")
    assert "The contact form." in await parlour.bodies()
