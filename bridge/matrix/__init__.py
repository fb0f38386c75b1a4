"""The bridge's own thin Matrix client: ghosts, the bridge bot, and staff by their own sessions."""
