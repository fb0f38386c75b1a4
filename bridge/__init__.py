"""The application service: ghosts for guests, the life of an issue, the HTTP API, the socket gateway, the pages."""
