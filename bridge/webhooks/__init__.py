"""Outgoing webhooks: telling other programs what befalls issues, without being led astray by where they live."""
