/** What the lists of pictures, cues, days and land share. */

import { css } from "lit";

export const listLook = css`
  .stack > *,
  form > *,
  section > * {
    min-width: 0;
  }
  p.note {
    margin-bottom: 14px;
  }
  .chip {
    border-radius: 999px;
  }
  .chip[aria-pressed="true"] {
    border-color: var(--accent);
    background: var(--accent-ground);
  }
  a.main {
    border-color: var(--accent);
    background: var(--accent);
    color: #111417;
    font-weight: 600;
  }
  .files {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .files li {
    padding: 2px 0;
  }
  .state {
    white-space: nowrap;
  }
  .state.placed {
    color: var(--yes);
  }
  .state.looking,
  .state.undated {
    color: var(--existed);
  }
  .state.waiting {
    color: var(--unsure);
  }
  .state.skipped {
    color: var(--text-3);
  }
  .why {
    max-width: 34ch;
    color: var(--text-2);
  }
  .loud {
    display: flex;
    flex-wrap: wrap;
    gap: 10px;
    margin-bottom: 12px;
  }
  .loud > div {
    min-width: 150px;
    padding: 8px 14px;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--panel);
  }
  .loud b {
    display: block;
    font-size: 22px;
    font-variant-numeric: tabular-nums;
  }
  .loud .gap {
    border: 2px dashed var(--text-2);
  }
`;
