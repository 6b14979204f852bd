"""Catalogues on the network: asked only by the address that a person gave, and only for images."""
