"""What a statement can be about, how far it goes, and how those who made it are protected."""

from __future__ import annotations

from enum import StrEnum


class Subject(StrEnum):
    """What a claim speaks of: every `Kind`, and what no image shows."""

    FENCE = "fence"
    DOUBLE_FENCE = "double_fence"
    ELECTRIC_FENCE = "electric_fence"
    WALL = "wall"
    PATROL_ROAD = "patrol_road"
    CLEARED_STRIP = "cleared_strip"
    GUARD_POST = "guard_post"
    WATCHTOWER = "watchtower"
    BUILDING = "building"
    CHECKPOINT = "checkpoint"
    CAMERA = "camera"
    GATE = "gate"
    DITCH = "ditch"
    MINES = "mines"
    SPIKES = "spikes"
    LIGHTS = "lights"
    JAMMER = "jammer"
    RADAR = "radar"
    BUFFER_ZONE = "buffer_zone"
    INFRASTRUCTURE = "infrastructure"
    ORDER = "order"
    ARREST = "arrest"

    @property
    def label(self) -> str:
        """The word to print."""
        return self.value.replace("_", " ")


class Modality(StrEnum):
    """How far the thing is, by what is said."""

    PLANNED = "planned"
    ORDERED = "ordered"
    UNDER_WAY = "under_way"
    COMPLETED = "completed"
    PRESENT = "present"
    REMOVED = "removed"
    DENIED = "denied"
    NO_PUBLIC_REPORTS = "no_public_reports"

    @property
    def label(self) -> str:
        """The words to print."""
        return self.value.replace("_", " ")


class Access(StrEnum):
    """How whoever is quoted came to know it."""

    DIRECT = "direct"
    HEARSAY = "hearsay"
    UNKNOWN = "unknown"


class Precision(StrEnum):
    """How closely a place is stated (the first three after Atlos: 10 m, 100 m, 1 km)."""

    EXACT = "exact"
    VICINITY = "vicinity"
    LOCALITY = "locality"
    SECTION = "section"
    REGION = "region"
    UNPLACED = "unplaced"


class Standing(StrEnum):
    """Whether a person has approved what a claim row says; only approved claims count."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


class Relation(StrEnum):
    """What a finding, a comparison or another source says to a claim."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    NOT_OBSERVABLE = "not_observable"


class MatchMethod(StrEnum):
    """How a claim was held against something."""

    IMAGERY = "imagery"
    GEOLOCATION = "geolocation"
    CHRONOLOCATION = "chronolocation"
    SECOND_SOURCE = "second_source"
    EXPERT = "expert"


class ClaimStatus(StrEnum):
    """Where a claim stands; computed from matches and origins, never typed."""

    UNVERIFIED = "unverified"
    CORROBORATED = "corroborated"
    CONTRADICTED = "contradicted"
    NOT_OBSERVABLE = "not_observable"

    @property
    def label(self) -> str:
        """The words to print."""
        return self.value.replace("_", " ")


class Voice(StrEnum):
    """Who speaks."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PUBLISHER = "publisher"
    ACCOUNT = "account"
    DOCUMENT = "document"
    SENSOR = "sensor"


class Attribution(StrEnum):
    """How a source may be referred to (AP terms); off the record is not for publication."""

    ON_RECORD = "on_record"
    BACKGROUND = "background"
    DEEP_BACKGROUND = "deep_background"
    OFF_RECORD = "off_record"


class Scope(StrEnum):
    """What a source has agreed to."""

    RETAIN = "retain"
    ANALYSE = "analyse"
    SHARE_PARTNERS = "share_partners"
    PUBLISH_TEXT = "publish_text"
    PUBLISH_MEDIA = "publish_media"
    LEGAL = "legal"


class Risk(StrEnum):
    """How much harm a source may come to when it is found out."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    EXTREME = "extreme"

    @property
    def is_protected(self) -> bool:
        """True where nothing that could tell who speaks may lie outside the vault."""
        return self in {Risk.HIGH, Risk.EXTREME}


class Handling(StrEnum):
    """Who may be told (Traffic Light Protocol 2.0), strictest first."""

    RED = "red"
    AMBER_STRICT = "amber_strict"
    AMBER = "amber"
    GREEN = "green"
    CLEAR = "clear"


class Paper(StrEnum):
    """What came in."""

    NONE = ""
    ARTICLE = "article"
    TESTIMONY = "testimony"
    DOCUMENT = "document"
    PHOTO = "photo"
    VIDEO = "video"
    TABLE = "table"
    ARCHIVE = "archive"


class Part(StrEnum):
    """Which copy of it (Berkeley Protocol: evidentiary and working copies lie apart)."""

    NONE = ""
    EVIDENTIARY = "evidentiary"
    WORKING = "working"
    REDACTED = "redacted"


class Event(StrEnum):
    """What was done with something that is kept, in the words of PREMIS 3."""

    CAPTURE = "capture"
    INGESTION = "ingestion"
    DIGEST = "message digest calculation"
    FIXITY = "fixity check"
    METADATA = "metadata extraction"
    MODIFICATION = "metadata modification"
    REDACTION = "redaction"
    ENCRYPTION = "encryption"
    DISSEMINATION = "dissemination"
    DELETION = "deletion"
