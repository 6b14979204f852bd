"""Where: places of a gazetteer in a sentence, and those that no gazetteer has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from vallum.claims.draft import Place
from vallum.ground import names
from vallum.ground.names import NamedPlace, NamedRegion, fold
from vallum.ground.prose.spelled import WORDS, worth
from vallum.ground.saidkinds import Precision

_REGION_KINDS = frozenset({"river", "mountain"})
_SUFFIX = (
    r"(?i:[ -](?:city|county|town|port|district|si|gun|ri|up|gu|dong|myon|myeon|gang|island|"
    r"river))?"
)
_OF_SCRIPT = "[군시구리县縣市]?"
_OF_REGION = (
    r"(?i:[ -](?:province|region|krai|prefecture|autonomous prefecture|voivodeship|oblast|state))?"
)
# Words before it are bounded and whole: else one endless word takes minutes.
_BORDER = re.compile(
    r"\b(?:the |its |their |North Korea[’']s |China[’']s )?(?:[\w-]{1,30}(?!\w)[ -–]){0,3}?"
    r"(?:borders?(?: (?:regions?|areas?|line|zones?))?|frontier)(?!\w|[ -](?:guards?|troops?|"
    r"patrol|"
    r"posts?|fenc|wall|police|agency|monitor|officials?|barrier|security|roads?|gates?))",
    re.IGNORECASE,
)
_NAME = r"(?:(?:[A-Z][a-z] )?[A-ZÀ-ÞŁŚŻĆİŞ][\w’'-]{2,})(?: (?:[A-ZÀ-ÞŁŚŻĆİŞ][\w’'-]+)){0,2}"
_OF_KIND = r"(?:the (?:village|town|city|district|county|port|hamlet) of )?"
_UNKNOWN = re.compile(
    r"\b(?:[Ii]n|[Nn]ear|[Aa]t|[Aa]round|[Oo]utside|[Bb]eside|[Bb]etween|[Ff]rom|[Oo]pposite|"
    r"[Tt]hrough|[Aa]bove|[Bb]elow|[Bb]eyond|[Pp]ast|(?:[Nn]orth|[Ss]outh|[Ee]ast|[Ww]est|"
    r"[Uu]pstream|"
    r"[Dd]ownstream) of|[Oo]f the (?:village|town|city|district|county|port|hamlet) of|"
    rf"(?:[Rr]esidents|[Vv]illagers|[Pp]eople|[Mm]ayor|[Oo]utskirts) of) {_OF_KIND}"
    rf"(?P<name>{_NAME})"
)
_RIVER = re.compile(
    r"\b(?:[Aa]long|[Aa]cross|[Bb]eside|[Oo]n|"
    r"[Oo]ver) the (?P<name>(?:River )?[A-ZÀ-Þ][\w’'-]{2,}(?: River)?)"
    r"(?=[,.;)]| (?:in|near|at|by|last|this|since|between|and|was|were|is|are|has|have)\b)"
)
_NEXT = re.compile(
    rf"(?:(?:,? (?:and|or|to) )|, (?={_NAME}(?:, {_NAME})*,? (?:and|or) {_NAME})){_OF_KIND}"
    rf"(?P<name>{_NAME})(?! (?:said|told|says|has|have|had|was|were|wrote|added))"
)
_NO_NAMES = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "monday tuesday wednesday thursday friday saturday sunday spring summer autumn fall winter "
    "north south east west google reuters covid covid-19 korea china russia chinese korean "
    "pyongyang beijing seoul moscow japan london washington europe asia parliament "
    "congress radio finland norway estonia latvia lithuania poland belarus ukraine turkey syria "
    "iraq iran israel egypt jordan lebanon greece bulgaria hungary serbia spain morocco algeria "
    "tunisia libya sudan india pakistan bangladesh myanmar burma thailand nepal bhutan kashmir "
    "afghanistan tajikistan kyrgyzstan uzbekistan turkmenistan kazakhstan mongolia mexico "
    "america kenya somalia ethiopia european union soviet"
)
_NO_PLACE = frozenset(_NO_NAMES.split())
_HERE = r"(?:the )?(?:(?:town|city|village|county|district|port) of )?$"
_NEAR = re.compile(
    rf"\b(?:near|around|close to|outside|beside|opposite|by|toward|towards|not far from) {_HERE}",
    re.IGNORECASE,
)
_OPPOSITE = re.compile(
    r"\b(?:opposite|facing|across (?:the (?:river|border|line|water|bank) )?from) "
    rf"{_HERE}",
    re.IGNORECASE,
)
_OFF = re.compile(
    rf"\b(?P<n>\d+(?:\.\d+)?|(?:{WORDS})) ?(?P<unit>kilomet(?:er|re)s?|km|miles?|met(?:er|re)s?|m) "
    r"(?:(?:to the )?(?:north|south|east|west)(?:[- ]?(?:east|west))?|up(?:stream|river)|"
    rf"down(?:stream|river)|away|outside)? ?(?:of|from) {_HERE}",
    re.IGNORECASE,
)
_FROM_HERE = re.compile(rf"\b(?:of|from) {_HERE}", re.IGNORECASE)
_FROM = re.compile(rf"\b(?:between|from) {_HERE}", re.IGNORECASE)
_TO = re.compile(rf"[ ,]*(?:and|to|until|as far as|up to) {_HERE[:-1]}", re.IGNORECASE)
_LOCATIVE = re.compile(
    r"(?:\b(?:in|near|at|to|from|between|and|or|of|outside|around|opposite|towards?|by|beside|"
    rf"through|via|inside) |, |\(){_HERE}",
    re.IGNORECASE,
)
_PAPER = re.compile(
    r" (?:Daily|News|Times|Post|Wire|Gazette|Herald|Ledger|Tribune|Monitor|Watch)\b"
)
_NATIONS = {
    "chinese": "CN", "north korean": "KP", "korean": "KP", "russian": "RU", "turkish": "TR",
    "syrian": "SY", "polish": "PL", "belarusian": "BY", "belarussian": "BY", "american": "US",
    "us": "US", "u.s.": "US", "mexican": "MX",
}  # fmt: skip
_BANK = re.compile(
    rf"\b(?P<nation>{'|'.join(map(re.escape, _NATIONS))}) (?:side|bank|shore|half|territory)\b"
    r"|\b(?P<both>both (?:sides|banks|shores))\b",
    re.IGNORECASE,
)
_TOWNLIKE = frozenset({"city", "town", "county", "port", "district"})
_CJK = "가-힣\u4e00-\u9fff"
_METRES = {"k": 1000.0, "mi": 1609.344, "m": 1.0}


@dataclass(frozen=True)
class Spot:
    """A place in a sentence."""

    start: int
    end: int
    place: Place


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """Names to look for.

    Attributes:
        pattern: any of the names of places.
        meant: the places that each folded name can mean.
        regions: any of the names of provinces; None without any.
        known: the region that each folded name means.
        careful: folded names that count only after "in", "near", "from" and the like.
    """

    pattern: re.Pattern[str] | None
    meant: dict[str, tuple[NamedPlace, ...]]
    regions: re.Pattern[str] | None
    known: dict[str, NamedRegion]
    careful: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        places: Iterable[NamedPlace],
        regions: Iterable[NamedRegion] = (),
        *,
        careful: Iterable[NamedPlace] = (),
    ) -> Gazetteer:
        """Return a gazetteer of places, regions, and places whose names are also common words."""
        meant: dict[str, list[NamedPlace]] = {}
        written: set[str] = set()
        doubtful: set[str] = set()
        doubted = tuple(careful)
        for place in (*places, *doubted):
            for form in _forms(place):
                written.add(form)
                if place in doubted:
                    doubtful.add(fold(form))
                rivals = meant.setdefault(fold(form), [])
                if place not in rivals:
                    rivals.append(place)
        every = [one for one in regions if one.kind != "river"]
        known = {
            fold(form): one
            for one in every
            for text in one.spellings
            for form in {text, _plain(text)}
        }
        return cls(
            _named(written, _SUFFIX, ""),
            {key: tuple(value) for key, value in meant.items()},
            _named(
                {form for one in every for text in one.spellings for form in {text, _plain(text)}},
                _OF_REGION,
                "(?i:",
            ),
            known,
            frozenset(doubtful),
        )


def _forms(place: NamedPlace) -> set[str]:
    found: set[str] = set()
    for text in place.spellings:
        bare = text.split(" (")[0] if "/" not in text else ""
        found |= {
            form
            for form in (bare, _plain(bare))
            if len(form) >= 2 and not (form.isascii() and len(form) < 4)
        }
    return found


def _named(written: Iterable[str], suffix: str, flag: str) -> re.Pattern[str] | None:
    """Return a pattern of names, the longest first; those in other scripts need no blanks."""
    ordered = sorted(written, key=lambda name: (-len(name), name))
    if not ordered:
        return None
    scripts = [name for name in ordered if re.match(f"[{_CJK}]", name)]
    latin = [re.escape(n).replace("'", "['’‘ʼ]?") for n in ordered if n not in scripts]
    end = ")" if flag else ""
    parts = [rf"(?<![\w-]){flag}(?:{'|'.join(latin)}){suffix}{end}(?![\w{_CJK}])"] if latin else []
    parts += [f"(?:{'|'.join(map(re.escape, scripts))}){_OF_SCRIPT}"] if scripts else []
    return re.compile("|".join(parts))


@cache
def packaged(frontier_name: str) -> Gazetteer:
    """Return the packaged names along a frontier; without name, those of North Korea's border."""
    name = frontier_name if frontier_name in names.lines() else "prk-north"
    here, around = names.places(name), names.regions(name)
    if name == "prk-north":
        return Gazetteer.of(here, around)
    return Gazetteer.of((), around, careful=here)


