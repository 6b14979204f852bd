"""Drawing: every figure of a report, and the ink, rows and lanes that they share."""
