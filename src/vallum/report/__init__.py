"""What is shown: one book in, a folder of files out, every number with its origin.

What makes the files, `vallum.report.publish`, is imported from there: it takes most of a second,
and whoever only asks what may be published needs none of it.
"""

from vallum.report.book import Book, Chip, Cite

__all__ = ["Book", "Chip", "Cite"]
