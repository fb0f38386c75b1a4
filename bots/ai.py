"""An AI endpoint: any that speaks OpenAI's chat completions. What it says is text to be checked, never believed.

    prompt ─▶ words as they come ─▶ the whole       slow, gone, dropped in the middle, 429, nonsense ─▶ AiAway(why)

Its answers have a schema. An endpoint that knows no schemas is asked again without; the caller checks the shape anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bots.config import AiSettings
from bots.errors import BotsError

if TYPE_CHECKING:
    from openai import AsyncOpenAI

LONGEST_ANSWER: Final = 20_000
"""Characters. An endpoint that goes on for longer is cut off."""


class AiAway(BotsError):
    """There is no answer, or none that is of use; `why` is for people."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked. `data` is the customers' and never an instruction; it comes as a message of its own."""

    instructions: str
    data: str
    schema: Mapping[str, Any]
    most_tokens: int
    temperature: float = 0.0


class Ai:
    """One endpoint and one model."""

    def __init__(self, settings: AiSettings) -> None:
        self._settings = settings

    async def write(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """All the words so far, as they grow.

        :raises AiAway: at any moment.
        """
        # Here and not above: it takes a second to import, and most who run robots have no endpoint.
        import openai

        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                async for words in self._stream(prompt):
                    yield words
        except TimeoutError:
            raise AiAway(f"the AI took longer than {self._settings.timeout_seconds:g} seconds") from None
        except openai.RateLimitError:
            raise AiAway("the AI has too much to do just now (429)") from None
        except openai.APITimeoutError:
            raise AiAway("the AI does not answer in time") from None
        except openai.APIStatusError as fault:
            raise AiAway(f"the AI answers with an error ({fault.status_code})") from None
        except AiAway:
            raise
        except Exception as fault:  # of the connection, in whatever words its library has for it
            raise AiAway(f"the AI’s answer broke off ({type(fault).__name__})") from None

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        import openai

        words, reason = "", None
        async with self._connect() as client:
            try:
                stream = await self._open(client, prompt, with_schema=True)
            except openai.BadRequestError:
                stream = await self._open(client, prompt, with_schema=False)
            async for chunk in stream:
                for choice in chunk.choices[:1]:
                    words += choice.delta.content or ""
                    reason = choice.finish_reason or reason
                if len(words) > LONGEST_ANSWER:
                    raise AiAway("the AI’s answer has no end")
                yield words
        if reason is None:
            raise AiAway("the AI’s answer broke off")
        if not words.strip():
            raise AiAway("the AI said nothing")

    async def _open(self, client: AsyncOpenAI, prompt: Prompt, *, with_schema: bool) -> Any:
        shape: dict[str, Any] = (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "strict": True, "schema": dict(prompt.schema)},
                }
            }
            if with_schema
            else {}
        )
        return await client.chat.completions.create(
            model=self._settings.model,
            messages=[
                {"role": "system", "content": prompt.instructions},
                {"role": "user", "content": prompt.data},
            ],
            max_tokens=prompt.most_tokens,
            temperature=prompt.temperature,
            stream=True,
            **shape,
        )

    def _connect(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI

        return AsyncOpenAI(
            base_url=self._settings.url,
            api_key=_load_key(self._settings.key_file),
            max_retries=self._settings.retries,
            timeout=self._settings.timeout_seconds,
        )


def _load_key(path: Path | None) -> str:
    if path is None:
        return "none"
    try:
        return path.read_text(encoding="utf-8").strip() or "none"
    except (OSError, UnicodeDecodeError) as fault:
        raise AiAway("the file with the AI’s key cannot be read") from fault


def build_ai(settings: AiSettings) -> Ai | None:
    """The endpoint, if one is set up."""
    return Ai(settings) if settings.url else None
