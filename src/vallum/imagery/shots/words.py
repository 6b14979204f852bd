"""What Google Earth wrote into a picture: dates and credits, in English, Korean and Chinese.

Only the strips at the upper and lower edge are read, unless the whole picture is asked for. The
date in the status bar is the oldest known date of what is shown, the one in the upper strip (slider
of historical images) the newest: together they are the interval in which it was taken
(support.google.com/earth/answer/6327779). Below, a date is that of the status bar only after words
that say so, or left of the coordinates in one row with them, as Google Earth lays out its bar: a
picture of the whole screen shows the clock of the computer too. `read` runs in the limited process
only.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from vallum.ground.when import When
from vallum.imagery.dates import OLDEST

STRIP = 0.11  # of the height, at either edge
_LEAST_STRIP_PX = 90
_LEAST_SCORE = 0.6
_NARROW_PX = 700  # letters of smaller pictures are read at twice the size
_LEAST_SIGNS = 3
_TALLEST_PX = 70.0  # what is taller is no text of a status bar
_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_abbr) if name}
_MONTH = "|".join(_MONTHS)
# The OCR drops dots and takes full-width signs for plain ones; 年 and 년 for year, and so on.
_GAP = r"[\s.,/\-]*"
_YMD = re.compile(
    r"(?<!\d)((?:19|20)\d\d)\s*(?:[./\-]|年|년)\s*(\d{1,2})\s*(?:[./\-]|月|월)\s*(\d{1,2})(?!\d)"
)
_YM = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*(?:年|년|/|-)\s*(\d{1,2})(?:\s*(?:月|월))?(?![\d/.\-])")
_NUMBERS = re.compile(r"(?<![\d.])(\d{1,2})\s*([./\-])\s*(\d{1,2})\s*\2\s*((?:19|20)\d\d)(?!\d)")
_MY = re.compile(r"(?<![\d/])(\d{1,2})\s*/\s*((?:19|20)\d\d)(?!\d)")
_MDY = re.compile(rf"\b({_MONTH})[a-z]*{_GAP}(\d{{1,2}}){_GAP}((?:19|20)\d\d)\b", re.IGNORECASE)
_DMY = re.compile(rf"\b(\d{{1,2}}){_GAP}({_MONTH})[a-z]*{_GAP}((?:19|20)\d\d)\b", re.IGNORECASE)
_MON_Y = re.compile(rf"\b({_MONTH})[a-z]*{_GAP}((?:19|20)\d\d)\b", re.IGNORECASE)
_CREDIT = re.compile(
    r"©|\(c\)|copyright|maxar|digital\s*globe|airbus|cnes|planet\s*labs|copernicus|landsat|"
    r"geoeye|terrametrics|nasa|usgs|vantor|siwei|版权|저작권",
    re.IGNORECASE,
)
_IS_GOOGLE = re.compile(r"google", re.IGNORECASE)
_MARK = re.compile(
    r"magery\s*d|image\s*date|(?:이미지|영상|사진)\s*(?:획득\s*)?(?:날짜|일자)|촬영|"
    r"(?:影像|[图圖][像片]|卫星|衛星)\s*(?:拍[摄攝])?\s*(?:日期|时间|時間)|拍[摄攝]|"
    r"aufnahmedatum|bilddatum|date\s*des\s*images|fecha\s*de\s*(?:las\s*)?im|дата\s*съ[её]мки",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\d[\d.]*\s*[°º]|(?<![a-z])(?:lat|lon)(?![a-z])|elev|eye\s*alt|위도|경도|고도|纬度|緯度|经度|經度|海拔",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?<!\d)[012]?\d:[0-5]\d(?!\d)")
_NOT_TAKEN = re.compile(r"copyright|©|\(c\)|updated|version|版权", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Word:
    """One line of text in a picture.

    Attributes:
        text: as read.
        box: left, top, right and bottom, pixels.
        is_low: in the lower strip; otherwise the upper one, or between.
    """

    text: str
    box: tuple[float, float, float, float]
    is_low: bool

    @classmethod
    def from_json(cls, told: Sequence[Any]) -> Word:
        """Return one line as `read` returned it."""
        text, left, top, right, bottom, is_low = told
        box = (float(left), float(top), float(right), float(bottom))
        return cls(text=str(text), box=box, is_low=bool(is_low))


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the words of a picture tell.

    Attributes:
        oldest: oldest known date of what is shown, from the status bar; None if not read.
        newest: newest known date, from the slider; None if not read.
        credit: line to print beside the pixels.
        note: what a person should know; empty where nothing.
    """

    oldest: When | None = None
    newest: When | None = None
    credit: str = ""
    note: str = ""

    @property
    def taken(self) -> When | None:
        """From the oldest to the newest known date; None unless both are known.

        A thing in the picture was there by the upper end at the latest; a thing that is not in it
        was absent on the lower end at the earliest.
        """
        if self.oldest is None or self.newest is None:
            return None
        return self.oldest | self.newest


