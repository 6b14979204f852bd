"""Claims out of a text: each a suggestion, with its words, for a person to approve.

Rules, not a model: every answer can be traced to a word, and the same text gives the same claims on
every machine. English only; names of places in any script.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from vallum.claims.body import Body, body_of
from vallum.claims.draft import ClaimDraft, Place, Quantity, Time
from vallum.claims.places import Gazetteer, Spot, borders, on_bank, packaged, spots
from vallum.claims.quantities import quantity_of
from vallum.claims.speakers import Voice, voice_of
from vallum.claims.states import state_of
from vallum.claims.subjects import BORDER, Mention, echoes, is_at_a_border, mentions
from vallum.claims.times import Moment, ahead_of, moments
from vallum.ground.prose.text import Markup, Sentence
from vallum.ground.saidkinds import Access, Modality, Precision, Subject

_AGAIN = re.compile(
    r"\b(?:that|this|the same|the) (?:section|stretch|area|city|town|county|place|district|village|"
    r"location|bank)\b|\bthere\b(?! (?:is|are|was|were|has|have|had|will|would|stood|stands?)\b)|"
    r"\blocally\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[;“”\"]|,? (?:but|while|whereas) |, and (?=[\w’'-]+ [\w’'-]+)|"
    r" and (?=(?:[\w’'-]+ ){1,5}(?:was|were|is|are|has|have|had|will|can|could) )"
)
_ALSO = re.compile(r"^(?:They|He|She|It|We|These|Those|Both)\b|\balso\b|\bas well\b")
_BETWEEN = re.compile(r"\bbetween [^,;.]{1,40}$", re.IGNORECASE)
_HARD = re.compile(r";|,? (?:but|while|whereas) ")
_SOURCE_OF = re.compile(
    r"\b(?:in|from|along|near|inside|close to|outside|around)\b[^,.;]{0,60}$", re.IGNORECASE
)
_LIST = re.compile(r"^[ ,]*(?:(?:and|or|as well as)\b[ ,]*)?(?:[\w’'-]+ ){0,3}$", re.IGNORECASE)
_FENCES = frozenset({Subject.DOUBLE_FENCE, Subject.ELECTRIC_FENCE})
_LENGTH = frozenset({"km", "m", "mi", "ft", "yd"})
_LONG_THINGS = frozenset(
    {Subject.FENCE, Subject.DOUBLE_FENCE, Subject.ELECTRIC_FENCE, Subject.WALL, Subject.DITCH}
)
_ISSUED = re.compile(
    r"\b(?:issued|published|released|report(?:ed|s)?|bulletin|briefing|told|said)\b", re.IGNORECASE
)
_OWN = re.compile(r"\b(?:new|another|additional|more|further|upgraded|improved|expanded)\b")
_DEFINITE = re.compile(r"\b(?:the|this|these|those|its|their) (?:[\w-]+ )?$", re.IGNORECASE)
_COMPARED = re.compile(
    r"\b(?:(?:up|down) from|compared (?:with|to)|against) [^,;.]{0,45}$"
    r"|\bfrom \d[\d,.]*(?: [a-z]+)? $",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\b(?:told|said|says|wrote|writes|reported|announced|added|stated|claimed|denied|confirmed|"
    r"warned|testified|recalled|ruled)$"
)
_WHICH = re.compile(r", which [^,;.]*(?:\.\d[^,;.]*)?,")
_IMAGES = re.compile(r"\b(?:imagery|images?|photos?|photographs?|footage|video)\b", re.IGNORECASE)
_WAS_AHEAD = re.compile(
    r"\b(?:was|were|had) (?:\w+ )?(?:scheduled|planned|due|supposed|expected|set|meant) "
)
_DECIDED = re.compile(
    r"\b(?:voted|decided|agreed|approved|promised|pledged|signed|ruled)\b[^,;“”\"]{0,40}$"
)
_SHE_SAID = re.compile(
    r"^(?:He|She|They)\b[^“”\"]{0,60}?\b(?:said|says|told|wrote|heard|explained|added)\b"
)
_KIN = re.compile(r"(?:^|[.,;] )(?P<who>(?:My|Our|A|His|Her) [a-z][\w-]+)(?= [a-z])")
_KINDRED = re.compile(
    r"aunt|uncle|cousin|(?:brother|sister)(?:-in-law)?|mother|father|wife|husband|friend|"
    r"neighbou?r|son|daughter|niece|nephew|grand(?:mother|father)|colleague|relative"
)
_ASIDE = re.compile(r", who [^,;.]{0,120}")
_FIRST_WORDS = 12
_QUOTED = 5
"""Sentences of one quotation before the words that say whose it is."""
_REMEMBERED = 1
"""Sentences without any thing after which "it" and "another 9 miles" mean nothing."""
_MOST = 24
"""Things in one sentence; whatever has more is a list of words, no statement."""
_BORDER_WORD = re.compile(
    r"\b(?:border|frontier)[ -](?=fenc|wall|barrier|posts?\b|guard posts?|infrastructure|"
    r"security|install)"
)
_STATED_AHEAD = frozenset({Modality.PLANNED, Modality.ORDERED})


@dataclass
class _Thread:
    """What carries over from one sentence to the next."""

    published: date
    gazetteer: Gazetteer
    paragraph: int = -1
    places: tuple[Place, ...] = ()
    speaker: str = ""
    spoke_in: int = -1
    anchor: date | None = None
    far_places: tuple[Place, ...] = ()
    kin: str = ""
    kinds: set[Subject] = field(default_factory=set)
    thing: Mention | None = None
    thing_age: int = 0
    is_at_border: bool = False


def read(
    text: str,
    *,
    published: date,
    markup: Markup = Markup.PLAIN,
    gazetteer: Gazetteer | None = None,
) -> tuple[ClaimDraft, ...]:
    """Return the claims about structures, orders and arrests at a border that a text makes.

    Args:
        text: as read; offsets count its characters.
        published: the day that "last month" is counted from.
        markup: tags and code are blanked; boxes and lists of other articles yield nothing.
        gazetteer: names of places to look for; those along North Korea's border if left out.

    Returns:
        Suggestions in order; the same thing said of the same place twice in a sentence is one.
    """
    body = body_of(text, markup)
    known = gazetteer or packaged("prk-north")
    if not _is_about_a_border(body.clean, body.sentences, known):
        return ()
    thread = _Thread(published, known)
    found: list[ClaimDraft] = []
    for number, sentence in enumerate(body.sentences):
        if sentence.paragraph != thread.paragraph:
            thread.paragraph, thread.far_places, thread.places = (
                sentence.paragraph, thread.places or thread.far_places, (),
            )  # fmt: skip
            thread.is_at_border = False
        voice = _voice(body.clean, body.sentences, number, thread)
        made = _claims(body.clean, sentence, published, thread, voice)
        found += _new(body.clean, made, thread.kinds)
        thread.kinds |= {claim.kind for claim in made}
    return tuple(_as_read(text, body, claim) for claim in found)


def _as_read(text: str, body: Body, claim: ClaimDraft) -> ClaimDraft:
    """Return a claim with the offsets and the words of the text as read."""
    start, end = body.where(claim.start, claim.end)
    return replace(
        claim, start=start, end=end, text=text[start:end], sentence=body.where(*claim.sentence)
    )


def _voice(clean: str, parts: tuple[Sentence, ...], number: int, thread: _Thread) -> Voice:
    """Return who speaks: in this sentence, at the end of its quotation, or still the same."""
    at = parts[number]
    words = clean[at.start : at.end]
    own = voice_of(words, thread.speaker)
    if thread.kin and thread.speaker in {"I", "We", "we"} and (she := _SHE_SAID.match(words)):
        return Voice(thread.kin, Access.HEARSAY, 0, she.end())
    thread.kin = _kin(words) or thread.kin
    if own.who:
        return own
    is_whole = words.lstrip()[:1] == "“" and words.count("“") == words.count("”")
    if is_whole and thread.spoke_in == at.paragraph:
        return Voice(thread.speaker, Access.DIRECT)
    if words.count("“") > words.count("”") or words.lstrip()[:1] in {"“", '"'}:
        for other in parts[number + 1 : number + 1 + _QUOTED]:
            if other.paragraph != at.paragraph:
                break
            later = voice_of(clean[other.start : other.end], thread.speaker)
            if later.who:
                return replace(later, start=-1, end=-1)
        if thread.spoke_in == at.paragraph:
            return Voice(thread.speaker, Access.DIRECT)
    if thread.speaker in {"I", "We", "we"} and own.access is not Access.HEARSAY:
        return Voice(thread.speaker, Access.DIRECT)
    return own


def _kin(words: str) -> str:
    """Return whom a witness speaks of, "my aunt", for "she said" in the next sentence."""
    found = [match["who"] for match in _KIN.finditer(words)]
    return next((who for who in found if _KINDRED.fullmatch(who.split()[1])), "")


def _new(clean: str, claims: list[ClaimDraft], known: set[Subject]) -> list[ClaimDraft]:
    """Leave out what only points back: "the fence", with nothing new said of it."""
    kinds = known | ({Subject.FENCE} if known & _FENCES else set())
    return [claim for claim in claims if not (_points_back(clean, claim) and claim.kind in kinds)]


def _points_back(clean: str, claim: ClaimDraft) -> bool:
    before = clean[max(claim.sentence[0], claim.start - 30) : claim.start]
    is_bare = claim.quantity is None and claim.time is None
    is_still = claim.modality in {Modality.PRESENT, Modality.PLANNED}
    if claim.kind in {Subject.ORDER, Subject.ARREST}:
        return False
    return is_bare and is_still and _DEFINITE.search(before) is not None


def _is_about_a_border(clean: str, parts: tuple[Sentence, ...], known: Gazetteer) -> bool:
    kept = " ".join(clean[part.start : part.end] for part in parts)
    return BORDER.search(kept) is not None or any(
        spot.place.lon is not None
        for part in parts
        for spot in spots(clean[part.start : part.end], known)
    )


def _claims(
    clean: str, at: Sentence, published: date, thread: _Thread, voice: Voice
) -> list[ClaimDraft]:
    """Return the claims of one sentence, and carry on what the next may refer to."""
    raw = clean[at.start : at.end]
    words = re.sub(r"[\n\t\r\u00a0]", " ", raw)
    times = moments(words, published, thread.anchor)
    here = spots(words, thread.gazetteer)
    things = _things(words, here, thread)
    masked = _masked(words, times)
    found: list[ClaimDraft] = []
    shared: Quantity | None = None
    for number, thing in enumerate(things):
        stop = things[number + 1].start if number + 1 < len(things) else len(words)
        begin = things[number - 1].end if number else 0
        amount = quantity_of(masked, thing, begin, stop)
        quantity, first, last = amount or (None, thing.start, thing.end)
        if first == last:
            continue  # "another 14" of which no amount could be read
        last = first + len(words[first:last].rstrip())
        if quantity is None and shared and _follows(words, things, number):
            quantity = shared if thing.subject in _LONG_THINGS else None
        shared = quantity if quantity and quantity.unit in _LENGTH else None
        claim = _one(words, thing, (first, last), here, times, voice, thread)
        start, end = at.start + claim.start, at.start + claim.end
        found.append(
            replace(
                claim, start=start, end=end, quantity=quantity,
                sentence=(at.start, at.start + len(raw.rstrip())),
            )
        )  # fmt: skip
    _carry(thread, words, here, voice, times, published)
    if not thread.places:
        thread.places = next((one.places for one in found if one.places), ())
    return _once(_shared_state(words, at.start, things, found))


def _things(words: str, here: tuple[Spot, ...], thread: _Thread) -> tuple[Mention, ...]:
    """Return what a sentence names or points back to; arrests only where a border is spoken of."""
    thread.is_at_border |= is_at_a_border(words) or any(spot.place.lon is not None for spot in here)
    named = tuple(
        one for one in mentions(words) if one.subject is not Subject.ARREST or thread.is_at_border
    )
    again = echoes(words, named, thread.thing)
    found = tuple(sorted((*named, *again), key=lambda one: one.start))[:_MOST]
    last = next((one for one in reversed(found) if not one.is_event), None)
    thread.thing_age = 0 if last else thread.thing_age + 1
    if last or thread.thing_age > _REMEMBERED:
        thread.thing = last
    return found


def _masked(words: str, times: tuple[Moment, ...]) -> str:
    """Return a sentence whose dates have no digits: "3 November 2021" counts nothing."""
    letters = list(words)
    for moment in times:
        letters[moment.start : moment.end] = [
            "~" if letter.isdigit() else letter for letter in letters[moment.start : moment.end]
        ]
    return "".join(letters)


def _follows(words: str, things: tuple[Mention, ...], number: int) -> bool:
    """Say whether a thing follows the one before it in a list: "fences, walls"."""
    if not number:
        return False
    return _LIST.match(words[things[number - 1].end : things[number].start]) is not None


def _shared_state(
    words: str, offset: int, things: tuple[Mention, ...], found: list[ClaimDraft]
) -> list[ClaimDraft]:
    """Give members of a list what was said of the first: "new fences, walls and posts"."""
    done: list[ClaimDraft] = []
    for number, claim in enumerate(found):
        before = done[-1] if done else None
        is_list = before is not None and (
            _follows(words, things, number)
            or re.match(
                r"^[^.;]{0,60}(?:, (?:including|complete with|equipped with)|"
                r"[ ,](?:topped|crowned) with) ",
                words[before.end - offset :],
            )
            is not None
        )
        if before and is_list and not things[number].is_event and not things[number - 1].is_event:
            gap = words[things[number - 1].end : things[number].start]
            own = claim.changes if _OWN.search(gap) else ()
            claim = replace(claim, changes=own or before.changes, modality=before.modality)
        done.append(claim)
    return done


def _one(
    words: str,
    thing: Mention,
    reach: tuple[int, int],
    here: tuple[Spot, ...],
    times: tuple[Moment, ...],
    voice: Voice,
    thread: _Thread,
) -> ClaimDraft:
    changes, modality = state_of(words, thing, reach[0])
    if _is_out_of_reach(words, thing, voice):
        voice = Voice()
    return ClaimDraft(
        start=reach[0],
        end=reach[1],
        text="",
        sentence=(0, 0),
        kind=thing.subject,
        changes=changes,
        modality=modality,
        places=on_bank(words, _places(words, thing, here, voice, thread)),
        time=_time(words, thing, times, voice, modality, thread.published),
        attribution=voice.who,
        access=voice.access,
    )


def _is_out_of_reach(words: str, thing: Mention, voice: Voice) -> bool:
    """Say whether "media reported that A, but B" leaves B in the text's own voice."""
    if voice.end < 0 or not words[voice.end :].lstrip().startswith("that "):
        return False
    return _HARD.search(words[voice.end : max(voice.end, thing.start)]) is not None


