"""Opens a GeoPackage in QGIS as a person would, and tells what QGIS made of it.

Runs under the Python that QGIS was built for: `python3 qgis_look.py FILE PICTURE`.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


def look(path: str, picture: str) -> dict[str, object]:
    """Return what every layer looks like; the first ones listed are drawn on top."""
    whole = QgsVectorLayer(path, "all", "ogr")  # keeps its provider alive
    names = [part.split("!!::!!")[1] for part in whole.dataProvider().subLayers()]
    told: dict[str, object] = {"version": Qgis.QGIS_VERSION}
    layers = []
    for name in names:
        if name == "layer_styles":
            continue
        layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
        renderer = layer.renderer()
        told[name] = {
            "is_valid": layer.isValid(),
            "n": layer.featureCount(),
            "renderer": renderer.type() if renderer else "",
            "legend": [one.label() for one in renderer.legendSymbolItems()] if renderer else [],
            "aliases": {field.name(): field.alias() for field in layer.fields()},
            "has_labels": layer.labelsEnabled(),
            "tip": layer.mapTipTemplate(),
        }
        if layer.isSpatial():
            layers.append(layer)
    box = QgsRectangle(layers[0].extent())
    for layer in layers:
        if layer.name().endswith(("statuses", "frontier")):
            box.combineExtentWith(layer.extent())
    box.grow(box.width() / 60)
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setExtent(box)
    settings.setOutputSize(QSize(1400, 800))
    settings.setBackgroundColor(QColor("white"))
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(picture)
    told["colours"] = sorted({QColor(image.pixel(x, y)).name()
                              for x in range(0, 1400, 2) for y in range(0, 800, 2)})  # fmt: skip
    return told


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    answer = look(sys.argv[1], sys.argv[2])
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    os._exit(0)  # QGIS ends badly when its own clean-up runs without a display
