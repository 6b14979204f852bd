/** Words of the strip on its canvas, where an SVG would be laid out anew for each movement. */

import { kmTicks } from "../line/along.ts";
import type { Label, Scale } from "../line/lay.ts";

export const FONT = "12.5px system-ui, sans-serif";

export interface Written {
  scale: Scale;
  labels: readonly Label[];
  /** Where names stand, and where the axis begins. */
  names_y: number;
  bottom: number;
}

/** Write it; `ink` gives the colour of a name of the page's style. */
export function write(pen: CanvasRenderingContext2D, { scale, labels, names_y, bottom }: Written, ink: (name: string) => string): void {
  const [dark, soft] = [ink("--ink"), ink("--soft")];
  pen.font = FONT;
  pen.lineWidth = 1;
  pen.strokeStyle = soft;
  pen.beginPath();
  const line = (x0: number, y0: number, x1: number, y1: number): void => {
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
  };
  pen.fillStyle = dark;
  pen.textAlign = "start";
  for (const { x, text, tick } of labels) {
    line(tick, names_y + 2, tick, names_y + 6);
    pen.fillText(text, x, names_y - 2);
  }
  pen.fillStyle = soft;
  for (const { x, anchor, words } of kmTicks(scale)) {
    line(x, bottom, x, bottom + 4);
    pen.textAlign = anchor === "middle" ? "center" : anchor;
    pen.fillText(words, x, bottom + 16);
  }
  pen.stroke();
}
