"""As much of Synapse as the module needs to be made, without a homeserver; the store fails as the test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import SimpleNamespace
from typing import Any


class Broken:
    """Whatever is called here fails."""

    def __init__(self, fault: BaseException) -> None:
        self._fault = fault

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def fail(*args: object, **kwargs: object) -> None:
            raise self._fault

        fail.cache = SimpleNamespace(get_immediate=lambda key, default: default)  # type: ignore[attr-defined]  # as Synapse does
        return fail


class FakeRules:
    """Synapse's own, which allow everything."""

    async def check_event_allowed(self, event: object, context: object) -> tuple[bool, None]:
        return True, None

    async def on_new_event(self, event_id: str) -> None: ...

    async def check_can_deactivate_user(self, user_id: str, by_admin: bool) -> bool:
        return True

    async def check_can_shutdown_room(self, user_id: str | None, room_id: str) -> bool:
        return True


class FakeQueue:
    """Notes who is in it."""

    def __init__(self) -> None:
        self.log: list[str] = []

    @asynccontextmanager
    async def queue(self, key: tuple[str]) -> AsyncIterator[None]:
        self.log.append(f"in {key[0]}")
        yield
        self.log.append(f"out {key[0]}")

    def acquire_lock(self, lock_name: str, lock_key: str) -> AbstractAsyncContextManager[None]:
        return self.queue((f"{lock_name} {lock_key}",))


class FakeMembers:
    def __init__(self) -> None:
        self.member_linearizer = FakeQueue()
        self.done: list[str] = []

    async def update_membership(self, *args: object, **kwargs: object) -> None: ...

    async def update_membership_locked(self, requester: object, target: object, room_id: str, action: str) -> None:
        self.done.append(f"{action} {room_id}")

    async def do_3pid_invite(self, room_id: str, inviter: object, medium: str, address: str) -> None: ...

    async def remote_knock(
        self, requester: object, remote_room_hosts: list[str], room_id: str, user: object, content: object
    ) -> None: ...


class FakeProfiles:
    async def set_displayname(
        self,
        *,
        target_user: object,
        requester: object,
        new_displayname: str,
        by_admin: bool = False,
        propagate: bool = True,
    ) -> None: ...


class FakeApi:
    """As much of `ModuleApi` as the module needs to be made, with a store that fails."""

    worker_name = "a worker"

    def __init__(self, fault: BaseException, worker_app: str | None = None) -> None:
        self.worker_app = worker_app
        broken = Broken(fault)
        self._store = self._device_handler = self._auth_handler = self._registration_handler = broken
        self.rules, self.members, self.profiles = FakeRules(), FakeMembers(), FakeProfiles()
        self._callbacks = SimpleNamespace(third_party_event_rules=self.rules)
        self.locks = FakeQueue()
        self._hs = SimpleNamespace(
            get_room_member_handler=lambda: self.members,
            get_profile_handler=lambda: self.profiles,
            get_worker_locks_handler=lambda: self.locks,
            config=SimpleNamespace(redis=SimpleNamespace(redis_enabled=False)),
        )
        self.get_userinfo_by_id = broken.get_userinfo_by_id
        self._storage_controllers = SimpleNamespace(state=broken)
        self.callbacks: dict[str, Any] = {}

    def register_third_party_rules_callbacks(self, **callbacks: Any) -> None:
        self.callbacks |= callbacks

    register_spam_checker_callbacks = register_third_party_rules_callbacks
    register_password_auth_provider_callbacks = register_third_party_rules_callbacks
    register_media_repository_callbacks = register_third_party_rules_callbacks

    def get_current_time_msec(self) -> int:
        return 0

    def register_web_resource(self, path: str, resource: object) -> None:
        self.path = path
