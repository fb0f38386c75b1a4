"""Synapse's side: its rendered configuration and registration, and the module that asks `policies` inside it."""