def likeliest(text: str) -> str:
    """Return the packaged frontier of which a text names most places; North Korea's if none."""
    counts = {name: len({*_hits(text, packaged(name))}) for name in names.lines()}
    best = max(counts.values())
    return "prk-north" if counts["prk-north"] == best else max(counts, key=lambda n: counts[n])


def _hits(text: str, gazetteer: Gazetteer) -> list[str]:
    pattern = gazetteer.pattern
    if pattern is None:
        return []
    return [
        match[0]
        for match in pattern.finditer(_same_length(text))
        if _is_stated(text, match.start(), fold(match[0]), gazetteer)
    ]


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare).translate(_FLAT)


_FLAT = str.maketrans({"ı": "i", "ł": "l", "Ł": "L", "ø": "o", "đ": "d", "‘": "'", "’": "'"})


def spots(sentence: str, gazetteer: Gazetteer | None = None) -> tuple[Spot, ...]:
    """Return the places that a sentence names, in order, rivals with them."""
    gazetteer = gazetteer or packaged("prk-north")
    found = _of_gazetteer(sentence, gazetteer)
    taken = [(spot.start, spot.end) for spot in found]
    for match in gazetteer.regions.finditer(sentence) if gazetteer.regions else ():
        if _is_free(match.start(), match.end(), taken):
            found.append(Spot(match.start(), match.end(), _region(match[0], gazetteer)))
            taken.append(match.span())
    found += _unknown(sentence, taken)
    # "Dandong’s Hushan Great Wall" is one place.
    kept = [
        spot
        for spot in sorted(found, key=lambda spot: spot.start)
        if not (
            sentence[spot.end : spot.end + 3] in {"’s ", "'s "}
            and any(other.start == spot.end + 3 for other in found)
        )
    ]
    return _joined(sentence, kept)


