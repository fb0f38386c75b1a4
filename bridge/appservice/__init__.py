"""The side of the bridge that the homeserver calls."""
