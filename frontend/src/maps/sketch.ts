/** Drawing and changing one shape: a line, a post, or something that is there already. */

import type { Geometry, Position } from "geojson";
import {
  TerraDraw,
  TerraDrawLineStringMode,
  TerraDrawPointMode,
  TerraDrawPolygonMode,
  TerraDrawSelectMode,
  type GeoJSONStoreFeatures,
} from "terra-draw";

import { GlassAdapter, tidyLine, tidyPoint, type Ground, type Stroke } from "./glass.ts";

export interface SketchEvents {
  /** The picture of the drawing is another. */
  changed: () => void;
  /** What is drawn so far, or null. */
  draft: (shape: Geometry | null) => void;
  drawn: (shape: Geometry) => void;
  edited: (shape: Geometry, isDone: boolean) => void;
}

const FINISH = "vallum-finish"; // no real key: Enter and Esc belong to the app
const NEAR_PX = 12; // a click this near to the last point ends the line
const MODES: Record<string, string> = {
  Point: "point",
  LineString: "linestring",
  Polygon: "polygon",
};
const FLAGS = {
  feature: {
    draggable: true,
    coordinates: { midpoints: true, draggable: true, deletable: true, snappable: false },
  },
};

/** One drawing at a time. `stop()` when done. */
export class Sketch {
  private readonly adapter: GlassAdapter;
  private readonly draw: TerraDraw;
  private phase: "line" | "post" | "change" = "change";

  constructor(
    private readonly ground: Ground,
    private readonly events: SketchEvents,
  ) {
    this.adapter = new GlassAdapter(ground, events.changed);
    const none = { cancel: null, finish: null };
    this.draw = new TerraDraw({
      adapter: this.adapter,
      modes: [
        new TerraDrawLineStringMode({
          pointerDistance: NEAR_PX,
          keyEvents: { cancel: null, finish: FINISH },
        }),
        new TerraDrawPointMode(),
        new TerraDrawPolygonMode({ keyEvents: none }),
        new TerraDrawSelectMode({
          pointerDistance: 16,
          keyEvents: null,
          allowManualDeselection: false,
          flags: { linestring: FLAGS, point: { feature: { draggable: true } }, polygon: FLAGS },
        }),
      ],
    });
    this.draw.start();
    this.draw.on("change", (_ids, type) => {
      if (type !== "styling") this.events.draft(this.shape());
    });
    this.draw.on("finish", (id) => this.finished(id));
  }

  get strokes(): Stroke[] {
    return this.adapter.strokes;
  }

  get mayPan(): boolean {
    return this.adapter.mayPan;
  }

  /** Begin a new line or post. */
  begin(what: "line" | "post"): void {
    this.phase = what;
    this.draw.setMode(what === "line" ? "linestring" : "point");
  }

  /** Take up a shape that is there; says whether it is of a kind that can be changed by hand. */
  change(shape: Geometry): boolean {
    this.phase = "change";
    const parts = partsOf(shape).map(tidyPart); // terra-draw refuses more than 9 decimals
    const features = parts.map((geometry) => ({
      type: "Feature" as const,
      id: this.draw.getFeatureId(),
      geometry,
      properties: { mode: MODES[geometry.type] ?? "" },
    }));
    const taken = this.draw.addFeatures(features as GeoJSONStoreFeatures[]);
    const first = taken.find((one) => one.valid);
    if (first?.id === undefined || taken.some((one) => !one.valid)) {
      this.draw.clear();
      return false;
    }
    this.draw.setMode("select");
    this.draw.selectFeature(first.id);
    return true;
  }

  /** End the line, or accept the changes. Says whether there was enough to end. */
  finish(): boolean {
    if (this.phase === "change") {
      const shape = this.shape();
      if (shape) this.events.edited(shape, true);
      return shape !== null;
    }
    if (this.phase === "post" || this.shape() === null) return false;
    this.ground.glass.dispatchEvent(new KeyboardEvent("keyup", { key: FINISH }));
    return true;
  }

