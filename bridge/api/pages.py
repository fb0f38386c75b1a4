"""An answer that is a page for people, not JSON for programs. It asks nobody for anything: no script, no request."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from pydantic import RootModel

STYLE: Final = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code, .method { font-family: ui-monospace, monospace }
section { border-top: 1px solid #8886; padding: .5rem 0 }
h2 { font-size: 1.1rem; overflow-wrap: anywhere }
table { border-collapse: collapse }
td, th { text-align: left; vertical-align: top; padding: .15rem 1rem .15rem 0 }
.who { font-weight: normal; opacity: .75 }
"""


class Page(RootModel[str]):
    """A whole HTML document, whose only style is `STYLE`."""

    def headers(self) -> dict[str, str]:
        """The browser is told to load nothing, even if something in the page asked it to."""
        digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
        return {"Content-Security-Policy": policy}
