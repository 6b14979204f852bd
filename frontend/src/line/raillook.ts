/** How the rail of dates looks. */

import { css } from "lit";

export const railLook = css`
  :host {
    display: block;
    min-width: 0;
    padding: 4px 8px 6px;
    background: var(--panel);
    color: var(--text);
    font: 12px/1.3 var(--font);
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 12px;
    align-items: center;
    color: var(--text-2);
  }
  fieldset {
    display: flex;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend {
    float: left;
    padding: 4px 8px 0 0;
  }
  .sides button {
    min-height: 24px;
    padding: 1px 10px;
    border: 1px solid var(--line-strong);
    background: var(--panel-2);
    color: var(--text);
    font: inherit;
    cursor: pointer;
  }
  .sides button:first-of-type {
    border-radius: 4px 0 0 4px;
  }
  .sides button:last-of-type {
    border-left: 0;
    border-radius: 0 4px 4px 0;
  }
  .sides button[aria-pressed="true"] {
    background: var(--text);
    color: #111417;
    font-weight: 600;
  }
  .time {
    flex: 1 1 320px;
    min-width: 0;
    min-height: 22px;
  }
  svg {
    display: block;
  }
  .time text {
    fill: var(--text-2);
    font: 11px var(--font);
  }
  .rule {
    stroke: var(--line-strong);
  }
  .bar {
    cursor: pointer;
    stroke: none;
  }
  .bar.present {
    fill: var(--accent);
  }
  .bar.absent {
    fill: var(--panel);
    stroke: #fff;
    stroke-width: 1;
  }
  .bar.hidden {
    fill: var(--unsure);
  }
  .bar.unseen {
    fill: var(--text-3);
  }
  .shown {
    fill: none;
    stroke: #fff;
    stroke-width: 1.5;
  }
  .row {
    display: flex;
    gap: 3px;
    overflow-x: auto;
    padding: 3px;
    scrollbar-color: var(--line-strong) transparent;
    scrollbar-width: thin;
  }
  .cell {
    position: relative;
    flex: 1 0 auto;
    min-width: 84px;
    max-width: 240px;
    min-height: 40px;
    padding: 3px 6px;
    border: 1px solid var(--line);
    border-radius: 4px;
    background: var(--panel-2);
    color: var(--text);
    font: inherit;
    text-align: start;
    cursor: pointer;
  }
  .cell:hover {
    background: var(--panel-3);
  }
  .cell.on {
    border-color: #fff;
    box-shadow: inset 0 0 0 1px #fff;
  }
  .cell.loose {
    border-style: dashed;
    border-color: var(--no);
  }
  .cell.loose.on {
    border-color: #fff;
  }
  .cell.asked {
    border-color: var(--accent);
    box-shadow: inset 0 0 0 1px var(--accent);
  }
  .date,
  .says {
    display: flex;
    gap: 5px;
    align-items: center;
    white-space: nowrap;
  }
  .says {
    color: var(--text-2);
  }
  .badge {
    margin-inline-start: auto;
    padding: 0 5px;
    border-radius: 3px;
    background: #fff;
    color: #111417;
    font-weight: 700;
  }
  .badge.ask {
    background: var(--accent);
  }
  .warn {
    color: var(--no);
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 1px;
  }
  /* Low windows: the maps come first. */
  @media (max-height: 850px) and (min-width: 901px) {
    :host {
      display: flex;
      gap: 10px;
      align-items: center;
      padding: 2px 8px;
    }
    .head {
      flex: none;
    }
    .head > span,
    .time {
      display: none;
    }
    .row {
      min-width: 0;
    }
  }
`;
