/** The common look of buttons, fields, tables and panels inside a shadow root. */

import { css } from "lit";

export const look = css`
  :host {
    box-sizing: border-box;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3 {
    margin: 0;
    line-height: 1.25;
  }
  h1 {
    font-size: 20px;
  }
  h2 {
    font-size: 16px;
  }
  h3 {
    font-size: 14px;
  }
  p {
    margin: 0;
  }
  a {
    color: var(--unsure);
  }
  button,
  .button {
    min-height: var(--target);
    padding: 4px 12px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--panel-2);
    color: var(--text);
    font: inherit;
    cursor: pointer;
    text-decoration: none;
  }
  button:hover:not(:disabled) {
    background: var(--panel-3);
  }
  button:disabled {
    color: var(--text-3);
    border-color: var(--line);
    cursor: default;
  }
  button.primary {
    background: var(--accent);
    border-color: var(--accent);
    color: #111417;
    font-weight: 600;
  }
  button.primary:hover:not(:disabled) {
    background: #ffe45c;
  }
  button.primary:disabled {
    background: var(--panel-3);
    border-color: var(--line);
    color: var(--text-3);
  }
  button.plain {
    border-color: transparent;
    background: none;
  }
  input,
  select,
  textarea {
    min-height: var(--target);
    padding: 4px 8px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--ground);
    color: var(--text);
    font: inherit;
    max-width: 100%;
  }
  input[type="checkbox"],
  input[type="radio"] {
    min-height: 0;
    width: 18px;
    height: 18px;
    accent-color: var(--accent);
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  table {
    border-collapse: collapse;
    width: 100%;
  }
  th,
  td {
    padding: 4px 8px;
    text-align: start;
    border-bottom: 1px solid var(--line);
    vertical-align: top;
  }
  th {
    color: var(--text-2);
    font-weight: 600;
  }
  td.number,
  th.number {
    text-align: end;
    font-variant-numeric: tabular-nums;
  }
  kbd {
    display: inline-block;
    min-width: 22px;
    padding: 0 6px;
    border: 1px solid var(--line-strong);
    border-radius: 4px;
    background: var(--panel-3);
    color: var(--text);
    font: 600 12px/20px var(--mono);
    text-align: center;
  }
  code {
    font-family: var(--mono);
    font-size: 13px;
  }
  .card {
    padding: 12px;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--panel);
  }
  .quiet {
    color: var(--text-2);
  }
  .small {
    font-size: var(--small);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap);
    align-items: center;
  }
  .spread {
    justify-content: space-between;
  }
  .swatch {
    display: inline-block;
    width: 12px;
    height: 12px;
    border-radius: 3px;
    border: 1px solid var(--text-3);
    flex: none;
  }
  .only-read {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
