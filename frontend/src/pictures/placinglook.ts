/** Layout of the placing page: two pictures side by side, and what they come to below. */

import { css } from "lit";

export const placingLook = css`
  :host {
    max-width: none;
    padding: 8px 14px 24px;
  }
  header {
    margin-bottom: 4px;
  }
  header h1 {
    max-width: 48ch;
    overflow: hidden;
    font-size: 16px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .lead {
    min-height: 40px; /* two lines, so that the pictures never move under the pointer */
    margin-bottom: 6px;
  }
  .step {
    flex: 1 1 320px;
    font-weight: 600;
  }
  .panes {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 8px;
    height: max(300px, min(48vh, 620px));
  }
  .panes > * {
    height: 100%;
  }
  .bar {
    margin: 6px 0 8px;
  }
  .bar .gap {
    flex: 1;
  }
  .bar select {
    max-width: 280px;
  }
  .inline {
    color: var(--text-2);
  }
  .below {
    display: grid;
    grid-template-columns: minmax(580px, 1.3fr) minmax(230px, 0.75fr) minmax(320px, 0.95fr);
    gap: 16px;
    align-items: start;
  }
  .below > * {
    min-width: 0;
  }
  .below section > h2 {
    margin-bottom: 4px;
    font-size: 14px;
  }
  .verdict {
    display: grid;
    gap: 6px;
  }
  .verdict .big {
    font-size: 20px;
    font-variant-numeric: tabular-nums;
  }
  .verdict dl {
    gap: 2px 12px;
  }
  .save {
    margin-top: 8px;
  }
  .note.good {
    margin-bottom: 6px;
  }
  @media (max-width: 1180px) {
    .below {
      grid-template-columns: 1fr 1fr;
    }
    .below section:first-child {
      grid-column: 1 / -1;
    }
  }
  @media (max-width: 760px) {
    .panes {
      grid-template-columns: 1fr;
      grid-template-rows: 44vh 44vh;
      height: auto;
    }
    .below {
      grid-template-columns: 1fr;
    }
  }
`;
