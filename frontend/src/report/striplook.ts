/** How the strip of the report looks; `look.ts` says it of what stands in it. */

import { css } from "lit";

export const stripLook = css`
  .glass {
    touch-action: pan-y;
    cursor: crosshair;
  }
  .clip,
  .clip svg,
  .whole {
    position: absolute;
    top: 0;
    pointer-events: none;
  }
  .clip {
    overflow: hidden;
  }
  .sheet {
    will-change: transform;
  }
  .labels {
    position: relative;
  }
  .lane {
    pointer-events: none;
    fill: var(--ink);
    stroke: var(--paper);
    stroke-width: 4;
    stroke-linejoin: round;
    paint-order: stroke;
    font-size: 12.5px;
    font-weight: 600;
  }
  .over {
    fill: var(--ink);
  }
  .over-words {
    fill: var(--paper);
    font-size: 12.5px;
    font-weight: 650;
  }
  .readout {
    border-left: 4px solid var(--ink);
    padding: 0.1rem 0 0.1rem 0.8rem;
    margin: 0.8rem 0;
  }
  .readout:empty {
    display: none;
  }
  .readout p {
    margin: 0 0 0.3rem;
  }
  .readout ul {
    margin: 0.3rem 0;
    padding: 0;
    list-style: none;
  }
  .readout li {
    padding: 0.25rem 0;
    border-top: 1px solid var(--line);
    overflow-wrap: anywhere;
  }
`;
