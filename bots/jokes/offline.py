"""Dad jokes without an AI: by theme of what was found, turned to the product, and another one for another question.

Always the same one for the same question, so that an answer that is begun again after a crash says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Final

THEMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "circle": (
            "I asked the first field when it would show up. “After the last one.” The last one said “after you.”",
            "these fields are the politest I know: each of them holds the door for the next, and nobody ever goes in.",
            "to follow the one about the fields in a circle you must first know the one about the fields in a circle.",
            "why did the logic get dizzy? It kept going round and round and never reached a conclusion.",
        ),
        "missing": (
            "your logic keeps asking after a field that moved out long ago. It is not a dependency, it is a crush.",
            "I would tell you about the field that was deleted, but I have lost my point of reference.",
            "why was the check so lonely? It had a field day planned, and no field.",
            "your form sent its regards to a field that is not there. The field had no comment. Or label. Or anything.",
        ),
        "unreachable": (
            "one of your fields is so shy that no answer brings it out. I call it my teenager.",
            "I told the hidden field a joke. No reaction. It must be waiting for the right conditions.",
            "why did the field never come to the party? Its conditions were impossible to meet.",
            "there is a field that nobody will ever see. It must be great at hide and seek, less so at the seek.",
        ),
        "option": (
            "I ordered an option that is not on the menu. The form said: “You are spoilt for no choice.”",
            "two options walk into a list with the same value. The bartender says: “I cannot tell you apart.”",
            "why was the drop-down sad? It had no options left.",
            "your logic wants an option you do not offer. Sounds like my kids at dinner.",
        ),
        "label": (
            "I met a field without a label. We had a lovely chat, but I did not catch its name.",
            "two fields with the same name? At my house we call that “dad and junior”, and the post goes missing too.",
            "why did the label go to therapy? It had too much space and nobody to talk to.",
            "your labels have double blanks. Somebody must have spaced out.",
        ),
        "required": (
            "that field is required, and hidden. Just like my car keys.",
            "a required field nobody can fill in? My wife calls that “the list for the garage”.",
            "why did the hidden field feel pressure? It was required to be there, and not allowed to show it.",
            "my favourite field is read-only and empty. A blank book: no plot, no holes.",
        ),
        "calculation": (
            "I told your formula a joke about zero. It could not get over the division.",
            "why is the calculation so tired? It has been working on itself all night.",
            "your sums do not add up. Do not worry: seven out of four dads cannot do fractions either.",
            "parallel columns have so much in common. It is a shame about their total.",
        ),
        "email": (
            "your notification goes to nobody. Finally an inbox that is always at zero.",
            "I sent an e-mail without a subject. I did not want to change it.",
            "why did the confirmation stay at home? It had no address.",
            "the e-mail said it would be there in a bit. I said: take a byte.",
        ),
        "webhook": (
            "I went fishing with your webhook. It caught nothing, but it did post about it.",
            "why does the webhook not knock? Nobody gave it a handshake.",
            "your webhook talks to localhost. I talk to myself in the garage too.",
            "the webhook is off the hook. The receiver says so.",
        ),
        "submission": (
            "somebody submitted a date from 1970. Now that is what I call an old flame.",
            "I asked the form for a number and got a word. Fair enough: I asked my son for help and got one, too.",
            "why did the submission come in blank? It was speechless.",
            "that value is not among the options any more. Neither is my hair.",
        ),
        "form": (
            "your form has so many fields that I keep a tractor next to it.",
            "why did the form not go out? It was inactive.",
            "nothing on that form is required. Finally somebody who runs things the way my kids run chores.",
            "an empty section is like my wallet: well kept, and nothing in it.",
        ),
        "none": (
            "I looked for something wrong with your form and found nothing. It is in great form.",
            "your form has no problems at all. I am a field of one to admire it.",
            "why did the form pass the check? It had all the right answers in the right boxes.",
            "I had a joke about a perfect form, but you would have to submit to it.",
        ),
    }
)
PRODUCTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "docs": (
            "I put it in a document, so now it is a paper joke. Tearable.",
            "I would merge it into a template, but the margins are small.",
            "Filed under D, for dad.",
            "It reads better in print: it is all about the delivery.",
        ),
        "sign": (
            "Take it as a sign.",
            "Please initial here if you groaned.",
            "I would explain it, but you have to draw the line somewhere. A dotted one.",
            "Signed, sealed, and slightly embarrassed.",
        ),
        "fsid": (
            "And yes, I can prove that it is mine: I have ID.",
            "One login, one joke. Single sign-on, double groan.",
            "Do not ask me for another, I am not authorised.",
            "I told it to all your accounts. Only the sub-account laughed.",
        ),
        "stream": (
            "Go with the flow.",
            "When somebody laughs, then I tell another. That is my whole workflow.",
            "It works better downstream.",
            "I would automate it, but then who would groan by hand?",
        ),
    }
)
_BY_CODE: Final = {
    **dict.fromkeys(("L02", "L03", "L04", "C02", "C03", "C19"), "circle"),
    **dict.fromkeys(("L01", "C01", "N07", "C20", "N03", "K01"), "missing"),
    **dict.fromkeys(("L10", "L11", "L21", "N09", "W08", "R02"), "unreachable"),
    **dict.fromkeys(("L05", "R06"), "option"),
}
_BY_LETTER: Final = {
    "O": "option",
    "B": "label",
    "R": "required",
    "C": "calculation",
    "N": "email",
    "K": "email",
    "W": "webhook",
    "S": "submission",
    "F": "form",
    "L": "form",
}


def theme_of(codes: Sequence[str]) -> str:
    """What a joke about these findings, the worst first, is about."""
    for code in codes:
        if theme := _BY_CODE.get(code) or _BY_LETTER.get(code[:1]):
            return theme
    return "none"


def write_offline(customer_name: str, codes: Sequence[str], product: str, seed: str) -> str:
    """A joke, addressed to the name. Another seed is likely another joke."""
    theme = theme_of(codes)
    drawn = sha256(f"{seed}\n{product}\n{customer_name}\n{','.join(codes)}".encode("utf-8", "replace")).digest()
    jokes, tags = THEMES[theme], PRODUCTS[product]
    return f"{customer_name}, {jokes[drawn[0] % len(jokes)]} {tags[drawn[1] % len(tags)]}"