def _places(
    words: str, thing: Mention, here: tuple[Spot, ...], voice: Voice, thread: _Thread
) -> tuple[Place, ...]:
    """Return where a thing stands: places of its clause, of its sentence, or said before."""
    free = [spot for spot in here if not voice.start <= spot.start < voice.end]
    near = [spot for spot in free if not _has_cut(words, spot.start, thing)]
    chosen = near or free
    if chosen:
        return _distinct(_precise(chosen))
    # An order holds wherever it is not said where: nothing is carried over to it.
    is_order = thing.subject is Subject.ORDER
    is_again, is_also = _links(words)
    if is_again and not is_order:
        said = [spot for spot in here if spot not in free]
        told = tuple(spot.place for spot in said) if " there" in words else ()
        if carried := told or thread.places or thread.far_places:
            return carried
    if whole := borders(words):
        return (whole[0].place,)
    if not thread.places and (adjective := _BORDER_WORD.search(words)):
        whole_border = Place(
            name="border", as_stated=adjective[0], precision=Precision.REGION, kind="border"
        )
        return (whole_border,)
    if is_order:
        return ()
    return thread.places or (thread.far_places if thing.is_echo or is_also else ())


@lru_cache(maxsize=8)
def _links(words: str) -> tuple[bool, bool]:
    """Say whether a sentence goes on where the last one was: "there", "they also"."""
    return _AGAIN.search(words) is not None, _ALSO.search(words) is not None


