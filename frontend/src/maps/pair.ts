/** Two MapLibre maps exactly on each other: before below, after above; both are always loaded. */

import { Map as MapLibreMap, setWorkerUrl } from "maplibre-gl";

import type { Image } from "../types.ts";
import { MAX_ZOOM, MIN_ZOOM, type Camera, type Size } from "./camera.ts";
import type { Pictures, PicturesEvents } from "./pictures.ts";
import { MAX_TILE_ZOOM, TILE, tileTemplate } from "./tiles.ts";

const KEPT = 4; // sources kept loaded per map, so that going back to a date is instant
const PATIENCE_MS = 10_000; // after this the picture is shown as far as it has come

let hasWorker = false;

/** Use the worker beside the bundle (content security policy: no blob, no other host). */
function useWorker(): void {
  if (hasWorker) return;
  setWorkerUrl(new URL("./maplibre-worker.mjs", import.meta.url).href);
  hasWorker = true;
}

/** One map, with the last picture held above it while the next one loads. */
class Side {
  readonly map: MapLibreMap;
  private held = document.createElement("canvas"); // may be on screen
  private fresh = document.createElement("canvas"); // the newest whole picture
  private readonly ready: Promise<void>;
  private kept: string[] = []; // the newest last
  private wanted = "";
  private hasPicture = false;
  private isGone = false;

  constructor(
    host: HTMLElement,
    camera: Camera,
    events: { idle: () => void; broken: () => void; lost: () => void },
  ) {
    this.map = new MapLibreMap({
      container: host,
      style: { version: 8, sources: {}, layers: [] },
      center: [camera.lon, camera.lat],
      zoom: camera.zoom,
      bearing: camera.bearing,
      minZoom: MIN_ZOOM,
      maxZoom: MAX_ZOOM,
      maxPitch: 0,
      renderWorldCopies: false,
      interactive: false, // one camera for both, and no key is eaten: see gestures.ts
      attributionControl: false,
      maplibreLogo: false,
      fadeDuration: 0,
      canvasContextAttributes: { antialias: false },
    });
    this.ready = new Promise((resolve) => this.map.once("style.load", () => resolve()));
    this.map.on("idle", events.idle);
    this.map.on("error", events.broken);
    this.map.on("webglcontextlost", events.lost);
    this.map.getCanvas().setAttribute("role", "presentation");
    this.map.getCanvas().removeAttribute("aria-label");
    for (const canvas of [this.held, this.fresh]) {
      canvas.className = "held";
      canvas.hidden = true;
      host.append(canvas);
    }
  }

  /** Show one image's tiles and hide the others; they stay loaded. */
  async show(image: Image | null): Promise<void> {
    const template = image ? tileTemplate(image, location.origin) : "";
    this.wanted = template;
    await this.ready;
    if (this.isGone || this.wanted !== template) return;
    if (template) this.keep(template);
    for (const id of this.kept) {
      this.map.setLayoutProperty(id, "visibility", id === template ? "visible" : "none");
    }
    this.map.triggerRepaint();
  }

  private keep(template: string): void {
    if (!this.kept.includes(template)) {
      this.map.addSource(template, {
        type: "raster",
        tiles: [template],
        tileSize: TILE,
        maxzoom: MAX_TILE_ZOOM,
      });
      const paint = { "raster-fade-duration": 0 };
      this.map.addLayer({ id: template, type: "raster", source: template, paint });
    }
    this.kept = [...this.kept.filter((id) => id !== template), template];
    for (const old of this.kept.splice(0, this.kept.length - KEPT)) {
      this.map.removeLayer(old);
      this.map.removeSource(old);
    }
  }

  /** Copy the whole picture; only within the frame that has drawn it, since the buffer is not kept. */
  remember(): void {
    const from = this.map.getCanvas();
    if (from.width === 0 || from.height === 0) return;
    this.fresh.width = from.width; // also empties it
    this.fresh.height = from.height;
    this.fresh.getContext("2d")?.drawImage(from, 0, 0);
    this.hasPicture = true;
  }

  /** Keep the last whole picture on screen, above the map. */
  hold(): void {
    if (!this.held.hidden || !this.hasPicture) return;
    [this.held, this.fresh] = [this.fresh, this.held];
    this.held.hidden = false;
  }

  release(): void {
    this.held.hidden = true;
  }

  move(camera: Camera, size: Size): void {
    const canvas = this.map.getContainer();
    if (canvas.clientWidth !== size.width || canvas.clientHeight !== size.height) this.map.resize();
    this.map.jumpTo({
      center: [camera.lon, camera.lat],
      zoom: camera.zoom,
      bearing: camera.bearing,
    });
    this.map.triggerRepaint();
  }

  retry(): void {
    if (this.wanted && this.map.getSource(this.wanted)) this.map.refreshTiles(this.wanted);
  }

  dispose(): void {
    this.isGone = true;
    this.map.remove();
    this.held.remove();
    this.fresh.remove();
  }
}

/**
 * The pair of maps.
 *
 * Raises what MapLibre raises when the browser has no WebGL.
 */
export class MapPair implements Pictures {
  readonly isStill = false;
  private readonly sides: Side[] = [];
  private readonly busy = new Set<number>([0, 1]);
  private isPending = true; // sources are still to be set
  private shown = "";
  private round = 0;
  private impatience: ReturnType<typeof setTimeout> | undefined;

  constructor(
    hosts: readonly [HTMLElement, HTMLElement],
    camera: Camera,
    private readonly events: PicturesEvents,
  ) {
    useWorker();
    try {
      for (const [index, host] of hosts.entries()) {
        this.sides.push(
          new Side(host, camera, {
            idle: () => this.settled(index),
            broken: events.broken,
            lost: events.lost,
          }),
        );
      }
    } catch (problem) {
      this.dispose();
      throw problem;
    }
  }

  get isIdle(): boolean {
    return this.busy.size === 0 && !this.isPending;
  }

  show(left: Image | null, right: Image | null, camera: Camera, size: Size): void {
    const pair = [left, right].map((image) => (image ? tileTemplate(image) : "")).join(" ");
    this.begin(true);
    for (const side of this.sides) side.move(camera, size);
    if (pair === this.shown) return;
    this.shown = pair;
    this.isPending = true;
    this.round += 1;
    const { round } = this;
    const images = [left, right] as const;
    void Promise.all(this.sides.map((side, index) => side.show(images[index] ?? null))).then(() => {
      if (round !== this.round) return;
      this.isPending = false;
      this.begin(false);
      for (const side of this.sides) side.map.triggerRepaint();
    });
  }

  move(camera: Camera, size: Size): void {
    this.begin(false);
    for (const side of this.sides) side.move(camera, size);
  }

  retry(): void {
    this.begin(false);
    for (const side of this.sides) side.retry();
  }

  dispose(): void {
    clearTimeout(this.impatience);
    this.round += 1;
    for (const side of this.sides) side.dispose();
  }

  private begin(isHeld: boolean): void {
    this.busy.add(0).add(1);
    if (isHeld) for (const side of this.sides) side.hold();
    clearTimeout(this.impatience);
    this.impatience = setTimeout(() => {
      for (const side of this.sides) side.release();
    }, PATIENCE_MS);
  }

  private settled(index: number): void {
    if (this.isPending || !this.busy.delete(index)) return;
    this.sides[index]?.remember();
    if (this.busy.size > 0) return;
    clearTimeout(this.impatience);
    for (const side of this.sides) side.release();
    this.events.idle();
  }
}
