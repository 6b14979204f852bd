/** The look of the page on which a paper is read. */

import { css } from "lit";

export const readingLook = css`
  :host {
    max-width: none;
    padding: 0;
  }
  header.paper {
    display: grid;
    gap: 6px;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
  }
  .actions button {
    display: inline-flex;
    gap: 6px;
    align-items: center;
  }
  .actions kbd {
    min-width: 18px;
    padding: 0 4px;
    line-height: 16px;
  }
  .slot {
    display: grid;
    gap: 8px;
  }
  .bar {
    position: sticky;
    z-index: 3;
    bottom: 8px;
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
    padding: 8px 12px;
    border: 1px solid var(--accent);
    border-radius: var(--radius);
    background: var(--panel);
  }
  .bar q {
    max-width: 60ch;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  p.said {
    position: sticky;
    z-index: 2;
    top: 0;
    padding: 6px 10px;
    border-inline-start: 4px solid var(--accent);
    background: var(--panel-3);
    font-size: 13px;
  }
  .others {
    display: grid;
    gap: 10px;
    max-width: 760px;
  }
  .progress {
    color: var(--text-2);
  }
  img.paper {
    max-width: 100%;
    max-height: 70vh;
    border: 1px solid var(--line);
  }
  textarea.pick {
    width: 100%;
    min-height: 160px;
    font-size: 15px;
    line-height: 1.6;
  }
  table.two td {
    white-space: pre-line;
  }
`;
