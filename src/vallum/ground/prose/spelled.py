"""Numbers written in words: one to ninety-nine, hundreds, dozens."""

from __future__ import annotations

import re

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORTH = {word: i for i, word in enumerate(_ONES)} | {
    word: 10 * (i + 2) for i, word in enumerate(_TENS)
}
_BIG = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_SMALL = "|".join([*_TENS, *reversed(_ONES)])
_TEN = "|".join(_TENS)
_ONE = "|".join(_ONES[1:10])
_ATOM = (
    rf"(?:(?:{_TEN})[ -](?:{_ONE})(?!\w)|(?:{_SMALL})(?!\w|-(?:{_ONE})\b)|(?:{_SMALL})(?=fold|"
    rf"-fold))"
)
WORDS = (
    rf"half[ -]a[ -]dozen|half[ -]dozen|(?:a|{_SMALL})[ -]dozen(?!s)|"
    rf"(?:(?:a|{_ATOM})[ -](?:hundred|thousand)(?!s)(?:(?: and|,)? {_ATOM}| hundred|"
    rf" thousand){{0,4}}|{_ATOM})"
)
"""Pattern of a number in words, to be matched without regard to case."""


def worth(words: str) -> float | None:
    """Return the number that words such as "one hundred and sixty-nine" mean, or None."""
    parts = [part for part in re.split(r"[\s,-]+", words.lower()) if part not in {"and", ""}]
    if parts[-1] == "dozen":
        if parts[0] == "half":
            return 6.0
        return 12.0 * (1 if parts[0] == "a" else _WORTH.get(parts[0], 1))
    total, part = 0, 0
    for word in parts:
        if word == "a":
            part = 1
        elif word in _WORTH:
            part += _WORTH[word]
        elif word == "hundred":
            part = max(1, part) * 100
        elif word in _BIG:
            total, part = total + max(1, part) * _BIG[word], 0
        else:
            return None
    return float(total + part)


_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "tenth": 10}
FRACTIONS = (
    r"(?:a|one|two|three|four)[ -](?:third|quarter|fifth|sixth|tenth)s?|half(?![ -]a[ -]dozen)|"
    r"a half"
)
"""Pattern of a share in words; a third, two-thirds, half."""


def fraction(words: str) -> float:
    """Return the share that words such as "two-thirds" mean."""
    first, _, last = words.lower().replace("-", " ").rpartition(" ")
    return {"": 1, "a": 1}.get(first, _WORTH.get(first, 1)) / _PARTS[last.rstrip("s")]
