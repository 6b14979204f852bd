/** What is drawn above the pictures: shapes, the frontier, the ring around the thing in question. */

import type { Geometry, Position } from "geojson";
import { svg, type TemplateResult } from "lit";

import type { ItemFull } from "../types.ts";
import { metresPerPixel, project, type Camera, type Pixel, type Size } from "./camera.ts";
import type { Stroke } from "./glass.ts";
import { partsOf } from "./sketch.ts";

export interface View {
  camera: Camera;
  size: Size;
}

export interface InkOptions {
  showShape: boolean;
  /** Show nothing of what others or the machine hold about the neighbourhood. */
  blind: boolean;
  /** The frontier around here, longitude and latitude. */
  frontier: readonly Position[];
  strokes: readonly Stroke[];
  /** Draw a cross in the middle: where a key puts a point. */
  isDrawing: boolean;
}

const RING_PX = { least: 30, room: 14, most: 0.3 };

/** Return everything to draw over one map. */
export function ink(view: View, item: ItemFull | null, options: InkOptions): TemplateResult {
  return svg`
    ${options.frontier.length > 1 ? path(view, "frontier", [options.frontier]) : null}
    ${item && options.showShape && (!options.blind || item.kind === "frame") ? item.group_shapes.map((one) => shape(view, "group", one.shape)) : null}
    ${item?.shape && options.showShape ? shape(view, "candidate", item.shape) : null}
    ${item && !options.blind ? item.others.map((one) => other(view, one.label, one.shape)) : null}
    ${item ? target(view, item) : null}
    ${options.strokes.map((one) => stroke(view, one))}
    ${options.isDrawing ? cross(view.size) : null}
  `;
}

/** Return the middle and the radius of the ring in pixels; null where there is no single thing. */
export function ring(view: View, item: ItemFull): { at: Pixel; radius: number } | null {
  if (item.kind === "frame") return null;
  const at = project(view.camera, view.size, item.centre);
  const corners = item.shape ? places(item.shape).map((p) => away(at, pixel(view, p))) : [];
  const reach = Math.max(item.length_m / 2 / metresPerPixel(view.camera), ...corners);
  const most = Math.min(view.size.width, view.size.height) * RING_PX.most;
  const wanted = Math.max(reach + RING_PX.room, RING_PX.least);
  // A long fence leaves the view anyway: its middle is marked.
  return { at, radius: wanted > most ? Math.min(RING_PX.least * 1.5, most) : wanted };
}

function target(view: View, item: ItemFull): TemplateResult {
  const found = ring(view, item);
  if (!found) return frame(view, item);
  const { at, radius } = found;
  const quarter = (Math.PI * radius) / 2;
  const dashes = `${quarter * 0.62} ${quarter * 0.38}`;
  const arc = (kind: string): TemplateResult => svg`<circle class=${kind} cx=${at[0]} cy=${at[1]} r=${radius}
    stroke-dasharray=${dashes} stroke-dashoffset=${quarter * 0.31} />`;
  return svg`${arc("ring-under")}${arc("ring")}`;
}

/** A frame has no single thing in it: mark where it begins and ends along the border. */
function frame(view: View, item: ItemFull): TemplateResult {
  const half = (item.span[1] - item.span[0]) / 2 / metresPerPixel(view.camera);
  const [x, y] = project(view.camera, view.size, item.centre);
  const tall = view.size.height * 0.06;
  const mark = (at: number): TemplateResult =>
    svg`<path class="frame" d=${`M${at} ${y - tall * 3}v${tall}M${at} ${y + tall * 2}v${tall}`} />`;
  return svg`${mark(x - half)}${mark(x + half)}`;
}

function other(view: View, label: string, geometry: Geometry | null): TemplateResult | null {
  if (!geometry) return null;
  const [first] = places(geometry);
  const [x, y] = first ? pixel(view, first) : [0, 0];
  return svg`${shape(view, `other other-${label.toLowerCase()}`, geometry)}
    <text class="letter" x=${x} y=${y - 10}>${label}</text>`;
}

function shape(view: View, kind: string, geometry: Geometry): TemplateResult[] {
  return partsOf(geometry).map((part) => {
    if (part.type === "Point") {
      if (kind === "candidate") return svg``; // the ring says where it is, and hides nothing
      const [x, y] = pixel(view, part.coordinates);
      return svg`<path class="under" d=${corners(x, y)} /><path class=${kind} d=${corners(x, y)} />`;
    }
    return part.type === "LineString"
      ? path(view, kind, [part.coordinates])
      : path(view, kind, part.coordinates);
  });
}

function path(view: View, kind: string, lines: readonly (readonly Position[])[]): TemplateResult {
  const d = lines.map((line) => `M${line.map((p) => spell(pixel(view, p))).join("L")}`).join("");
  return svg`<path class="under" d=${d} /><path class=${kind} d=${d} />`;
}

function stroke(view: View, { geometry, role }: Stroke): TemplateResult | TemplateResult[] {
  if (geometry.type !== "Point") return shape(view, "sketch", geometry);
  const [x, y] = pixel(view, geometry.coordinates);
  return svg`<circle class="sketch-${role}" cx=${x} cy=${y} r=${role === "middle" ? 4 : 6} />`;
}

/** Four corners around a point, so that the point itself stays in sight. */
function corners(x: number, y: number): string {
  const [far, near] = [11, 5];
  return [[-1, -1], [1, -1], [1, 1], [-1, 1]]
    .map(([sx = 0, sy = 0]) => `M${x + sx * near} ${y + sy * far}H${x + sx * far}V${y + sy * near}`)
    .join("");
}

function cross({ width, height }: Size): TemplateResult {
  const [x, y] = [width / 2, height / 2];
  return svg`<path class="cross" d=${`M${x - 12} ${y}h8m8 0h8M${x} ${y - 12}v8m0 8v8`} />`;
}

function places(geometry: Geometry): Position[] {
  return partsOf(geometry).flatMap((part) =>
    part.type === "Point"
      ? [part.coordinates]
      : part.type === "LineString"
        ? part.coordinates
        : part.coordinates.flat(),
  );
}

function pixel(view: View, place: Position): Pixel {
  return project(view.camera, view.size, [place[0] ?? 0, place[1] ?? 0]);
}

function spell([x, y]: Pixel): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}

function away(a: Pixel, b: Pixel): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
