"""Words for what stands at a border, and for what is done there to people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from vallum.ground.prose.spelled import WORDS
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
        r"fire)|(?:was |were |been |be )?(?:told|instructed|directed|authori[sz]ed|"
        r"under orders) to (?:shoot|"
        r"fire on|open fire)|instructed (?:the |its |all )?(?:border )?(?:guards|soldiers|"
        r"troops) to "
        r"(?:shoot|fire)|"
        r"(?:issued|gave|given|handed down|sent down|received|announced|read out) (?:an?|the|new|"
        r"another|emergency|strict)?(?: (?:new|emergency|strict|written))? ?(?:orders?|decrees?|"
        r"directives?|proclamations?)(?! of)|\b(?:the|an?) (?:same|new|second|further|similar) "
        r"(?:order|decree|directive)(?= (?:reached|came|arrived|was|has))|"
        r"\ban? (?:\w+ )?(?:order|decree|directive|proclamation)(?= (?:was|has|had|came|"
        r"went|from|issued|to))",
    ),
    (
        Subject.ARREST,
        r"(?:(?:were|was|been|being|are|is) )?(?:arrested|detained|apprehended)|"
        r"caught (?=(?:while )?(?:crossing|trying to cross|swimming|wading)\b)|"
        r"(?<![\w-])arrests?(?! warrant)|taken into custody|rounded up",
    ),
    (
        Subject.ELECTRIC_FENCE,
        rf"(?:electric(?:al|ally[- ]charged)?|electrified|"
        rf"high[- ]voltage)[ -]{_WORD}{{0,2}}?{_FENCE}|"
        r"(?:electrified|electric|live) (?:barbed )?wires?|high[- ]voltage wires?|"
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
        rf"(?<![\w-]){_FENCE}(?! posts?)|(?:(?<=is )|(?<=are )|(?<=was )|(?<=were )|(?<=been )|"
        rf"(?<=be ))"
        r"fenced(?: off| in)?|fenced off(?= (?:the|an?|parts?|most|all|some|its|their|\d+)\b)",
    ),
    (Subject.WALL, r"(?:concrete|stone|steel|blockade|border|brick) walls?|walls?(?! street)"),
    (
        Subject.WATCHTOWER,
        r"watch[- ]?towers?|(?:observation|guard|surveillance|look-?out) towers?|"
        r"(?:wooden|concrete|brick|steel|metal) towers?|towers?(?= (?:now |that |"
        r"which )?(?:overlook|watch over|"
        r"guard)\w*)",
    ),
    (
        Subject.CHECKPOINT,
        r"check[- ]?points?|check[- ]posts?|roadblocks?|inspection (?:posts?|stations?)",
    ),
    (
        Subject.GUARD_POST,
        r"(?:guard|sentry|border|observation|look-?out|watch|military|army|police)[- ]?posts?|"
        r"guard ?houses?|(?:guard|sentry) (?:box(?:es)?|huts?|shacks?|booths?|cabins?|shelters?|"
        r"stations?)|"
        r"(?:huts?|booths?|shelters?) for (?:the )?(?:border )?(?:guards|sentries|soldiers)|"
        r"dugouts?|(?:military )?outposts?|bunkers?|blockhouses?|pillboxes",
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
        r"(?:clear(?:ed)?|ploughed|plowed|raked|trace|control|death|bare|treeless|mown|sand|sandy|"
        r"harrowed) (?:strips?|bands?|belts?|corridors?|swath(?:e?s?)?)|"
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
        r"mine the (?:bank|border|river|frontier)\w*|"
        r"(?:(?<=is )|(?<=are )|(?<=was )|(?<=were )|(?<=been )|(?<=heavily ))mined|"
        r"mined(?= the (?:[\w-]+ ){0,2}(?:banks?|border|river|frontier|shore|crossings?))",
    ),
    (
        Subject.SPIKES,
        r"(?:nail|spiked?)[- ]boards?|boards? (?:studded )?with (?:nails|spikes)|nail traps?|"
        r"spikes",
    ),
    (
        Subject.LIGHTS,
        r"flood ?lights?|search ?lights?|spotlights|(?:light|lamp|lighting) (?:masts|poles)",
    ),
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
    r"paper wall|wall of (?:silence|death|fame|text|sound)|"
    r"football|tennis|golf|rugby|cricket|league|supporters[’']?|spectators|swimming pool|clubs?|"
    r"circus|choir|orchestra|exhibition|auction|vineyards?|(?:pupils|schoolchildren) painted)\b",
    re.IGNORECASE,
)
_CIVIL = (
    r"(?:gardens?|orchards?|school(?:yard)?s?|kindergartens?|church(?:yard|es)?|chapels?|"
    r"cemeter(?:y|ies)|"
    r"graveyards?|temples?|mosques?|monaster(?:y|ies)|shrines?|farm(?:house|yard)?s?|barns?|"
    r"stables?|"
    r"(?:chicken|hen|pig|sheep|goat|cattle|cow)s?\b|kennels?|pastures?|paddocks?|meadows?|ponds?|"
    r"pitch|stands|"
    r"playing fields?|hospitals?|clinics?|factor(?:y|ies)|reservoirs?|airports?|shops?|"
    r"supermarkets?|houses?|homes?|cottages?|villas?|back ?yards?|allotments?|parks?|car parks?|"
    r"zoos?|"
    r"flower ?beds?|vegetables?|fields? of|palaces?|castles?|universit(?:y|ies)|librar(?:y|ies)|"
    r"courtyards?|embass(?:y|ies)|prisons?|jails?)(?![\w-])"
)
"""What people fence in who fence in no country. A building at a border has its own words."""
_CIVIL_BEFORE = re.compile(
    rf"(?:(?<![\w-]){_CIVIL}(?:[’']s?)?|\b(?:retaining|sea|harbour|harbor|climbing|cell|stomach|"
    rf"abdominal|"
    r"chest|traffic|speed|parking|toll|ticket|crowd|kitchen|bedroom|living-room|cave|fire|"
    r"dry[- ]?stone|picket|snow|deer|rabbit|neighbou?r[’']s|"
    r"landlord[’']s|crash|sound|noise|lock|sluice))[ -](?:[\w-]+ )?$",
    re.IGNORECASE,
)
_CIVIL_AFTER = re.compile(
    r"^[^,.;:]{0,30}?\b(?:around|round|surrounding|enclosing|encircling|of|between|for) "
    r"(?:the |an? |its |his |her |their |our |my |this |that |one )?"
    rf"(?:(?!and\b|or\b|border\b|the\b|to\b|from\b|with\b)[\w’'-]+ ){{0,3}}?{_CIVIL}",
    re.IGNORECASE,
)
_CIVIL_OWNER = re.compile(r"^(?:[\w’'-]+ ){0,8}?around it\b", re.IGNORECASE)
_CIVIL_AT = re.compile(
    r" (?:at|in|outside) (?:the|its|an?|his|her|their) (?:[\w’'-]+ )?(?:airport|zoo|school|"
    r"university|hospital|"
    r"museum|stadium|market|mall|library|car park)\b"
    r"| against (?:wild )?(?:boars?|deer|wolves|rabbits|foxes|locusts|floods?|snow|noise|"
    r"swine fever)\b",
    re.IGNORECASE,
)
_FILMED = re.compile(r" (?:recorded|caught|captured|filmed|flashed|rolled|clicked)\b")
_BUILT_BY_ANYONE = frozenset(
    {
        Subject.FENCE, Subject.WALL, Subject.GATE, Subject.DITCH, Subject.LIGHTS, Subject.CAMERA,
        Subject.INFRASTRUCTURE, Subject.CLEARED_STRIP, Subject.RADAR,
    }
)  # fmt: skip
_IF = re.compile(
    r"\b(?:if|unless|whether|lest|wonder(?:s|ed)? (?:how|why|when)|imagine[sd]?|dream(?:s|t|"
    r"ed)? of|"
    r"would have|could have|might have)\b[^,;:“”\"]*$",
    re.IGNORECASE,
)
_CLAUSE_LENGTH = 160
_LIST_OF_WORDS = 48
"""Things after which a sentence is none."""
_QUESTION = re.compile(r"\?[\"”’')\]]{0,2}\s*$")
_WALL_OF = re.compile(
    r" of (?!(?:the|an?|its|their|this|that|these|those|our|my|his|her|both|about|some|at|up to|"
    r"more|over|"
    r"nearly|almost|around|roughly|steel|concrete|stones?|bricks?|wire|sand|sandbags?|earth|rocks?|"
    rf"boulders?|logs|timber|wood|mud|metal|iron|containers?|tyres|rubble|barrels|{WORDS})\b|\d|"
    rf"[A-Z])"
)
_PHRASES: tuple[tuple[frozenset[Subject], str], ...] = (
    (
        frozenset({Subject.WALL}),
        r"\b(?:hit|hits|hitting|into|against|behind|like|paint(?:ed|ing|s)?) an? (?:[\w-]+ )?$|"
        r"\boff the $",
    ),
    (
        frozenset({Subject.FENCE}),
        r"\b(?:mend(?:ed|ing)?|(?:sit|sat|sits|sitting|stayed) on) (?:the |their )?$",
    ),
    (frozenset({Subject.RADAR}), r"\b(?:under|off|on|below) (?:the|its|their|anyone[’']s)? ?$"),
    (
        frozenset({Subject.CAMERA}),
        r"\b(?:on|off|to|tv|television|news|film|phone|trail|his|her|my|their|in front of|before) "
        r"(?:the )?$",
    ),
    (frozenset({Subject.INFRASTRUCTURE}), r"\b(?:trade|tariff|legal|language|non-tariff) $"),
)
_FIGURES = tuple((kinds, re.compile(words, re.IGNORECASE)) for kinds, words in _PHRASES)
_OPENED_TO = re.compile(r"\bopen(?:s|ed|ing)? the $", re.IGNORECASE)
_TO_WHAT = re.compile(r" (?:to|for|of) (?!traffic|vehicles|trucks|lorries|pedestrians)[a-z]+")
_BARRIER_TO = re.compile(r" to (?:trade|entry|growth|peace|travel|[a-z]+ing)\b")
_ORDINARY_CRIME = re.compile(
    r"\b(?:stolen|steal(?:ing)?|stole|theft|thie(?:f|ves)|robb\w+|burgl\w+|murder\w*|drunk\w*|"
    r"fraud\w*|"
    r"forged|forger\w*|brib\w+|rape\w*|assault\w*|tax\w*|gambl\w+|embezzl\w+|brawl\w*|"
    r"counterfeit\w*|"
    r"arson|speeding|scam\w*|vandal\w*|shoplift\w*|cannabis|protest\w*)\b",
    re.IGNORECASE,
)
_FLIGHT = re.compile(
    r"\b(?:cross(?:ed|ing)?|fled|flee(?:ing)?|escap\w+|contraband|brokers?|repatriat\w+|river|"
    r"Chinese (?:mobile )?phones?|migrants?|guards?)\b",
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
    r"\b(?:within|(?:kilo)?met(?:er|re)s?|km|miles?|front|side|behind|beyond|across|near|along|"
    r"over|through|toward"
    r"|towards|beside|inside|outside|around|past|reach(?:ed)?|crossed|about|enter(?:s|ed|ing)?|"
    r"approach(?:ed|ing)?|to|"
    r"from|by|in|at|under|beneath|underneath|because of|despite|against|cut(?:ting)?|damag(?:ed|"
    r"ing)|"
    r"breach(?:ed|ing)|jump(?:ed|ing)|paint(?:ed|ing)|(?<!ork )(?<!tion )on|onto|atop|climb(?:s|"
    r"ed|ing)?|scal(?:e|ed|ing)) "
    r"(?:of )?(?:the|this|that) (?:[\w-]+ )?$|\bon (?:every|each|all|top of) (?:[\w-]+ )?$",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"(?<!within )(?<!about )\b\d[\d.,]* ?(?:kilomet(?:er|re)s?|km|miles?) of the (?:[\w-]+ )?$"
)
_IS = re.compile(r"(?: [\w’'-]+){0,3}? (?:is|are|was|were|has|have|had|will|remains?)\b")
_STRIP = re.compile(
    r"\b(?:clear|cut|plough|plow|rak|mow|carv|bulldoz)\w* (?:an? |the )?(?:[\w.-]+ ){0,3}?"
    r"(?P<strip>strips?|bands?|belts?|swath(?:e?s?))\b",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:not clear|unclear|not known|unknown) (?:where|whether|if|how|when)\b"
    r"|\b(?:cannot|can ?not|can[’']t|could not) be (?:seen|made out|resolved|told apart)\b"
)
_LINES = frozenset(
    {
        Subject.FENCE, Subject.DOUBLE_FENCE, Subject.ELECTRIC_FENCE, Subject.WALL, Subject.DITCH,
        Subject.PATROL_ROAD, Subject.CLEARED_STRIP, Subject.INFRASTRUCTURE,
    }
)  # fmt: skip
_NUMBER = rf"(?:\d[\d,.]*|(?:{WORDS}))"
_LENGTH = r"(?:kilomet(?:er|re)s?|km|miles?|met(?:er|re)s?|m)"
_VERB = r"(?:are|is|was|were|will|would|have|has|had|should|remains?)"
_DONE = (
    r"(?:built|rebuilt|erected|installed|completed|finished|widened|extended|upgraded|reinforced|"
    r"strengthened|raised|heightened|lengthened|replaced|removed|dismantled|demolished|repaired|"
    r"electrified|(?:torn|taken|pulled) down)"
)
_ECHO = re.compile(
    rf"\b(?P<length>{_NUMBER} {_LENGTH} of it\b)"
    rf"|\b(?P<count>{_NUMBER} of them\b)"
    rf"|\b(?P<more>(?:another|a further|an additional|the (?:other|remaining|last|next)) {_NUMBER} "
    rf"(?:{_LENGTH} |more )?)(?={_VERB}\b)"
    rf"|(?<![\w.,-])(?P<bare>{_NUMBER} {_LENGTH} )(?={_VERB} (?:\w+ ){{0,3}}?(?:{_DONE}|under)\b)"
    rf"|(?<![\w-])(?P<others>{_NUMBER} (?:more|others) )(?={_VERB}\b)"
    r"|\b(?P<one>(?:an?|the) (?:second|third|fourth|further|new|similar|newer|taller|higher|"
    r"longer|stronger|bigger|larger) ones?|another one|one more)(?= |[,.;])"
    rf"|(?:^|[,;:“(] ?|\b(?:and|but|that|when|where|before|after|because|since|until|as|while|or) )"
    rf"(?P<it>it|they)(?= (?:was|were|has been|have been|is being|are being|will be|is to be|"
    rf"are to be) (?:\w+ly |later |since |also |then |now )?{_DONE}\b)",
    re.IGNORECASE,
)
_ABSTRACT = frozenset({Subject.ORDER, Subject.ARREST})
BORDER = re.compile(
    r"\b(?:borders?|frontiers?|boundary|riverbanks?|demarcation|smuggl\w+|defect\w+|checkpoints?|"
    r"guard[- ]posts?|watch ?towers?|minefields?|Pyongyang|North Korea\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mention:
    """Words in a sentence that name a thing.

    Attributes:
        start: first character.
        end: one past the last; an echo such as "another 9 miles" has none of its own.
        subject: the thing.
        is_many: said in the plural.
        is_echo: "it", "a second one", "another 9 miles": of the thing named before.
    """

    start: int
    end: int
    subject: Subject
    is_many: bool = False
    is_echo: bool = False

    @property
    def is_event(self) -> bool:
        """True for orders and arrests, which stand nowhere."""
        return self.subject in _ABSTRACT


def mentions(sentence: str) -> tuple[Mention, ...]:
    """Return what a sentence names, in order; nothing where it speaks of museums or albums."""
    if _NOT_THERE.search(sentence) or _UNSURE.search(sentence) or _QUESTION.search(sentence):
        return ()
    found: list[Mention] = []
    for match in _ALL.finditer(sentence):
        if len(found) > _LIST_OF_WORDS:
            break
        before = sentence[max(0, match.start() - 30) : match.start()]
        subject = _PATTERNS[int((match.lastgroup or "s0")[1:])][0]
        # "Border Post" may be a newspaper, Gates and Walls are surnames.
        is_name = match[0].istitle() and re.search(r"[a-z0-9,] $", before) is not None
        followed = re.match(r" (?:Records|Street|Games|Inc|Ltd|Press)\b", sentence[match.end() :])
        is_reference = subject not in _ABSTRACT and _REFERENCE.search(before)
        if is_reference and _SHARE.search(before):
            # "60 km of the wall are built"
            is_reference = None if _IS.match(sentence, match.end()) else is_reference
        if _NAMED.search(before) or _FIGURE.search(before) or is_name or followed or is_reference:
            continue
        if _is_unreal(sentence, match.start()) or _is_figure(sentence, match, subject):
            continue
        if subject in _BUILT_BY_ANYONE and _is_civil(sentence, match.start(), match.end()):
            continue
        if subject is Subject.ARREST and _ORDINARY_CRIME.search(sentence):
            continue
        is_many = re.search(r"s$|ing$", match[0]) is not None
        found.append(Mention(match.start(), match.end(), subject, is_many))
    found += [
        Mention(*strip.span("strip"), Subject.CLEARED_STRIP)
        for strip in islice(_STRIP.finditer(sentence), _LIST_OF_WORDS)
        if all(one.end <= strip.start("strip") or strip.end("strip") <= one.start for one in found)
        and not _is_unreal(sentence, strip.start())
    ]
    return tuple(sorted(found, key=lambda one: one.start))


def echoes(sentence: str, named: tuple[Mention, ...], before: Mention | None) -> list[Mention]:
    """Return what speaks of a thing named before, in this sentence or the last one.

    Args:
        sentence: its words.
        named: the things that it names.
        before: the last thing of the sentence before; None without.
    """
    found: list[Mention] = []
    if before is None and not named:
        return found
    for match in _ECHO.finditer(sentence):
        nearest = next((one for one in reversed(named) if one.end <= match.start()), before)
        if nearest is None or nearest.is_event or not _agrees(match, nearest):
            continue
        if any(one.start < match.end() and match.start() < one.end for one in named):
            continue
        if _is_unreal(sentence, match.start()) or _QUESTION.search(sentence):
            continue
        form = match.lastgroup or ""
        if form == "count" and nearest is not before:
            continue  # "guard posts: there are five of them" is one amount, not two
        start = match.end()
        if form not in {"more", "others", "bare"}:
            start -= len(match[0].rsplit(" ", 1)[-1])
        found.append(Mention(start, match.end(), nearest.subject, form != "it", is_echo=True))
    return found


def _agrees(match: re.Match[str], nearest: Mention) -> bool:
    """Say whether miles are of a line, "they" of many, and "a second one" of what is counted."""
    form, words = match.lastgroup, match[0].lower()
    is_line = nearest.subject in _LINES
    if form == "length" or re.search(rf"\b{_LENGTH}\b", words):
        return is_line
    if form == "it":
        return is_line or nearest.is_many == (words == "they")
    return form == "one" or not is_line


def _is_civil(sentence: str, start: int, end: int) -> bool:
    """Say whether it stands around a garden, a school, a club's ground, and not at a border."""
    return (
        _CIVIL_BEFORE.search(sentence[max(0, start - 40) : start]) is not None
        or _CIVIL_AFTER.match(sentence[end : end + 90]) is not None
        or _CIVIL_AT.match(sentence, end) is not None
        or (
            _CIVIL_OWNER.match(sentence[end : end + 60].lstrip()) is not None
            and re.search(_CIVIL, sentence[:start], re.IGNORECASE) is not None
        )
    )


def _is_unreal(sentence: str, start: int) -> bool:
    """Say whether words stand in "if ...", "whether ...", "would have ..."."""
    return _IF.search(sentence[max(0, start - _CLAUSE_LENGTH) : start]) is not None


def _is_figure(sentence: str, match: re.Match[str], subject: Subject) -> bool:
    """Say whether nothing was built: "hit a wall", "a wall of water", "barriers to trade"."""
    before = sentence[max(0, match.start() - 40) : match.start()]
    if any(subject in kinds and words.search(before) for kinds, words in _FIGURES):
        return True
    if subject is Subject.WALL:
        return _WALL_OF.match(sentence, match.end()) is not None
    if subject is Subject.CAMERA:
        return _FILMED.match(sentence, match.end()) is not None
    if subject is Subject.GATE and _OPENED_TO.search(before):
        return _TO_WHAT.match(sentence, match.end()) is not None
    return subject is Subject.INFRASTRUCTURE and bool(_BARRIER_TO.match(sentence, match.end()))


def is_at_a_border(words: str) -> bool:
    """Say whether words speak of a border, a crossing, or of flight: what an arrest needs."""
    return BORDER.search(words) is not None or _FLIGHT.search(words) is not None
