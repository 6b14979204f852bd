"""Texts of others as every file can hold them: no signs that break XML, YAML, SQLite or a table."""

from __future__ import annotations

import re
import unicodedata

# Control signs but tabs and ends of lines, halves of surrogate pairs, and what is no character:
# XML 1.0 (2.2) and YAML 1.2 (5.1) forbid them, and SQLite's tools stop reading at the first.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# What makes a spreadsheet compute. Signs of other widths are made plain before they are compared.
_DANGEROUS = ("=", "+", "-", "@", "\u2212")
_BLANK = {"Zs", "Zl", "Zp", "Cc", "Cf"}


def clean(text: str) -> str:
    """A text without signs that are none; every other sign stays."""
    # What can be printed holds none of them; most texts can, and are known by it at once.
    return text if text.isprintable() else _NO_TEXT.sub("", text)


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula: those that could get an apostrophe first.

    Blanks and signs that cannot be seen do not hide a formula: spreadsheets drop some of them.
    """
    if (text[:1].isascii() and text[:1].isalnum()) or not text:
        return text
    if text.startswith(("\t", "\r", "\n")):
        return f"'{text}"
    first = next((one for one in text if unicodedata.category(one) not in _BLANK), "")
    is_formula = unicodedata.normalize("NFKC", first).startswith(_DANGEROUS)
    return f"'{text}" if is_formula else text