def read(
    paths: Sequence[str], whole: bool = False
) -> list[list[tuple[str, float, float, float, float, bool]]]:
    """Return the lines of text in pictures: text, left, top, right, bottom, whether below.

    Args:
        paths: vallum's own copies.
        whole: read the whole picture, not only its edges.
    """
    import cv2

    reader = _reader()
    found = []
    for path in paths:
        pixels = cv2.imread(path, cv2.IMREAD_COLOR)
        lines: list[tuple[str, float, float, float, float, bool]] = []
        if pixels is not None:
            height = pixels.shape[0]
            strip = min(height // 2, max(_LEAST_STRIP_PX, round(STRIP * height)))
            parts = [(0, height)] if whole else [(0, strip), (height - strip, height)]
            for top, bottom in parts:
                lines += _lines(reader, pixels[top:bottom], top, height)
        found.append(lines)
    return found


def _reader() -> Any:
    """Return the text reader; its models lie in its package and nothing is fetched."""
    import logging

    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.use_cls": False,
            "Global.max_side_len": 6000,
            "Det.limit_type": "max",
            "Det.limit_side_len": 3200,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _lines(
    reader: Any, part: Any, top: int, height: int
) -> list[tuple[str, float, float, float, float, bool]]:
    import cv2

    lines: list[tuple[str, float, float, float, float, bool]] = []
    # Larger is not better: at twice the size, letters on grainy ground are missed.
    scale = 1.0 if part.shape[1] >= _NARROW_PX else 2.0
    larger = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    result = reader(larger)
    if result is None or result.txts is None or result.boxes is None:
        return lines
    for text, score, box in zip(result.txts, result.scores, result.boxes, strict=True):
        x0, y0 = (float(v) / scale for v in box.min(axis=0))
        x1, y1 = (float(v) / scale for v in box.max(axis=0))
        if score < _LEAST_SCORE or len(text.strip()) < _LEAST_SIGNS or y1 - y0 > _TALLEST_PX:
            continue
        is_low = top + (y0 + y1) / 2 > height / 2
        lines.append((str(text)[:300], x0, top + y0, x1, top + y1, is_low))
    return lines


def months_first(words: Iterable[Word]) -> bool | None:
    """Return whether dates like 4/25/2022 put the month first, from those of one picture.

    Ask it of one picture only: another can come from a computer that writes days otherwise. None
    where no date of Google Earth can tell, or where they contradict each other.
    """
    words = tuple(words)
    told = set()
    for text in (*_in_bar(words), *_at_slider(words)):
        for match in _NUMBERS.finditer(text):
            first, second = int(match[1]), int(match[3])
            if max(first, second) > 12:
                told.add(second > 12)
    return told.pop() if len(told) == 1 else None


def told(words: Sequence[Word], today: date, *, is_month_first: bool | None = None) -> Told:
    """Return what the words of one picture tell.

    Args:
        words: lines of text.
        today: days after it are not believed.
        is_month_first: how 4/11/2022 is to be read; None takes it as either of both days.
    """
    bar, slider = _in_bar(words), _at_slider(words)
    oldest = _joined([when for text in bar for when in _dates(text, today, is_month_first)[:1]])
    newest = _joined([when for text in slider for when in _dates(text, today, is_month_first)])
    notes = []
    if oldest and newest and newest.latest < oldest.earliest:
        notes.append(
            f"its slider says {newest}, before its status bar ({oldest}), which cannot be: "
            "neither is used, type the date"
        )
        oldest = newest = None
    elif oldest is None:
        loose = [w.text for w in words if w.is_low and _dates(w.text, today, is_month_first)]
        if loose:
            notes.append(
                f"'{loose[0].strip()[:40]}' below is not marked as the date of the image and can "
                "be the computer's clock: it is not used"
            )
    unclear = [text for text in (*bar, *slider) if _is_unclear(text)]
    if unclear and is_month_first is None and (oldest or newest):
        notes.append(
            f"'{unclear[0].strip()[:40]}' can be month/day or day/month: both are covered, type "
            "the date if you know it"
        )
    return Told(oldest=oldest, newest=newest, credit=_credit(words), note="; ".join(notes))


def _in_bar(words: Sequence[Word]) -> list[str]:
    """Return what the status bar says of the date: the text from its mark on, or its left part.

    The first date of each counts; a clock at the right end of the same row comes after it.
    """
    low = [word for word in words if word.is_low]
    found = []
    for word in low:
        row = sorted((w for w in low if _is_beside(word, w)), key=lambda w: w.box[0])
        after = [w for w in row if w.box[0] > word.box[0]]
        next_to = [w.text for w in after[:1] if w.box[0] - word.box[2] < 4 * _tall(word)]
        mark, place = _MARK.search(word.text), _PLACE.search(word.text)
        if mark:
            rest = word.text[mark.end() :]
            found += [rest] if any(c.isdigit() for c in rest) else next_to
        elif any(_MARK.search(w.text) for w in row) or _CLOCK.search(word.text):
            continue  # told by its mark, or a clock
        elif place or any(_PLACE.search(w.text) for w in after):
            found.append(word.text)
    return [_PLACE.split(_CLOCK.split(text)[0])[0] for text in found]


def _tall(word: Word) -> float:
    return word.box[3] - word.box[1]


def _is_beside(word: Word, other: Word) -> bool:
    """Say whether another line of text stands in the same row."""
    middle = (other.box[1] + other.box[3]) / 2
    return other is not word and word.box[1] <= middle <= word.box[3]


def _at_slider(words: Sequence[Word]) -> list[str]:
    """Return what can be the slider: lines above, but no clock."""
    return [w.text for w in words if not w.is_low and not _CLOCK.search(w.text)]


def _joined(dates: Sequence[When]) -> When | None:
    if not dates:
        return None
    together = dates[0]
    for when in dates[1:]:
        together = together | when
    return together


def _is_unclear(text: str) -> bool:
    return any(
        max(int(m[1]), int(m[3])) <= 12 and m[1] != m[3] and m[2] != "."
        for m in _NUMBERS.finditer(text)
    )


def _dates(text: str, today: date, is_month_first: bool | None) -> list[When]:
    """Return the dates in one line, as they stand; no character is read twice."""
    found: list[tuple[int, When]] = []
    if _NOT_TAKEN.search(text):
        return []
    for pattern, reader in _FORMS:
        for match in list(pattern.finditer(text)):
            when = reader(match, is_month_first)
            if when is not None and when.earliest >= OLDEST and when.earliest <= today:
                found.append((match.start(), When(when.earliest, min(when.latest, today))))
                blank = " " * (match.end() - match.start())
                text = text[: match.start()] + blank + text[match.end() :]
    return [when for _, when in sorted(found)]


def _day(year: str, month: int, day: str) -> When | None:
    try:
        return When.on(date(int(year), month, int(day)))
    except ValueError:
        return None


def _whole_month(year: str, month: int) -> When | None:
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(int(year), month)[1]
    return When(date(int(year), month, 1), date(int(year), month, last))


def _numbers(match: re.Match[str], is_month_first: bool | None) -> When | None:
    first, second, year = match[1], match[3], match[4]
    one, other = _day(year, int(first), second), _day(year, int(second), first)
    if match[2] == "." and is_month_first is None:
        return other or one  # dots are written day first
    if is_month_first is not None:
        one, other = (one, None) if is_month_first else (other, None)
    return one | other if one and other else one or other


_FORMS = (
    (_YMD, lambda m, _: _day(m[1], int(m[2]), m[3])),
    (_NUMBERS, _numbers),
    (_MDY, lambda m, _: _day(m[3], _MONTHS[m[1].lower()], m[2])),
    (_DMY, lambda m, _: _day(m[3], _MONTHS[m[2].lower()], m[1])),
    (_YM, lambda m, _: _whole_month(m[1], int(m[2]))),
    (_MON_Y, lambda m, _: _whole_month(m[2], _MONTHS[m[1].lower()])),
    (_MY, lambda m, _: _whole_month(m[2], int(m[1]))),
)


def _credit(words: Sequence[Word]) -> str:
    """Return the credit as written, with the name of the program where that is written too."""
    lines = []
    for word in words:
        text = " ".join(word.text.split())
        if _CREDIT.search(text) and text not in lines:
            lines.append(text)
    is_google = any(_IS_GOOGLE.search(word.text) for word in words)
    if is_google and not any(_IS_GOOGLE.search(line) for line in lines):
        lines.append("Google Earth")
    return "; ".join(lines)[:300]


def boxes(words: Iterable[Word]) -> list[list[float]]:
    """Return where the words stand: left, top, right, bottom."""
    return [list(word.box) for word in words]


def as_words(told: Iterable[Sequence[Any]] | Mapping[str, Any]) -> tuple[Word, ...]:
    """Return what `read` returned for one picture."""
    return tuple(Word.from_json(one) for one in told)
