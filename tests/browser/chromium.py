"""The machine's Chromium, driven over its own debugging protocol: no driver to install, no page from elsewhere."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # the tests run in a container as well, as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
DEADLINE = 60.0


@dataclass
class Tab:
    """A page that is open, and everything that went wrong on it or left it."""

    socket: aiohttp.ClientWebSocketResponse
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _answers: dict[int, asyncio.Future[Any]] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))

    async def read(self) -> None:
        """Take in what the browser tells, until it is gone."""
        async for message in self.socket:
            told = json.loads(message.data)
            match told:
                case {"id": number, **answer}:
                    self._answers.pop(number).set_result(answer)
                case {"method": "Runtime.exceptionThrown", "params": params}:
                    details = params["exceptionDetails"]
                    self.faults.append(details.get("exception", details).get("description", details["text"]))
                case {"method": "Log.entryAdded", "params": {"entry": {"level": "error", **entry}}}:
                    self.faults.append(f"{entry['text']} {entry.get('url', '')}")
                case {"method": "Network.requestWillBeSent", "params": {"request": {"url": url}}}:
                    self.requests.append(url)

    async def ask(self, method: str, **params: Any) -> Any:
        """One command of the protocol."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self.socket.send_json({"id": number, "method": method, "params": params})
        result = await asyncio.wait_for(answer, DEADLINE)
        assert "error" not in result, (method, result)
        return result["result"]

    async def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        result = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def until(self, script: str) -> None:
        """Wait for an expression to become true."""
        end = asyncio.get_running_loop().time() + DEADLINE
        while not await self.run(f"Boolean({script})"):
            text = await self.run("document.body?.innerText")
            assert asyncio.get_running_loop().time() < end, f"never true: {script}\n{text}\n{self.faults}"
            await asyncio.sleep(0.02)

    async def sees(self, text: str) -> None:
        """Wait for a text to be shown."""
        await self.until(f"document.body?.innerText.includes({json.dumps(text)})")

    async def open(self, url: str) -> None:
        """Go there."""
        await self.run("window.isOld = true")
        await self.ask("Page.navigate", url=url)
        await self.until("!window.isOld && document.readyState === 'complete'")

    async def click(self, selector: str) -> None:
        """Click what is shown."""
        await self.until(f"document.querySelector({json.dumps(selector)})?.checkVisibility()")
        await self.run(f"document.querySelector({json.dumps(selector)}).click()")

    async def type(self, text: str) -> None:
        """Write where the focus is, as a keyboard does."""
        await self.ask("Input.insertText", text=text)

    async def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key."""
        keys = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        await self.ask("Input.dispatchKeyEvent", type="keyDown", **keys, **({"text": text} if text else {}))
        await self.ask("Input.dispatchKeyEvent", type="keyUp", **keys)

    async def fill(self, selector: str, text: str) -> None:
        """Put text into a field."""
        await self.until(f"document.querySelector({json.dumps(selector)})?.checkVisibility()")
        await self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        await self.type(text)

    async def offline(self, *, is_offline: bool) -> None:
        """Cut the page off from the network, or connect it again. Open sockets stay: they are cut by the server."""
        await self.ask(
            "Network.emulateNetworkConditions",
            offline=is_offline,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    async def look(self, width: int, height: int = 800, *, dark: bool = False) -> None:
        """Be that wide, and light or dark."""
        await self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.ask("Emulation.setEmulatedMedia", features=[scheme])

    async def picture(self, path: Path) -> None:
        """Take one."""
        picture = await self.ask("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(picture["data"]))


class Chromium:
    """A running browser."""

    def __init__(self, port: int, session: aiohttp.ClientSession) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._session = session
        self._readers: list[asyncio.Task[None]] = []

    async def tab(self) -> Tab:
        """A new tab. What the browser keeps for a site is shared; sites differ by their ports."""
        async with self._session.put(f"{self._base}/json/new?about:blank") as response:
            address = (await response.json())["webSocketDebuggerUrl"]
        tab = Tab(await self._session.ws_connect(address, max_msg_size=0))
        self._readers.append(asyncio.create_task(tab.read()))
        for domain in ("Page", "Runtime", "Log", "Network"):
            await tab.ask(f"{domain}.enable")
        return tab

    async def close(self) -> None:
        """Let go of the tabs."""
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)


@asynccontextmanager
async def open_chromium(profile: Path) -> AsyncIterator[Chromium]:
    """A browser with an empty profile."""
    assert PROGRAM is not None
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *FLAGS,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aiohttp.ClientSession() as session:
            chromium = Chromium(await _port(profile), session)
            yield chromium
            await chromium.close()
    finally:
        process.terminate()
        await process.wait()


async def _port(profile: Path) -> int:
    told = profile / "DevToolsActivePort"
    for _ in range(1500):
        if told.exists() and len(lines := told.read_text().splitlines()) == 2:
            return int(lines[0])
        await asyncio.sleep(0.02)
    raise AssertionError("the browser does not come up")
