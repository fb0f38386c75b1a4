"""The clock of the simulator."""

from bridge.simulation.clock import MORNING, FakeClock

__all__ = ["MORNING", "FakeClock"]
