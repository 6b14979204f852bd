/** Layout that the parts of the page about publishing share. */

import { css } from "lit";

import { partLook } from "../pages/pagelook.ts";

export const publook = [
  ...partLook,
  css`
    .boxes {
      display: flex;
      flex-wrap: wrap;
      gap: 0 18px;
    }
    fieldset .hint,
    .check .hint {
      color: var(--text-2);
      font-size: var(--small);
    }
    ul {
      margin: 0;
      padding-inline-start: 18px;
    }
    .lines {
      white-space: pre-line;
    }
    table.changes {
      min-width: 720px;
    }
    td.why {
      min-width: 260px;
    }
    .hash {
      overflow-wrap: anywhere;
      color: var(--text-2);
    }
    .stack > .scroll,
    .stack > section {
      margin: 0;
    }
  `,
];