def _distinct(found: list[Spot]) -> tuple[Place, ...]:
    by_name: dict[str, Place] = {}
    for spot in found:
        by_name.setdefault(spot.place.name, spot.place)
    return tuple(by_name.values())


def _precise(found: list[Spot]) -> list[Spot]:
    """Leave out a province that only says where its town lies."""
    towns = [spot for spot in found if spot.place.precision is not Precision.REGION]
    rivers = [
        spot
        for spot in found
        if spot.place.lon is not None and spot.place.precision is Precision.REGION
    ]
    return towns + rivers if towns else found


def _has_cut(words: str, at: int, thing: Mention) -> bool:
    low, high = (at, thing.start) if at < thing.start else (thing.end, at)
    return any(low <= cut < high and cut != thing.end for cut in _cuts(words))


@lru_cache(maxsize=8)
def _cuts(words: str) -> tuple[int, ...]:
    """Return where clauses part; the "and" of "between A and B" parts none."""
    return tuple(
        cut.start()
        for cut in _CLAUSE.finditer(words)
        if cut[0] != " and " or not _BETWEEN.search(words[max(0, cut.start() - 50) : cut.start()])
    )


def _time(
    words: str,
    thing: Mention,
    times: tuple[Moment, ...],
    voice: Voice,
    modality: Modality,
    published: date,
) -> Time | None:
    """Return when: the nearest time of the clause that does not date the saying itself."""
    free = [moment for moment in times if not _dates_the_saying(words, moment, voice)]
    main = [
        moment
        for moment in free
        if not any(one.start() < moment.start < one.end() for one in _WHICH.finditer(words))
    ]
    free = main or free
    near = [one for one in free if not _has_cut(words, one.start, thing)] or [
        one for one in free if one.start < _FIRST_WORDS and not _HARD.search(words[: thing.start])
    ]
    if near and modality is Modality.ORDERED:
        return near[0].time
    if near:
        nearest = min(near, key=lambda one: _distance(one, thing)).time
        moment = min(near, key=lambda one: _distance(one, thing))
        is_ahead = modality is Modality.PLANNED and not (
            _WAS_AHEAD.search(words) or _DECIDED.search(words[: moment.start])
        )
        return ahead_of(nearest, published) if is_ahead else nearest
    is_ahead = modality in _STATED_AHEAD
    if times and is_ahead:
        # "Last month media reported a plan"; not "told us on Monday".
        said = times[0]
        if said.start < voice.start or voice.start < 0 or modality is Modality.ORDERED:
            return said.time
    return None


