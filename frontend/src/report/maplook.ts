/** How the map of the report looks; `strokes.ts` says the same for its canvas. */

import { css } from "lit";

export const mapLook = css`
  .glass {
    touch-action: pan-y;
    cursor: grab;
    border: 1px solid var(--soft);
    overflow: hidden;
  }
  .glass > * {
    position: absolute;
  }
  .sheet,
  .above,
  .beside {
    will-change: transform;
  }
  .sheet {
    background: var(--sea); /* without holes it need not be mixed with what is under it */
  }
  .foot {
    bottom: 0;
  }
  .glass svg {
    overflow: hidden;
  }
  .sheet > canvas {
    position: absolute;
  }
  .sheet > canvas + svg {
    position: relative;
  }
  .sea {
    fill: var(--sea);
  }
  .sea.plain,
  .land {
    fill: var(--land);
  }
  .country {
    fill: none;
    stroke: var(--soft);
    stroke-width: 0.8;
    stroke-dasharray: 4 2 1 2;
  }
  .grid {
    stroke: var(--line);
    fill: none;
  }
  .line {
    fill: none;
    stroke-linejoin: round;
  }
  .line.changed {
    stroke: var(--changed);
    stroke-width: 5;
  }
  .line.unchanged {
    stroke: var(--hatch);
    stroke-width: 2.6;
  }
  .line.indeterminate {
    stroke: var(--unsure);
    stroke-width: 4;
    stroke-dasharray: 2 2;
  }
  .line.not_examined {
    stroke: var(--ink);
    stroke-width: 2.4;
    stroke-dasharray: 1 3;
  }
  .line.not_comparable {
    stroke: var(--alarm);
    stroke-width: 2;
    stroke-dasharray: 6 4;
  }
  .line.plain {
    stroke: var(--ink);
    stroke-width: 1;
  }
  .line.said {
    stroke: var(--unsure);
    stroke-width: 11;
    opacity: 0.35;
  }
  .thing {
    fill: none;
    stroke-width: 2.4;
  }
  .thing.other {
    stroke-width: 1.6;
    stroke-dasharray: 4 2;
  }
  .dots {
    fill: none;
    stroke-linecap: round;
  }
  .halo {
    fill: var(--ink);
    stroke: var(--land);
    stroke-width: 3.5;
    paint-order: stroke;
    font-size: 12.5px;
  }
  .degree {
    font-size: 12px;
    fill: var(--soft);
  }
  .spot {
    fill: var(--ink);
  }
  .here {
    fill: none;
    stroke: var(--alarm);
    stroke-width: 2.5;
  }
  .scale {
    fill: none;
    stroke: var(--ink);
    stroke-width: 2;
  }
  .entry {
    display: inline-block;
    margin-right: 1.1em;
  }
  .swatch {
    width: 26px;
    height: 10px;
    overflow: visible;
  }
`;
