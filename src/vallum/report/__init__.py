"""What is shown: one book in, a folder of files out, every number with its origin."""

from vallum.report.book import Book, Chip
from vallum.report.built import Built
from vallum.report.publish import publish

__all__ = ["Book", "Built", "Chip", "publish"]
