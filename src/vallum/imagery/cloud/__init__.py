"""Where an image shows the ground: no cloud, haze, snow or deep shadow.

Three ways, best first (`vallum.imagery.coverage` chooses): the mask that the provider delivered, a
packaged network for images with red, green, blue and near infrared in reflectance (`network`), and
an own mask without training for everything else, one band included (`classical`). What the first
two say is kept in a file beside the image (`kept`), so that every step sees the same ground.
How good each is: `python benchmarks/cloud.py`.
"""

from vallum.imagery.cloud.classical import CELL_M, Levels, clear, covers, levels
from vallum.imagery.cloud.cover import HIDING, Cover, shares, shown

__all__ = ["CELL_M", "HIDING", "Cover", "Levels", "clear", "covers", "levels", "shares", "shown"]
