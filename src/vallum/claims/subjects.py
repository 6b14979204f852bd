"""Words for what stands at a border, and for what is done there to people."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vallum.ground.saidkinds import Subject

_WORD = r"(?:[a-z][\w-]{0,20}[ -])"
_FENCE = r"(?:fenc(?:es?|ing)(?: lines?)?)"
_PATTERNS: tuple[tuple[Subject, str], ...] = (
    (
        Subject.ORDER,
        r"shoot[- ](?:on[- ]sight|to[- ]kill)(?: orders?| polic(?:y|ies))?|orders? to (?:shoot|"
        r"fire)|"
        r"(?:was |were |has |have )?ordered (?:the |its |all )?(?:border |army )?"
        r"(?:guards?|soldiers|troops|patrols|units) to (?:shoot|fire)|been ordered to (?:shoot|"
        r"fire)|"
        r"(?:issued|gave|given|handed down|sent down|received|announced|read out) (?:an?|the|new|"
        r"another|emergency|strict)?(?: (?:new|emergency|strict|written))? ?(?:orders?|decrees?|"
        r"directives?|proclamations?)(?! of)|\b(?:the|an?) (?:same|new|second|further|similar) "
        r"(?:order|decree|directive)(?= (?:reached|came|arrived|was|has))|"
        r"\ban (?:\w+ )?(?:order|decree)(?= (?:was|has|had|came|"
        r"went|from|issued|to))",
    ),
    (
        Subject.ARREST,
        r"(?:(?:were|was|been|being|are|is) )?(?:arrested|detained|apprehended)|"
        r"(?<![\w-])arrests?(?! warrant)|taken into custody|rounded up",
    ),
    (
        Subject.ELECTRIC_FENCE,
        rf"(?:electric(?:al|ally[- ]charged)?|electrified|"
        rf"high[- ]voltage)[ -]{_WORD}{{0,2}}?{_FENCE}|"
        r"electrified (?:barbed )?wires?|high[- ]voltage wires?|"
        r"(?:wires?|fence) (?:was|were|is|are) (?:live|electrified)|"
        r"carr(?:y|ies|ied) an? electric current",
    ),
    (
        Subject.DOUBLE_FENCE,
        rf"parallel fences?|(?:double|dual|twin|second|two[- ]layer(?:ed)?|double[- ]layer(?:ed)?) "
        rf"(?:line |row |layer )?(?:of )?(?:[a-z-]{{3,20}}[ -]){{0,2}}?{_FENCE}|double[- ]{_FENCE}",
    ),
    (
        Subject.FENCE,
        rf"(?:barbed|razor|concertina)[- ]?wires?(?: {_FENCE})?|(?:wire|chain[- ]link|"
        rf"mesh)[ -]{_FENCE}|(?:(?<=lines of )|(?<=rows of )|(?<=coils of )|(?<=rolls of ))wires?|"
        rf"(?<![\w-]){_FENCE}(?! posts?)",
    ),
    (Subject.WALL, r"(?:concrete|stone|steel|blockade|border|brick) walls?|walls?(?! street)"),
    (
        Subject.WATCHTOWER,
        r"watch[- ]?towers?|(?:observation|guard|surveillance|look-?out) towers?",
    ),
    (
        Subject.CHECKPOINT,
        r"check[- ]?points?|check[- ]posts?|roadblocks?|inspection (?:posts?|stations?)",
    ),
    (
        Subject.GUARD_POST,
        r"(?:guard|sentry|border|observation|look-?out|watch|military|army|police)[- ]?posts?|"
        r"guard ?houses?|sentry boxes|sentry box|(?:military )?outposts?|bunkers?|pillboxes",
    ),
    (
        Subject.CAMERA,
        r"(?:(?:surveillance|security|cctv|thermal|infrared|video|monitoring|"
        r"night-vision)[ -]){0,3}"
        r"cameras?(?! (?:crews?|sensors?|shops?|operators?|teams?|phones?))|cctvs?|real-time video",
    ),
    (Subject.PATROL_ROAD, r"(?:patrol|perimeter|military|border) (?:roads?|tracks?|paths?|lanes?)"),
    (
        Subject.CLEARED_STRIP,
        r"(?:cleared|ploughed|plowed|raked|trace|control|death|bare) (?:strips?|bands?)|"
        r"cleared of (?:trees|vegetation|reeds|brush|crops)",
    ),
    (
        Subject.BUFFER_ZONE,
        r"buffer (?:zones?|strips?|areas?)|(?:no[- ]go|exclusion|forbidden|off-limits|restricted) "
        r"(?:zones?|areas?)",
    ),
    (Subject.GATE, r"(?:border |steel |iron |flood)?gates?(?! crash)"),
    (Subject.DITCH, r"(?:anti-tank )?(?:ditch(?:es)?|trench(?:es)?|moats?)"),
    (
        Subject.MINES,
        r"(?:land[- ]?|anti-personnel )mines?|minefields?|(?:laid|planted|lay|laying|"
        r"planting) mines|mines(?= (?:[a-z]+ ){0,3}(?:laid|planted|buried))|"
        r"mine the (?:bank|border|river|frontier)\w*",
    ),
    (
        Subject.SPIKES,
        r"(?:nail|spiked?)[- ]boards?|boards? (?:studded )?with (?:nails|spikes)|nail traps?|"
        r"spikes",
    ),
    (Subject.LIGHTS, r"floodlights?|searchlights?"),
    (
        Subject.JAMMER,
        r"(?:signal )?jammers?|jamming (?:devices?|equipment|antennas?|stations?|towers?)|"
        r"(?:signal|radio) detectors?",
    ),
    (Subject.RADAR, r"radars?"),
    (Subject.BUILDING, r"barracks|garrisons?|guard quarters"),
    (
        Subject.INFRASTRUCTURE,
        r"(?:security |border )(?:infrastructure|installations?|features|facilities|barriers?|"
        r"fortifications?|defen[cs]es)|new features|fortifications?|(?<![\w-])barriers?|"
        r"the installations",
    ),
)
_ALL = re.compile(
    "|".join(
        rf"(?P<s{number}>(?<![\w-])(?:{pattern})(?![\w-]))"
        for number, (_, pattern) in enumerate(_PATTERNS)
    ),
    re.IGNORECASE,
)
_NOT_THERE = re.compile(
    r"\b(?:museum|stadium|album|midfield|firewall|gallery|film|novel|playground|theat(?:re|er)|"
    r"hotel|kitchen|prison yard|wall street|river park|national forest|playground|zoo|"
    r"festival|concert|photograph(?:er|y)|Instagram|Facebook|website|song|band|"
    r"paper wall|wall of (?:silence|death|fame|text|sound))\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?:Great |Berlin |Hushan Great |Fire)$")
_FIGURE = re.compile(
    r"\b(?:like|as if|metaphorical(?:ly)?|so-called) (?:an? )?(?:\w+ )?$"
    r"|\b(?:tariff|trade|fiscal|psychological|language|legal|cultural|invisible|natural|health|"
    r"age|price|sound) $|\bas an? (?:natural )?$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:within|(?:kilo)?met(?:er|re)s?|km|miles?|front|side|behind|beyond|across|near|along|over|through|toward"
    r"|towards|beside|inside|outside|around|past|reach(?:ed)?|crossed|about|enter(?:s|ed|ing)?|approach(?:ed|ing)?|to|"
    r"from|by|(?<!ork )(?<!tion )on|onto|atop|climb(?:s|ed|ing)?|scal(?:e|ed|ing)) "
    r"(?:of )?(?:the|this|that) (?:[\w-]+ )?$|\bon (?:every|each|all|top of) (?:[\w-]+ )?$",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:not clear|unclear|not known|unknown) (?:where|whether|if|how|when)\b"
    r"|\b(?:cannot|can ?not|can[’']t|could not) be (?:seen|made out|resolved|told apart)\b"
)
_ABSTRACT = frozenset({Subject.ORDER, Subject.ARREST})
BORDER = re.compile(
    r"\b(?:borders?|frontiers?|boundary|riverbanks?|demarcation|smuggl\w+|defect\w+|checkpoints?|"
    r"guard[- ]posts?|watch ?towers?|minefields?|Pyongyang|North Korea\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mention:
    """Words in a sentence that name a thing."""

    start: int
    end: int
    subject: Subject

    @property
    def is_event(self) -> bool:
        """True for orders and arrests, which stand nowhere."""
        return self.subject in _ABSTRACT


def mentions(sentence: str) -> tuple[Mention, ...]:
    """Return what a sentence names, in order; nothing where it speaks of museums or albums."""
    if _NOT_THERE.search(sentence) or _UNSURE.search(sentence):
        return ()
    found = []
    for match in _ALL.finditer(sentence):
        before = sentence[max(0, match.start() - 30) : match.start()]
        subject = _PATTERNS[int((match.lastgroup or "s0")[1:])][0]
        # "Border Post" may be a newspaper, Gates and Walls are surnames.
        is_name = match[0].istitle() and re.search(r"[a-z0-9,] $", before) is not None
        followed = re.match(r" (?:Records|Street|Games|Inc|Ltd|Press)\b", sentence[match.end() :])
        is_reference = subject not in _ABSTRACT and _REFERENCE.search(before)
        if _NAMED.search(before) or _FIGURE.search(before) or is_name or followed or is_reference:
            continue
        found.append(Mention(match.start(), match.end(), subject))
    return tuple(found)