def _of_gazetteer(sentence: str, gazetteer: Gazetteer) -> list[Spot]:
    if gazetteer.pattern is None:
        return []
    return [
        Spot(match.start(), match.end(), place)
        for match in gazetteer.pattern.finditer(_same_length(sentence))
        if not _PAPER.match(sentence, match.end())
        and (place := _known(sentence, match.start(), match.end(), gazetteer)) is not None
    ]


def _region(words: str, gazetteer: Gazetteer) -> Place:
    bare = re.sub(rf"{_OF_REGION}$", "", words, flags=re.IGNORECASE)
    region = gazetteer.known.get(fold(words)) or gazetteer.known.get(fold(bare))
    return Place(
        name=bare if bare[:1].isupper() and bare.isascii() else (region.name if region else words),
        as_stated=words,
        precision=Precision.REGION,
        country=region.country if region else "",
        kind=region.kind if region else "province",
    )


def _unknown(sentence: str, taken: list[tuple[int, int]]) -> list[Spot]:
    """Return capitalised words that stand where a place would, and those listed with them."""
    found: list[Spot] = []
    for match in (*_UNKNOWN.finditer(sentence), *_RIVER.finditer(sentence)):
        is_between = match[0][:7].lower() in {"between", "from to"}
        if is_between and re.search(r"\bborder $", sentence[: match.start()]):
            continue  # "on the border between A and B" is the border
        start, end = _named_at(match)
        if _is_name(match["name"]) and _is_free(start, end, taken):
            found.append(_unplaced(match))
            taken.append((start, end))
    ends = sorted({end for _, end in taken})
    for end in ends:
        at: int | None = end
        while at is not None and (more := _NEXT.match(sentence, at)):
            start, at = _named_at(more)
            if not _is_name(more["name"]) or not _is_free(start, at, taken):
                break
            found.append(_unplaced(more))
            taken.append((start, at))
    return found


