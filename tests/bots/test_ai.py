from __future__ import annotations

from pathlib import Path

import pytest

from bots.ai import Ai, AiAway, Prompt, build_ai
from bots.config import AiSettings
from tests.fakes.ai_endpoint import FakeAi, ai_endpoint

PROMPT = Prompt("Explain.", "{}", {"type": "object"}, 150)


def ai(fake: FakeAi, **keys: object) -> Ai:
    return Ai(AiSettings(**{"url": fake.url, "timeout_seconds": 5, "retries": 1, **keys}))


async def test_words_come_as_they_grow() -> None:
    async with ai_endpoint(says="one two three", pieces=3) as fake:
        assert [words async for words in ai(fake).write(PROMPT)] == [
            *("one t", "one two th", "one two three"),
            "one two three",
        ]
        (asked,) = fake.asked
        assert [message["role"] for message in asked["messages"]] == ["system", "user"]
        assert (asked["max_tokens"], asked["stream"]) == (150, True)
        assert asked["response_format"]["json_schema"]["schema"] == {"type": "object"}


@pytest.mark.parametrize(
    ("fails", "why"),
    [
        ("429", "has too much to do"),
        ("500", "answers with an error"),
        ("dropped", "broke off"),
        ("nonsense", "broke off"),
        ("slow", "longer than 0.3 seconds"),
    ],
)
async def test_whatever_goes_wrong_is_told_in_words(fails: str, why: str) -> None:
    async with ai_endpoint(says="one two three", fails=fails) as fake:
        with pytest.raises(AiAway, match=why):
            async for _ in ai(fake, timeout_seconds=0.3 if fails == "slow" else 5).write(PROMPT):
                pass


async def test_a_limit_is_tried_again_as_often_as_the_settings_say() -> None:
    async with ai_endpoint(fails="429") as fake:
        with pytest.raises(AiAway):
            async for _ in ai(fake, retries=2).write(PROMPT):
                pass
        assert len(fake.asked) == 3


async def test_an_endpoint_that_knows_no_schemas_is_asked_without() -> None:
    async with ai_endpoint(says="one", fails="no schemas") as fake:
        assert [words async for words in ai(fake).write(PROMPT)][-1] == "one"
        assert ["response_format" in asked for asked in fake.asked] == [True, False]


async def test_nothing_said_is_no_answer() -> None:
    async with ai_endpoint(says=" ") as fake:
        with pytest.raises(AiAway, match="said nothing"):
            async for _ in ai(fake).write(PROMPT):
                pass


async def test_an_answer_without_end_is_cut_off() -> None:
    async with ai_endpoint(says="x" * 100_000) as fake:
        with pytest.raises(AiAway, match="no end"):
            async for _ in ai(fake).write(PROMPT):
                pass


async def test_nobody_answers() -> None:
    with pytest.raises(AiAway, match="broke off"):
        async for _ in ai(FakeAi(url="http://127.0.0.1:9/v1"), retries=0).write(PROMPT):
            pass


async def test_the_key_is_read_from_its_file(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("secret\n")
    async with ai_endpoint(says="one") as fake:
        async for _ in ai(fake, key_file=key).write(PROMPT):
            pass
        assert fake.keys == ["Bearer secret"]


async def test_a_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    async with ai_endpoint(says="one") as fake:
        with pytest.raises(AiAway, match="key cannot be read"):
            async for _ in ai(fake, key_file=tmp_path / "none").write(PROMPT):
                pass


def test_without_a_url_there_is_none() -> None:
    assert build_ai(AiSettings()) is None
