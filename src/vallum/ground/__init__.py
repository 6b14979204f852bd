"""The foundation: where (`Span`), when (`When`), what (`Kind`, rows) and what can go wrong."""
