"""What an answer has come to so far: its words, its files, and what is to be remembered."""

from __future__ import annotations

from dataclasses import dataclass, field

from bots.answer import Chat, Declined, Extra, Growing, Part, Progress, Remember


@dataclass
class Draft:
    """Takes the parts of one answer."""

    said: list[Chat] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)
    remembered: dict[str, str] = field(default_factory=dict)
    growing: Chat | None = None
    declined: Declined | None = None

    def take(self, part: Part) -> None:
        """Add what the robot said next."""
        match part:
            case Declined():
                self.declined = part
            case Chat():
                self.said.append(part)
                self.growing = None
            case Growing():
                self.growing = Chat(part.text, part.html)
            case Remember():
                self.remembered.update(part.facts)
            case Progress():
                pass
            case _:
                self.extras.append(part)

    @property
    def words(self) -> Chat:
        """All words of it."""
        said = [*self.said, *([self.growing] if self.growing else [])]
        if not said:
            captions = ", ".join(part.caption or part.name for part in self.extras)
            return Chat(captions or "I have nothing to say to that.")
        html = "<br>".join(part.html for part in said) if all(part.html for part in said) else ""
        return Chat("\n\n".join(part.text for part in said), html)

    def show(self, part: Part) -> Chat | None:
        """What of the answer may be shown before its end, now that this part came: progress, and words that grow."""
        if isinstance(part, Progress):
            return Chat(part.text)
        return self.words if isinstance(part, Growing) else None
