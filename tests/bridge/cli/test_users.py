from __future__ import annotations

from pathlib import Path

import pytest

from tests.bridge.cli.conftest import Shell

PASSWORD = "correct horse"
TYPED = f"{PASSWORD}\n{PASSWORD}\n"


def test_an_employee_is_added_and_listed(shell: Shell) -> None:
    added = shell.run("users", "add", "dora", "--role", "employee", "--tier", "T2", "--name", "Dora D.", typed=TYPED)
    assert added.exit_code == 0, added.output
    assert "@dora:localhost is added." in added.stdout
    assert PASSWORD not in added.output
    [dora] = shell.json("users", "list")
    assert dora.pop("id")
    assert dora == {
        "login": "dora",
        "name": "Dora D.",
        "role": "employee",
        "tier": "T2",
        "status": "allowed",
        "user_id": "@dora:localhost",
    }


def test_the_list_is_a_table_for_people(shell: Shell) -> None:
    shell.run("users", "add", "sue", "--role", "supervisor", typed=TYPED)
    listed = shell.run("users", "list")
    assert listed.exit_code == 0
    assert [line.split() for line in listed.stdout.splitlines()] == [
        ["login", "name", "role", "tier", "status", "user", "id"],
        ["sue", "sue", "supervisor", "allowed", "@sue:localhost"],
    ]


def test_a_guest_is_a_ghost_with_a_marked_name(shell: Shell) -> None:
    shell.run("users", "add", "gus", "--role", "guest", "--name", "Gus", typed=TYPED)
    [gus] = shell.json("users", "list")
    assert (gus["user_id"], gus["name"], gus["tier"]) == ("@guest-gus:localhost", "Gus (guest)", None)


def test_a_password_is_read_from_a_file_or_from_standard_input(shell: Shell, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    for login, source, typed in (("sue", str(secret), None), ("sid", "-", f"{PASSWORD}\n")):
        added = shell.run("users", "add", login, "--role", "supervisor", "--password-file", source, typed=typed)
        assert added.exit_code == 0, added.output
    assert [person["login"] for person in shell.json("users", "list")] == ["sid", "sue"]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["Dora", "--role", "admin"], "login:"),
        (["do:ra", "--role", "admin"], "login:"),
        (["dora", "--role", "employee"], "tier:"),
        (["dora", "--role", "employee", "--tier", "T4"], "tier:"),
        (["dora", "--role", "guest", "--tier", "T1"], "tier:"),
        (["dora", "--role", "robot"], "role:"),
        (["dora", "--role", "bridge"], "role:"),
        (["dora", "--role", "king"], "--role"),
    ],
)
def test_somebody_who_cannot_be_is_not_added(shell: Shell, words: list[str], fault: str) -> None:
    added = shell.run("users", "add", *words, typed=TYPED)
    assert added.exit_code == 2
    assert fault in added.output
    assert shell.json("users", "list") == []


def test_all_that_is_wrong_is_said_at_once(shell: Shell) -> None:
    added = shell.run("users", "add", "Dora", "--role", "robot", "--tier", "T9", typed=TYPED)
    assert [line.split(":")[0] for line in added.stderr.splitlines()] == ["login", "role", "tier", "tier"]


@pytest.mark.parametrize("password", ["short", ""])
def test_a_short_password_is_not_taken(shell: Shell, password: str) -> None:
    added = shell.run("users", "add", "sue", "--role", "admin", "--password-file", "-", typed=f"{password}\n")
    assert added.exit_code == 2
    assert shell.json("users", "list") == []


def test_a_password_file_that_cannot_be_read_is_named(shell: Shell) -> None:
    added = shell.run("users", "add", "sue", "--role", "admin", "--password-file", "/nowhere/at/all")
    assert added.exit_code == 2
    assert "/nowhere/at/all" in added.stderr


def test_a_login_is_somebodys_once(shell: Shell) -> None:
    shell.run("users", "add", "sue", "--role", "admin", typed=TYPED)
    again = shell.run("users", "add", "sue", "--role", "supervisor", typed=TYPED)
    assert again.exit_code == 1
    assert "sue" in again.stderr
    assert [person["role"] for person in shell.json("users", "list")] == ["admin"]


def test_looking_at_what_is_not_there_does_not_make_it(tmp_path: Path) -> None:
    listed = Shell(tmp_path).run("users", "list")
    assert listed.exit_code == 1
    assert "chaperone up" in listed.stderr
    assert list(tmp_path.iterdir()) == []
