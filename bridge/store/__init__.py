"""The bridge's own database: SQLite in WAL mode, or PostgreSQL by a URL.

Implements the store's half of `bridge.ports`.
"""