def _distance(moment: Moment, thing: Mention) -> int:
    behind = moment.start - thing.end
    return behind if behind >= 0 else thing.start - moment.end


def _dates_the_saying(words: str, moment: Moment, voice: Voice) -> bool:
    """Say whether a time stands with "told", "said", "a report issued"."""
    if voice.start <= moment.start < voice.end:
        return _IMAGES.search(words[voice.start : voice.end]) is None
    if _COMPARED.search(words[: moment.start]) or any(
        one.start() < moment.start < one.end() for one in _ASIDE.finditer(words)
    ):
        return True
    tells = voice.end > 0 and _TELLS.search(words[voice.start : voice.end]) is not None
    if tells and 0 <= moment.start - voice.end <= 40:
        gap = words[voice.end : moment.start]
        return re.fullmatch(r"[^,;“”\"]*", gap) is not None and " that " not in gap
    before = words[max(0, moment.start - 22) : moment.start]
    return re.search(r"\b(?:report|statement|notice|bulletin)s? (?:issued|published|released)\b",
                     before, re.IGNORECASE) is not None  # fmt: skip


def _carry(
    thread: _Thread,
    words: str,
    here: tuple[Spot, ...],
    voice: Voice,
    times: tuple[Moment, ...],
    published: date,
) -> None:
    free = [spot for spot in here if not voice.start <= spot.start < voice.end]
    if free:
        thread.places = _distinct(_precise(free))
    if voice.who:
        thread.speaker, thread.spoke_in = voice.who, thread.paragraph
    dated = [moment.time.first for moment in times if moment.time.first]
    if not free and (whole := borders(words)):
        thread.places = (whole[0].place,)
    if dated and dated[0] <= published:
        thread.anchor = dated[0]


def _once(found: list[ClaimDraft]) -> list[ClaimDraft]:
    """Drop what a sentence says twice of one thing: "the fence, a wire fence"."""
    kept: list[ClaimDraft] = []
    for claim in found:
        same = [
            one
            for one in kept
            if one.kind is claim.kind and one.modality is claim.modality
            and (claim.quantity is None) and not claim.changes
        ]  # fmt: skip
        if not same:
            kept.append(claim)
    return kept