def _named_at(match: re.Match[str]) -> tuple[int, int]:
    return match.start("name"), match.end("name")


def _is_name(words: str) -> bool:
    bare = {word.casefold().removesuffix("’s").removesuffix("'s") for word in words.split()}
    return not bare & _NO_PLACE or words.startswith("New ")


def _unplaced(match: re.Match[str]) -> Spot:
    place = Place(name=match["name"], as_stated=match["name"], precision=Precision.UNPLACED)
    return Spot(*_named_at(match), place)


def _joined(sentence: str, found: Sequence[Spot]) -> tuple[Spot, ...]:
    """Mark the far end of "from A to B" and "between A and B"."""
    done: list[Spot] = []
    for spot in found:
        before = done[-1] if done else None
        if (
            before
            and not before.place.is_end
            and _TO.fullmatch(sentence, before.end, spot.start)
            and _FROM.search(sentence[max(0, before.start - 40) : before.start])
            and Precision.REGION not in {spot.place.precision, before.place.precision}
        ):
            spot = Spot(spot.start, spot.end, replace(spot.place, is_end=True))
        done.append(spot)
    return tuple(done)


@lru_cache(maxsize=8)
def borders(sentence: str) -> tuple[Spot, ...]:
    """Return where a sentence speaks of the border as a whole."""
    return tuple(
        Spot(
            match.start(),
            match.end(),
            Place(
                name="border", as_stated=match[0].strip(), precision=Precision.REGION, kind="border"
            ),
        )
        for match in _BORDER.finditer(sentence)
    )


def on_bank(words: str, places: tuple[Place, ...]) -> tuple[Place, ...]:
    """Return places with the bank that a sentence states, "the Chinese side", "both banks"."""
    stated = {
        "both" if match["both"] else _NATIONS[match["nation"].lower()]
        for match in _BANK.finditer(words)
    }
    if len(stated) != 1:
        return places
    bank = stated.pop()
    return tuple(
        replace(one, bank=bank) if bank == "both" or one.country in {"", bank} or "/" in one.country
        else one
        for one in places
    )  # fmt: skip


