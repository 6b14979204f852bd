/** Where the pair of maps looks: one camera for both, moved by hands and by items. */

import type { ItemFull, Project } from "../types.ts";
import { acrossOf, sidesOf, type Sides } from "./across.ts";
import {
  panned,
  project,
  unproject,
  zoomedAt,
  zoomFor,
  type Camera,
  type LonLat,
  type Pixel,
  type Size,
} from "./camera.ts";

/** The camera. It calls `moved` at most once per frame, however many moves there were. */
export class Eye {
  camera: Camera | null = null;
  size: Size = { width: 0, height: 0 };
  /** Somebody has moved the view away from the item. */
  hasMoved = false;
  /** Side by side: each half shows the middle of one map. */
  isSplit = false;
  /** How far to each side of the line a stretch is to be searched. */
  corridor: Project["corridor"] | null = null;
  private frame = 0;

  constructor(private readonly moved: (camera: Camera) => void) {}

  get hasSize(): boolean {
    return this.size.width > 0 && this.size.height > 0;
  }

  /** Take a size in CSS pixels; says whether it was this already. */
  fits(width: number, height: number): boolean {
    if (width === this.size.width && height === this.size.height) return true;
    this.size = { width, height };
    return false;
  }

  /** Return how an item is to be seen: its place in the middle, the border from left to right. */
  at(item: ItemFull): Camera {
    const [lon, lat] = item.centre;
    return { lon, lat, zoom: zoomFor(acrossOf(item, this.size, this.corridor), this.size.width, lat), bearing: item.bearing_deg };
  }

  /** Look at an item. */
  aim(item: ItemFull): Camera {
    this.hasMoved = false;
    this.camera = this.at(item);
    return this.camera;
  }

  /** Go back to how an item was first shown. */
  home(item: ItemFull): void {
    this.look(this.at(item));
    this.hasMoved = false;
  }

  /** How far to each side of an item's middle is on screen. */
  sides(item: ItemFull | null): Sides | null {
    return item && this.camera ? sidesOf(this.camera, this.size, item) : null;
  }

  panBy(dx: number, dy: number): void {
    if (this.camera) this.look(panned(this.camera, dx, dy));
  }

  /** Zoom by levels around a pixel of the glass, or around the middle. */
  zoomBy(steps: number, at?: Pixel): void {
    const middle: Pixel = [this.size.width / 2, this.size.height / 2];
    const held = at ? this.toMap(at) : middle;
    if (this.camera) this.look(zoomedAt(this.camera, this.size, held, steps));
  }

  look(camera: Camera): void {
    this.camera = camera;
    this.hasMoved = true;
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.camera) this.moved(this.camera);
    });
  }

  project(place: LonLat): Pixel {
    return this.camera ? project(this.camera, this.size, place) : [0, 0];
  }

  unproject(pixel: Pixel): LonLat {
    return this.camera ? unproject(this.camera, this.size, pixel) : [0, 0];
  }

  /** Return the pixel of a map for a pixel of the glass. */
  toMap([x, y]: Pixel): Pixel {
    if (!this.isSplit) return [x, y];
    const quarter = this.size.width / 4;
    return [x < this.size.width / 2 ? x + quarter : x - quarter, y];
  }
}
