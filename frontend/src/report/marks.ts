/** Boxes of the strip: as paths of an SVG where they are few, on a canvas where they are thousands. */

import { svg, type TemplateResult } from "lit";

import { hatched } from "./hatch.ts";

/** Left, top, width and height in pixels. */
export type Box = readonly [number, number, number, number];

/** Boxes that look alike; `step` pixels between the strokes of those that are hatched. */
export interface Mark {
  look: string;
  boxes: Box[];
  colour?: string;
  fill?: "hatch" | "across";
  step?: number;
}

/** More boxes than this are painted on a canvas, which takes a tenth of the time. */
export const MOST_BOXES = 600;
const MOST_DASHED = 60;
const HATCH_STEP = 6;

interface Look {
  fill?: string;
  stroke?: string;
  width?: number;
  dash?: number[];
}

/** The same as `look.ts` says in CSS; "" is the colour of the class. */
const LOOKS: Record<string, Look> = {
  "": { fill: "" },
  hatch: { stroke: "--hatch", width: 1 },
  "st changed": { fill: "--changed" },
  "st unchanged": { fill: "--same" },
  "st indeterminate": { fill: "--unsure-wash", stroke: "--unsure", width: 0.7 },
  "st not_examined": { fill: "--paper", stroke: "--soft", width: 0.7 },
  "st edge-only": { stroke: "--hatch", width: 1 },
  "st-mark not_examined": { stroke: "--soft", width: 1 },
  "st-mark indeterminate": { stroke: "--unsure", width: 1.5, dash: [1.5, 3] },
  old: { fill: "--old" },
  unsure: { fill: "--paper", stroke: "", width: 1.4, dash: [3, 2] },
  gone: { fill: "--paper", stroke: "", width: 1.8 },
  open: { fill: "--paper", stroke: "--soft", width: 1 },
  floor: { fill: "--soft" },
  "told corroborated": { fill: "--yes", stroke: "--yes", width: 1.6 },
  "told contradicted": { fill: "--paper", stroke: "--alarm", width: 2.6 },
  "told not_observable": { fill: "--paper", stroke: "--soft", width: 1.6, dash: [2, 2] },
  "told unverified": { fill: "--paper", stroke: "--unsure", width: 1.6, dash: [5, 2] },
};

/** Say whether marks are too many for an SVG that shall move smoothly, or have no other form. */
export function isDense(marks: readonly Mark[]): boolean {
  return marks.reduce((n, { boxes }) => n + boxes.length, 0) > MOST_BOXES;
}

/** Return boxes as one path. */
export function pathOfBoxes(boxes: readonly Box[]): string {
  return boxes.map(([x, y, wide, high]) => `M${x.toFixed(1)} ${short(y)}h${wide.toFixed(1)}v${short(high)}h${(-wide).toFixed(1)}z`).join("");
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** Return a mark as one path of an SVG. */
export function drawn({ look, boxes, colour, fill, step = HATCH_STEP }: Mark): TemplateResult {
  if (fill === "hatch") return svg`<path class=${look} d=${boxes.map((box) => hatched(...box)).join("")}></path>`;
  if (fill === "across") return svg`<path class=${look} d=${boxes.map((box) => across(box, step)).join("")}></path>`;
  const d = pathOfBoxes(boxes);
  if (colour === undefined) return svg`<path class=${look} d=${d}></path>`;
  return look === "" ? svg`<path fill=${colour} d=${d}></path>` : svg`<path class=${look} stroke=${colour} d=${d}></path>`;
}

/** Level strokes. */
function across([x, y, wide, high]: Box, step: number): string {
  let path = "";
  for (let at = y + step / 2; at < y + high; at += step) path += `M${x.toFixed(1)} ${at}h${wide.toFixed(1)}`;
  return path;
}

/**
 * Paint marks in their order; `ink` gives the colour of a name of the page's style.
 *
 * Boxes are filled one by one, which a browser does without building the outline of a path.
 */
export function paint(pen: CanvasRenderingContext2D, marks: readonly Mark[], ink: (name: string) => string): void {
  for (const mark of marks) {
    const look = LOOKS[mark.look];
    if (!look || mark.boxes.length === 0) continue;
    const of = (name: string): string => (name === "" ? (mark.colour ?? "") : ink(name));
    if (mark.fill === "hatch") {
      fillAll(pen, mark.boxes, hatchOf(pen, of(look.stroke ?? "")));
      continue;
    }
    if (mark.fill === "across") {
      strokesAcross(pen, mark, look, of);
      continue;
    }
    if (look.fill !== undefined) fillAll(pen, mark.boxes, of(look.fill));
    if (look.stroke === undefined) continue;
    pen.strokeStyle = of(look.stroke);
    pen.lineWidth = look.width ?? 1;
    pen.setLineDash(look.dash && mark.boxes.length <= MOST_DASHED ? look.dash : []);
    for (const box of mark.boxes) pen.strokeRect(...box);
    pen.setLineDash([]);
  }
}

function fillAll(pen: CanvasRenderingContext2D, boxes: readonly Box[], style: string | CanvasPattern): void {
  pen.fillStyle = style;
  for (const box of boxes) pen.fillRect(...box);
}

function strokesAcross(pen: CanvasRenderingContext2D, { boxes, step = HATCH_STEP }: Mark, look: Look, of: (name: string) => string): void {
  const thick = look.width ?? 1;
  pen.fillStyle = of(look.stroke ?? "");
  const [on = 0, off = 0] = boxes.length <= MOST_DASHED ? (look.dash ?? []) : [];
  for (const [x, y, wide, high] of boxes) {
    for (let at = y + step / 2; at < y + high; at += step) {
      if (on === 0) pen.fillRect(x, at - thick / 2, wide, thick);
      else for (let from = x; from < x + wide; from += on + off) pen.fillRect(from, at - thick / 2, Math.min(on, x + wide - from), thick);
    }
  }
}

/** Pieces of hatch by colour and fineness: to ask for the pixels of a new one stops the browser for a while. */
const hatches = new Map<string, HTMLCanvasElement>();

/** Return diagonal strokes as a pattern that lines up with those of `hatched`, as fine as the screen is. */
function hatchOf(pen: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  const each = pen.getTransform().a || 1;
  const size = 4 * HATCH_STEP; // css pixels; whole ones at every usual fineness
  const key = `${colour} ${each}`;
  const tile = hatches.get(key) ?? hatch(size, each, colour);
  hatches.set(key, tile);
  const pattern = pen.createPattern(tile, "repeat");
  pattern?.setTransform(new DOMMatrix([size / tile.width, 0, 0, size / tile.height, 0, 0]));
  return pattern ?? colour;
}

function hatch(size: number, each: number, colour: string): HTMLCanvasElement {
  const tile = document.createElement("canvas");
  tile.width = tile.height = Math.round(size * each);
  const ink = tile.getContext("2d", { willReadFrequently: true });
  if (!ink) return tile;
  ink.scale(tile.width / size, tile.height / size);
  ink.strokeStyle = colour;
  ink.lineWidth = 1;
  ink.beginPath();
  for (let c = 0; c <= 2 * size; c += HATCH_STEP) {
    ink.moveTo(c + 1, -1);
    ink.lineTo(-1, c + 1);
  }
  ink.stroke();
  return tile;
}