  /** Put a point where the pointer would be: drawing without a mouse. `at` is a pixel of the glass. */
  put(at: readonly [number, number]): void {
    const { glass } = this.ground;
    const box = glass.getBoundingClientRect();
    const where = { clientX: box.left + at[0], clientY: box.top + at[1] };
    const event = { ...where, isPrimary: true, pointerId: 1, button: 0, bubbles: false };
    for (const type of ["pointermove", "pointerdown", "pointerup"]) {
      glass.dispatchEvent(new PointerEvent(type, event));
    }
  }

  stop(): void {
    this.draw.stop();
    this.ground.glass.style.cursor = "";
  }

  /** Return what is drawn so far; null while a line has fewer than two points. */
  shape(): Geometry | null {
    const parts = this.draw
      .getSnapshot()
      .filter(({ geometry, properties }) => properties["mode"] === MODES[geometry.type])
      .filter(({ properties }) => !HELPERS.some((name) => properties[name]))
      .map((feature) => tidy(feature))
      .filter((geometry) => geometry !== null);
    return joined(parts);
  }

  private finished(id: string | number): void {
    const shape = this.shape();
    if (this.phase === "change") {
      if (shape) this.events.edited(shape, false);
      return;
    }
    this.phase = "change";
    if (shape) this.events.drawn(shape);
    queueMicrotask(() => {
      if (this.draw.enabled && this.draw.hasFeature(id)) this.draw.selectFeature(id);
    });
  }
}

const HELPERS = ["midPoint", "selectionPoint", "closingPoint", "snappingPoint", "coordinatePoint", "edited"];

type Part = Extract<Geometry, { type: "Point" | "LineString" | "Polygon" }>;

function tidy({ geometry, properties }: GeoJSONStoreFeatures): Part | null {
  if (geometry.type !== "LineString" || !properties["currentlyDrawing"]) return tidyPart(geometry);
  const line = tidyLine(geometry.coordinates.slice(0, -1)); // its last point follows the pointer
  return line.length < 2 ? null : { type: "LineString", coordinates: line };
}

function tidyPart(part: Part): Part {
  if (part.type === "Point") return { type: "Point", coordinates: tidyPoint(part.coordinates) };
  if (part.type === "LineString") {
    return { type: "LineString", coordinates: tidyLine(part.coordinates) };
  }
  return { type: "Polygon", coordinates: part.coordinates.map((ring) => tidyLine(ring)) };
}

/** Return the single parts of a geometry. */
export function partsOf(shape: Geometry): Part[] {
  switch (shape.type) {
    case "Point":
    case "LineString":
    case "Polygon":
      return [shape];
    case "MultiPoint":
      return shape.coordinates.map((coordinates) => ({ type: "Point", coordinates }));
    case "MultiLineString":
      return shape.coordinates.map((coordinates) => ({ type: "LineString", coordinates }));
    case "MultiPolygon":
      return shape.coordinates.map((coordinates) => ({ type: "Polygon", coordinates }));
    default:
      return shape.geometries.flatMap(partsOf);
  }
}

/** Return one geometry of parts: a single one as it is, several as the multi kind. */
export function joined(parts: readonly Part[]): Geometry | null {
  const [first] = parts;
  if (!first || parts.length === 1) return first ?? null;
  const alike = parts.filter((part) => part.type === first.type);
  if (alike.length < parts.length) return { type: "GeometryCollection", geometries: [...parts] };
  const coordinates = parts.map((part) => part.coordinates);
  if (first.type === "Point") return { type: "MultiPoint", coordinates: coordinates as Position[] };
  if (first.type === "LineString") {
    return { type: "MultiLineString", coordinates: coordinates as Position[][] };
  }
  return { type: "MultiPolygon", coordinates: coordinates as Position[][][] };
}
