/** The drawing of the moment, if there is one. */

import type { Geometry } from "geojson";

import type { ItemFull } from "../types.ts";
import type { Ground, Stroke } from "./glass.ts";
import { Sketch, type SketchEvents } from "./sketch.ts";

export type Drawing = null | "line" | "post" | "edit";

/** Takes up and lays down the drawing tools. */
export class Pencil {
  private sketch: Sketch | null = null;

  constructor(
    private readonly ground: Omit<Ground, "glass">,
    private readonly events: SketchEvents,
  ) {}

  get isOn(): boolean {
    return this.sketch !== null;
  }

  get mayPan(): boolean {
    return this.sketch?.mayPan ?? true;
  }

  get strokes(): readonly Stroke[] {
    return this.sketch?.strokes ?? [];
  }

  /**
   * Start drawing, or go on with what was kept. To edit without a draft takes my own shape, or else the
   * candidate's. Says whether it could.
   */
  take(glass: HTMLElement, drawing: Drawing, draft: Geometry | null, item: ItemFull | null): boolean {
    this.drop();
    if (!drawing) return true;
    const { ground } = this;
    const view: Ground = {
      glass,
      project: (place) => ground.project(place),
      unproject: (pixel) => ground.unproject(pixel),
      toMap: (pixel) => ground.toMap(pixel),
    };
    this.sketch = new Sketch(view, this.events);
    const there = drawing === "edit" ? (item?.mine?.shape ?? item?.shape ?? null) : null;
    const kept = draft ?? there;
    if (kept) return this.sketch.change(kept);
    if (drawing === "edit") return false;
    this.sketch.begin(drawing);
    return true;
  }

  /** End the line, or accept the changes; says whether there was enough. */
  finish(): boolean {
    return this.sketch?.finish() ?? false;
  }

  put(at: readonly [number, number]): void {
    this.sketch?.put(at);
  }

  drop(): void {
    this.sketch?.stop();
    this.sketch = null;
    this.events.changed();
  }
}
