"""What is shown: one book in, a folder of files out, every number with its origin."""

from vallum.report.book import Book, Chip, Cite
from vallum.report.built import Built
from vallum.report.publish import files_in, publish

__all__ = ["Book", "Built", "Chip", "Cite", "files_in", "publish"]
