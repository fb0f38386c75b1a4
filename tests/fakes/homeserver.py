"""The homeserver in memory that the simulator stands on; tests/contracts holds it against the real one."""

from bridge.simulation.homeserver import BOT, SERVER, FakeHomeserver, FakeRoom

__all__ = ["BOT", "SERVER", "FakeHomeserver", "FakeRoom"]
