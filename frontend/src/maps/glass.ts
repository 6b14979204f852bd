/** terra-draw on the glass above both maps: its pictures are drawn by us, once per pane. */

import type { Geometry, Position } from "geojson";
import {
  TerraDrawExtend,
  type GeoJSONStoreFeatures,
  type SetCursor,
  type TerraDrawChanges,
} from "terra-draw";

import type { LonLat, Pixel } from "./camera.ts";

/** What the drawing needs to know of the view. */
export interface Ground {
  readonly glass: HTMLElement;
  /** Pixel of the map for a place. */
  project: (place: LonLat) => Pixel;
  unproject: (pixel: Pixel) => LonLat;
  /** Pixel of the map for a pixel of the glass: side by side, each half shows the middle of a map. */
  toMap: (pixel: Pixel) => Pixel;
}

/** One thing to draw. */
export interface Stroke {
  geometry: Geometry;
  role: "line" | "corner" | "middle" | "last";
}

/**
 * An adapter in place of the one for MapLibre.
 *
 * That one listens on the upper map only and paints into it only; here a drawing must be possible and
 * visible whichever picture is on screen, and in both halves at once.
 */
export class GlassAdapter extends TerraDrawExtend.TerraDrawBaseAdapter {
  mayPan = true;
  private readonly features = new Map<string | number, GeoJSONStoreFeatures>();

  constructor(
    private readonly ground: Ground,
    private readonly changed: () => void,
  ) {
    super({ coordinatePrecision: 9, minPixelDragDistance: 4, minPixelDragDistanceSelecting: 4 });
  }

  get strokes(): Stroke[] {
    return [...this.features.values()].map(({ geometry, properties }) => ({
      geometry,
      role: properties["midPoint"]
        ? "middle"
        : properties["closingPoint"]
          ? "last"
          : geometry.type === "Point"
            ? "corner"
            : "line",
    }));
  }

  getMapEventElement(): HTMLElement {
    return this.ground.glass;
  }

  getLngLatFromEvent(event: PointerEvent | MouseEvent): { lng: number; lat: number } {
    const [lng, lat] = this.ground.unproject(this.ground.toMap(this.pixel(event)));
    return { lng, lat };
  }

  project(lng: number, lat: number): { x: number; y: number } {
    const [x, y] = this.ground.project([lng, lat]);
    return { x, y };
  }

  unproject(x: number, y: number): { lng: number; lat: number } {
    const [lng, lat] = this.ground.unproject([x, y]);
    return { lng, lat };
  }

  /** Distances in pixels are taken on the map, so that both halves of a split view act alike. */
  protected override getMapElementXYPosition(event: PointerEvent | MouseEvent): {
    containerX: number;
    containerY: number;
  } {
    const [containerX, containerY] = this.ground.toMap(this.pixel(event));
    return { containerX, containerY };
  }

  setCursor(cursor: Parameters<SetCursor>[0]): void {
    this.ground.glass.style.cursor = cursor === "unset" ? "" : cursor;
  }

  setDraggability(enabled: boolean): void {
    this.mayPan = enabled;
  }

  setDoubleClickToZoom(): void {
    // The glass does not zoom by double click.
  }

  render(changes: TerraDrawChanges): void {
    for (const id of changes.deletedIds) this.features.delete(id);
    for (const feature of [...changes.created, ...changes.updated]) {
      if (feature.id !== undefined) this.features.set(feature.id, feature);
    }
    this.changed();
  }

  clear(): void {
    this.features.clear();
    this.changed();
  }

  private pixel(event: PointerEvent | MouseEvent): Pixel {
    const box = this.ground.glass.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }
}

/** Return coordinates with 8 decimals (about a millimetre), without points that repeat. */
export function tidyLine(line: readonly Position[]): Position[] {
  const places = line.map(tidyPoint);
  return places.filter((p, i) => p[0] !== places[i - 1]?.[0] || p[1] !== places[i - 1]?.[1]);
}

export function tidyPoint(place: Position): Position {
  return place.slice(0, 2).map((degrees) => Math.round(degrees * 1e8) / 1e8);
}
