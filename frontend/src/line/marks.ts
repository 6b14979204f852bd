/** How the states of an image look; told apart by shape first, then by colour. */

import { css, html, svg, type TemplateResult } from "lit";

import type { Mark } from "./rail.ts";

/** Shapes of the states, told apart without colour: ring, disc, cloud, broken ring. */
const SHAPES: Record<Mark, TemplateResult> = {
  absent: svg`<circle class="absent" cx="8" cy="8" r="5.5"></circle>`,
  present: svg`<circle class="present" cx="8" cy="8" r="6.5"></circle>`,
  hidden: svg`<path class="hidden" d="M4.5 12.5a3 3 0 0 1-.3-6 4 4 0 0 1 7.6-.6 3.3 3.3 0 0 1 .2 6.6zM2 15l12-14"></path>`,
  unseen: svg`<circle class="unseen" cx="8" cy="8" r="5.5"></circle>`,
};

/** Return the shape of a state. */
export function markShape(mark: Mark): TemplateResult {
  return html`<svg class="mark" width="16" height="16" aria-hidden="true">${SHAPES[mark]}</svg>`;
}

/** How the shapes look; shared with the dating panel. */
export const markLook = css`
  .mark {
    flex: none;
  }
  .absent {
    fill: none;
    stroke: #fff;
    stroke-width: 2;
  }
  .present {
    fill: var(--accent);
    stroke: #000;
  }
  .hidden {
    fill: none;
    stroke: var(--unsure);
    stroke-width: 1.6;
  }
  .unseen {
    fill: none;
    stroke: var(--text-3);
    stroke-width: 2;
    stroke-dasharray: 2.6 3.1;
  }
`;
