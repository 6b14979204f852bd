/** Lines of the map: as paths of an SVG where they are short, on a canvas where they are thousands. */

import { svg, type TemplateResult } from "lit";

/** Lines that look alike: the class of `linemap.ts`, with colour and width where they differ. */
export interface Stroke {
  look: string;
  /** Pixels, x and y in turns; where the look is filled, each is closed. Of dots, each pair is one. */
  lines: number[][];
  colour?: string;
  width?: number;
}

/** More numbers than this are painted on a canvas: an SVG draws them again for each tile. */
const MOST_NUMBERS = 10_000;

interface Look {
  fill?: string;
  stroke?: string;
  width?: number;
  dash?: number[];
  cap?: CanvasLineCap;
  alpha?: number;
}

/** The same as the style of the map says; "" is the colour of the class. */
const LOOKS: Record<string, Look> = {
  sea: { fill: "--sea" },
  "sea plain": { fill: "--land" },
  land: { fill: "--land" },
  grid: { stroke: "--line", width: 1 },
  country: { stroke: "--soft", width: 0.8, dash: [4, 2, 1, 2] },
  "line said": { stroke: "--unsure", width: 11, alpha: 0.35 },
  "line plain": { stroke: "--ink", width: 1 },
  "line changed": { stroke: "--changed", width: 5 },
  "line unchanged": { stroke: "--hatch", width: 2.6 },
  "line indeterminate": { stroke: "--unsure", width: 4, dash: [2, 2] },
  "line not_examined": { stroke: "--ink", width: 2.4, dash: [1, 3] },
  "line not_comparable": { stroke: "--alarm", width: 2, dash: [6, 4] },
  thing: { stroke: "", width: 2.4 },
  "thing other": { stroke: "", width: 1.6, dash: [4, 2] },
  dots: { stroke: "", cap: "round" },
};

/** Say whether strokes are too many for an SVG that shall move smoothly. */
export function isDense(strokes: readonly Stroke[]): boolean {
  return strokes.reduce((n, { lines }) => n + lines.reduce((m, line) => m + line.length, 0), 0) > MOST_NUMBERS;
}

/** Return a stroke as a path of an SVG. */
export function drawn({ look, lines, colour, width }: Stroke): TemplateResult {
  const d = lines.map((line) => lettersOf(line, LOOKS[look])).join("");
  if (look === "land") return svg`<path class=${look} fill-rule="evenodd" d=${d}></path>`;
  if (colour === undefined) return svg`<path class=${look} d=${d}></path>`;
  if (width === undefined) return svg`<path class=${look} stroke=${colour} d=${d}></path>`;
  return svg`<path class=${look} stroke=${colour} stroke-width=${width} d=${d}></path>`;
}

/** Return pixels as letters of a path, to a tenth. */
export function lettersOf(line: readonly number[], look: Look = {}): string {
  let path = "";
  const isDots = look.cap === "round";
  for (let i = 0; i + 1 < line.length; i += 2) {
    path += `${i === 0 || isDots ? "M" : "L"}${line[i]?.toFixed(1)} ${line[i + 1]?.toFixed(1)}${isDots ? "h0" : ""}`;
  }
  return look.fill === undefined ? path : `${path}z`;
}

/** Paint strokes in their order; `ink` gives the colour of a name of the page's style. */
export function paint(pen: CanvasRenderingContext2D, strokes: readonly Stroke[], ink: (name: string) => string): void {
  for (const { look: name, lines, colour = "", width } of strokes) {
    const look = LOOKS[name];
    if (!look || lines.length === 0) continue;
    const of = (key: string): string => (key === "" ? colour : ink(key));
    if (look.fill !== undefined) {
      pen.fillStyle = of(look.fill);
      follow(pen, lines);
      pen.fill("evenodd");
    }
    if (look.stroke === undefined) continue;
    pen.strokeStyle = of(look.stroke);
    pen.lineWidth = width ?? look.width ?? 1;
    pen.lineCap = look.cap ?? "butt";
    pen.lineJoin = name.startsWith("line") ? "round" : "miter";
    pen.globalAlpha = look.alpha ?? 1;
    pen.setLineDash(look.dash ?? []);
    if (look.cap === "round") {
      for (const line of lines) dots(pen, line);
    } else {
      follow(pen, lines);
      pen.stroke();
    }
    pen.globalAlpha = 1;
  }
  pen.setLineDash([]);
}

function follow(pen: CanvasRenderingContext2D, lines: readonly number[][]): void {
  pen.beginPath();
  for (const line of lines) {
    pen.moveTo(line[0] ?? 0, line[1] ?? 0);
    for (let i = 2; i + 1 < line.length; i += 2) pen.lineTo(line[i] ?? 0, line[i + 1] ?? 0);
  }
}

/** Dots are all alike: one is drawn, and copied to where the others stand. */
function dots(pen: CanvasRenderingContext2D, line: readonly number[]): void {
  const each = pen.getTransform().a || 1;
  const size = Math.ceil(pen.lineWidth) + 2;
  const one = document.createElement("canvas");
  one.width = one.height = Math.round(size * each);
  const ink = one.getContext("2d", { willReadFrequently: true });
  if (!ink) return;
  ink.scale(one.width / size, one.height / size);
  ink.fillStyle = pen.strokeStyle;
  ink.arc(size / 2, size / 2, pen.lineWidth / 2, 0, 2 * Math.PI);
  ink.fill();
  for (let i = 0; i + 1 < line.length; i += 2) {
    pen.drawImage(one, (line[i] ?? 0) - size / 2, (line[i + 1] ?? 0) - size / 2, size, size);
  }
}
