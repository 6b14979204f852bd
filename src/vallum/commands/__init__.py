"""The commands of `vallum`, a few to a file; `vallum.cli` puts them together."""
