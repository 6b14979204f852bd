"""Where: places of the gazetteer in a sentence, and those that no gazetteer has."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from vallum.claims.draft import Place
from vallum.ground.names import NamedPlace, fold, places
from vallum.ground.saidkinds import Precision

_REGION_KINDS = frozenset({"river", "mountain"})
_SUFFIX = r"(?:[ -](?:city|county|town|port|district|si|gun|ri|up|island|river))?"
_REGIONS = (
    "North Hamgyong", "South Hamgyong", "Ryanggang", "Yanggang", "Chagang", "Jagang",
    "North Pyongan", "South Pyongan", "Jilin", "Liaoning", "Yanbian", "Primorye", "Primorsky",
    "Primorskiy", "Heilongjiang",
)  # fmt: skip
_REGION = re.compile(
    rf"\b(?P<name>{'|'.join(_REGIONS)})(?:[ -](?:province|region|krai|prefecture|autonomous "
    r"prefecture))?(?!\w)",
    re.IGNORECASE,
)
_BORDER = re.compile(
    r"\b(?:the |its |their |North Korea[’']s |China[’']s )?(?:[\w-]+[ -–]){0,3}?"
    r"(?:borders?(?: (?:regions?|areas?|line|zones?))?|frontier)(?!\w|[ -](?:guards?|troops?|"
    r"patrol|"
    r"posts?|fenc|wall|police|agency|monitor|officials?|barrier|security|roads?|gates?))",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"\b(?:in|near|at|around|outside|beside|between|from|opposite|through) "
    r"(?:the (?:village|town|city|district|county|port|hamlet) of )?"
    r"(?P<name>(?:[A-ZÀ-Þ][\w’'-]{2,})(?: (?:[A-ZÀ-Þ][\w’'-]+)){0,2})"
)
_NO_NAMES = (
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday spring summer autumn fall winter "
    "north south east west google reuters covid covid-19 korea china russia chinese korean "
    "pyongyang beijing seoul moscow japan london washington europe asia parliament "
    "congress radio "
)
_NO_PLACE = frozenset(_NO_NAMES.split())
_NEAR = re.compile(
    r"\b(?:near|around|close to|outside|beside|opposite|by|toward|towards) (?:the )?$"
)
_PAPER = re.compile(
    r" (?:Daily|News|Times|Post|Wire|Gazette|Herald|Ledger|Tribune|Monitor|Watch)\b"
)
_CJK = "가-힣\u4e00-\u9fff"


@dataclass(frozen=True)
class Spot:
    """A place in a sentence."""

    start: int
    end: int
    place: Place


@cache
def _table() -> tuple[re.Pattern[str], dict[str, tuple[NamedPlace, ...]]]:
    """Return a pattern of all names, and the places that each folded name can mean."""
    meant: dict[str, list[NamedPlace]] = {}
    written: set[str] = set()
    for place in places():
        for text in place.spellings:
            bare = text.split(" (")[0] if "/" not in text else ""
            for form in {bare, _plain(bare)} - {""}:
                if len(form) < 2 or (form.isascii() and len(form) < 4):
                    continue
                written.add(form)
                rivals = meant.setdefault(fold(form), [])
                if place not in rivals:
                    rivals.append(place)
    names = sorted(written, key=len, reverse=True)
    options = "|".join(re.escape(name).replace("'", "['’‘ʼ]?") for name in names)
    latin = rf"(?<![\w-])(?:{options}){_SUFFIX}(?![\w{_CJK}])"
    scripts = [name for name in names if re.match(f"[{_CJK}]", name)]
    return re.compile(rf"{latin}|(?:{'|'.join(map(re.escape, scripts))})"), {
        key: tuple(value) for key, value in meant.items()
    }


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in letters if not unicodedata.combining(c)))


def spots(sentence: str) -> tuple[Spot, ...]:
    """Return the places that a sentence names, in order, rivals with them."""
    pattern, meant = _table()
    plain = _same_length(sentence)
    found = [
        Spot(match.start(), match.end(), place)
        for match in pattern.finditer(plain)
        if not _PAPER.match(sentence, match.end())
        and (place := _known(sentence, match.start(), match.end(), meant)) is not None
    ]
    taken = [(spot.start, spot.end) for spot in found]
    for match in _REGION.finditer(sentence):
        if _is_free(match, taken):
            place = Place(name=match["name"], as_stated=match[0], precision=Precision.REGION)
            found.append(Spot(match.start(), match.end(), place))
            taken.append(match.span())
    for match in _UNKNOWN.finditer(sentence):
        words = match["name"]
        at = match.start("name")
        if re.search(r"\bborder $", sentence[: match.start()]):
            continue  # "on the border between A and B" is the border
        is_none = {
            word.casefold().removesuffix("’s").removesuffix("'s") for word in words.split()
        } & _NO_PLACE
        if is_none or any(start < match.end() and at < end for start, end in taken):
            continue
        place = Place(name=words, as_stated=words, precision=Precision.UNPLACED)
        found.append(Spot(at, match.end(), place))
        taken.append((at, match.end()))
    # "Dandong’s Hushan Great Wall" is one place.
    return tuple(
        spot
        for spot in sorted(found, key=lambda spot: spot.start)
        if not (
            re.match(r"[’']s ", sentence[spot.end : spot.end + 3])
            and any(other.start == spot.end + 3 for other in found)
        )
    )


@lru_cache(maxsize=8)
def borders(sentence: str) -> tuple[Spot, ...]:
    """Return where a sentence speaks of the border as a whole."""
    return tuple(
        Spot(
            match.start(),
            match.end(),
            Place(name="border", as_stated=match[0].strip(), precision=Precision.REGION),
        )
        for match in _BORDER.finditer(sentence)
    )


def _is_free(match: re.Match[str], taken: list[tuple[int, int]]) -> bool:
    return not any(start < match.end() and match.start() < end for start, end in taken)


def _same_length(sentence: str) -> str:
    """Return the sentence without diacritics, as long as before."""
    return sentence if sentence.isascii() else "".join(map(_letter, sentence))


def _letter(letter: str) -> str:
    if letter.isascii() or letter > "\u2fff":
        return letter
    first = unicodedata.normalize("NFD", letter)[0]
    return first if len(first) == 1 else letter


def _known(
    sentence: str, start: int, end: int, meant: dict[str, tuple[NamedPlace, ...]]
) -> Place | None:
    words = sentence[start:end]
    key = fold(words)
    rivals = meant.get(key) or meant.get(
        fold(re.sub(rf"{_SUFFIX}$", "", words, flags=re.IGNORECASE))
    )
    if not rivals:
        return None
    is_river = re.search(r"river$", words, re.IGNORECASE) is not None
    is_town = re.search(r"(?:city|county|town|port)$", words, re.IGNORECASE) is not None
    if is_river or is_town:
        wanted = [one for one in rivals if (one.kind == "river") == is_river]
        rivals = tuple(wanted) or rivals
    near = _NEAR.search(sentence[max(0, start - 14) : start]) is not None
    first = rivals[0]
    if first.kind == "river" and not is_river and len(rivals) > 1:
        # "in Tumen" is the town, "along the Tumen" the river.
        is_along = re.search(r"\bthe $", sentence[max(0, start - 5) : start])
        first = first if is_along else rivals[1]
    precision = Precision.REGION if first.kind in _REGION_KINDS else Precision.LOCALITY
    return Place(
        name=first.name,
        as_stated=words,
        precision=Precision.VICINITY if near and precision is Precision.LOCALITY else precision,
        country=first.country,
        lon=first.lon,
        lat=first.lat,
        within_m=first.within_m,
        rivals=tuple(one.name for one in rivals if one is not first),
    )