def _is_free(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return not any(first < end and start < last for first, last in taken)


def _same_length(sentence: str) -> str:
    """Return the sentence without diacritics, as long as before."""
    return sentence if sentence.isascii() else "".join(map(_letter, sentence))


def _letter(letter: str) -> str:
    if letter.isascii() or letter > "\u2fff":
        return letter
    first = unicodedata.normalize("NFD", letter)[0].translate(_FLAT)
    return first if len(first) == 1 and letter not in "‘’" else letter


def _is_stated(sentence: str, start: int, key: str, gazetteer: Gazetteer) -> bool:
    """Say whether words are the name of a place here: "in Mission", not "Mission control"."""
    if key not in gazetteer.careful:
        return True
    return _LOCATIVE.search(sentence[max(0, start - 40) : start]) is not None


def _known(sentence: str, start: int, end: int, gazetteer: Gazetteer) -> Place | None:
    words = sentence[start:end]
    key, meant = fold(words), gazetteer.meant
    if key not in meant:
        key = fold(re.sub(rf"{_SUFFIX}$", "", words, flags=re.IGNORECASE))
    if key not in meant:
        key = fold(_plain(words))
    if key not in meant:
        key = fold(re.sub(f"{_OF_SCRIPT}$", "", words))
    rivals = meant.get(key, ())
    if not rivals or not _is_stated(sentence, start, key, gazetteer):
        return None
    first, others = _chosen(sentence, start, words, rivals)
    before = sentence[max(0, start - 70) : start]
    is_point = first.kind not in _REGION_KINDS
    from_here = is_point and _FROM_HERE.search(before[-24:]) is not None
    off = _OFF.search(before) if from_here else None
    is_opposite = is_point and _OPPOSITE.search(before) is not None
    return Place(
        name=first.name,
        as_stated=words,
        precision=Precision.LOCALITY if is_point else Precision.REGION,
        country=first.country,
        lon=first.lon,
        lat=first.lat,
        within_m=first.within_m,
        rivals=tuple(one.name for one in rivals if one is not first),
        kind="area" if _is_area(words) else first.kind,
        is_near=bool(is_point and (off or is_opposite or _NEAR.search(before))),
        is_opposite=is_opposite,
        off_m=_metres(off) if off else 0,
        also=others,
    )


def _chosen(
    sentence: str, start: int, words: str, rivals: tuple[NamedPlace, ...]
) -> tuple[NamedPlace, tuple[NamedPlace, ...]]:
    """Return what is meant, and what else of the same sort it could be."""
    is_river = re.search(r"(?:river|-gang)$", words, re.IGNORECASE) is not None
    is_town = re.search(r"(?:city|county|town|port|[ -]gun|[ -]si)$", words, re.IGNORECASE)
    if is_river or is_town:
        wanted = [one for one in rivals if (one.kind == "river") == is_river]
        rivals = tuple(wanted) or rivals
    first = rivals[0]
    if first.kind == "river" and not is_river and len(rivals) > 1:
        # "in Tumen" is the town, "along the Tumen" the river.
        is_along = re.search(r"\bthe $", sentence[max(0, start - 5) : start])
        first = first if is_along else rivals[1]
    is_wide = first.kind in _REGION_KINDS
    same = [one for one in rivals if one is not first and (one.kind in _REGION_KINDS) == is_wide]
    return first, tuple(same)


def _is_area(words: str) -> bool:
    """Say whether a county is meant, not the town after which it is called."""
    return re.search(r"(?:county|district|[ -]gun|군|县|縣)$", words, re.IGNORECASE) is not None


def _metres(off: re.Match[str]) -> int:
    n = float(off["n"]) if off["n"][0].isdigit() else (worth(off["n"].lower()) or 0.0)
    unit = off["unit"].lower()
    return round(n * _METRES["k" if unit[0] == "k" else "mi" if unit.startswith("mi") else "m"])
