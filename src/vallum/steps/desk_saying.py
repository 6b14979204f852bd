"""What one answer says, and the mark by which the same answer is known when it comes again."""

from __future__ import annotations

import hashlib
from datetime import datetime

from vallum.ground.canonical import canonical
from vallum.ground.kinds import Reading
from vallum.ground.records import Verdict, to_json


def judgement(row: Verdict) -> tuple[object, ...]:
    """Return what an answer says, without when and how it was given."""
    shape = _plain(row)
    return (row.answer, row.category, row.change, row.reason, shape, row.is_withdrawn)


def saying(row: Verdict) -> str:
    """Return a mark of one answer as it was sent; the same mark means that it was sent twice."""
    said_at = row.at.isoformat() if isinstance(row.at, datetime) else ""
    reading = "" if row.reading is Reading.CONTESTED else row.reading.value
    parts = [row.about, row.analyst.casefold(), said_at, reading, *map(str, judgement(row))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _plain(row: Verdict) -> bytes:
    shape = to_json(row.shape)
    return canonical(shape) if isinstance(shape, dict) else b"null"
