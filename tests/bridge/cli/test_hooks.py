"""`chaperone hooks`."""

from __future__ import annotations

import asyncio
import json

import pytest

from bridge.desk.work import ACTION
from policies.actions import CallHook
from tests.bridge.cli.conftest import Shell
from tests.bridge.cli.test_doctor import SECRETS
from tests.fakes.clock import MORNING
from tests.synapse import free_port


@pytest.fixture
def hooked(shell: Shell) -> Shell:
    secrets = shell.data / "secrets"
    secrets.mkdir()
    for name in (*SECRETS, "crm"):
        (secrets / name).write_text("a secret of sixteen")
    hook = {
        "name": "crm",
        "url": f"http://127.0.0.1:{free_port()}/",
        "secret_file": str(secrets / "crm"),
        "events": ["issue.opened"],
        "allow_http": True,
        "allow_private": True,
    }
    shell.env["CHAPERONE__WEBHOOKS__HOOKS"] = json.dumps([hook])
    return shell


async def _leave(shell: Shell) -> None:
    store = await shell.open()
    async with store.write() as tx:
        for _ in range(3):
            action = ACTION.dump_python(CallHook("crm", "d", "issue.opened", "{}"), mode="json")
            row = await tx.outbox.add("hook:crm", action, MORNING)
        await tx.outbox.drop(row - 2, MORNING, "it answered 500")
        await tx.outbox.defer(row - 1, MORNING, "TimeoutError")
    await store.close()


def test_hooks_are_listed_with_what_waits_and_what_was_given_up(hooked: Shell) -> None:
    asyncio.run(_leave(hooked))
    [hook] = hooked.json("hooks", "list")
    assert (hook["name"], hook["waiting"], hook["given_up"]) == ("crm", 2, 1)
    assert hook["last_fault"] == "TimeoutError"
    assert "crm" in hooked.run("hooks", "list").stdout


def test_a_hook_that_does_not_answer_is_said_not_to(hooked: Shell) -> None:
    tried = hooked.run("hooks", "test", "crm")
    assert tried.exit_code == 1
    assert "was not reached" in tried.stderr
    assert hooked.run("hooks", "test", "erp").exit_code == 1


def test_a_secret_that_is_guessed_easily_is_none(hooked: Shell) -> None:
    (hooked.data / "secrets" / "crm").write_text("short")
    checked = hooked.run("config", "check")
    assert checked.exit_code == 2
    assert "webhooks.hooks.crm.secret_file" in checked.stderr


@pytest.mark.parametrize(
    "change", [{"url": "http://example.org", "allow_http": False}, {"events": ["issue.x"]}, {"x": 1}, {"name": "A b"}]
)
def test_a_hook_that_is_none_is_said_to_be_none(hooked: Shell, change: dict[str, object]) -> None:
    [hook] = json.loads(hooked.env["CHAPERONE__WEBHOOKS__HOOKS"])
    hooked.env["CHAPERONE__WEBHOOKS__HOOKS"] = json.dumps([hook | change])
    checked = hooked.run("config", "check")
    assert checked.exit_code == 2
    assert "webhooks.hooks" in checked.stderr
