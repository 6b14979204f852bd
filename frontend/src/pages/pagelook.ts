/** Layout of the pages outside the review workspace. */

import { css } from "lit";

import { look } from "../look.ts";

const layout = css`
  :host {
    display: block;
    padding: 16px clamp(10px, 2.5vw, 32px) 48px;
    max-width: 1240px;
    margin: 0 auto;
    overflow-wrap: break-word;
  }
  :host(:lang(ko)) {
    word-break: keep-all;
  }
  header {
    margin-bottom: 16px;
  }
  header p {
    margin-top: 4px;
    max-width: 75ch;
    color: var(--text-2);
  }
  section {
    margin-bottom: 20px;
  }
  section > h2 {
    margin-bottom: 8px;
  }
  section > .row {
    margin-bottom: 8px;
  }
  section > p:not(:last-child) {
    margin-bottom: 8px;
  }
  section > .scroll + p {
    margin-top: 10px;
  }
  ::placeholder {
    color: var(--text-3);
    opacity: 1;
  }
  .stack {
    display: grid;
    gap: 10px;
  }
  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 230px), 1fr));
    gap: 12px 16px;
    align-items: start;
  }
  .field {
    display: grid;
    gap: 4px;
    min-width: 0;
  }
  .field label,
  legend {
    font-weight: 600;
  }
  .field .hint {
    color: var(--text-2);
    font-size: var(--small);
  }
  .field .hint.good {
    color: var(--yes);
  }
  .field .hint.bad {
    color: var(--no);
  }
  .field input:not([type="checkbox"]):not([type="radio"]),
  .field select,
  .field textarea {
    width: 100%;
  }
  input[aria-invalid="true"] {
    border-color: var(--no);
    border-width: 2px;
  }
  .check {
    display: flex;
    gap: 8px;
    align-items: center;
    min-height: var(--target);
  }
  fieldset {
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  .trouble {
    display: grid;
    gap: 4px;
    padding: 8px 12px;
    border: 1px solid var(--no);
    border-inline-start-width: 5px;
    border-radius: var(--radius);
    background: var(--no-ground);
    color: var(--text);
  }
  .trouble strong {
    font-weight: 600;
  }
  .note {
    padding: 8px 12px;
    border: 1px solid var(--line-strong);
    border-inline-start: 5px solid var(--unsure);
    border-radius: var(--radius);
    background: var(--unsure-ground);
  }
  .note.warn {
    border-inline-start-color: var(--accent);
    background: var(--accent-ground);
  }
  .note.good {
    border-inline-start-color: var(--yes);
    background: var(--yes-ground);
  }
  .empty {
    padding: 28px 16px;
    border: 1px dashed var(--line-strong);
    border-radius: var(--radius);
    color: var(--text-2);
    text-align: center;
  }
  .scroll {
    position: relative; /* holds the words that are only read, which would widen the page */
    overflow-x: auto;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--panel);
  }
  .scroll:focus-visible {
    outline-offset: -2px;
  }
  caption {
    padding: 8px;
    color: var(--text-2);
    text-align: start;
  }
  tbody th {
    color: var(--text);
    font-weight: 600;
  }
  thead th {
    background: var(--panel-2);
    white-space: nowrap;
  }
  tfoot th,
  tfoot td {
    border-bottom: 0;
    border-top: 2px solid var(--line-strong);
    font-weight: 600;
  }
  tbody tr:last-child > * {
    border-bottom: 0;
  }
  .tag {
    display: inline-block;
    padding: 0 8px;
    border: 1px solid var(--line-strong);
    border-radius: 999px;
    background: var(--panel-2);
    font-size: var(--small);
    white-space: nowrap;
  }
  .good-text {
    color: var(--yes);
  }
  .bad-text {
    color: var(--no);
  }
  .nowrap {
    white-space: nowrap;
  }
  progress {
    width: 100%;
    height: 12px;
    accent-color: var(--accent);
  }
  summary {
    min-height: var(--target);
    padding: 4px 0;
    cursor: pointer;
    font-weight: 600;
  }
  dl {
    display: grid;
    grid-template-columns: max-content 1fr;
    gap: 4px 16px;
    margin: 0;
  }
  dt {
    color: var(--text-2);
  }
  dd {
    margin: 0;
    min-width: 0;
  }
  @media (max-width: 720px) {
    :host {
      padding-top: 10px;
    }
    .card {
      padding: 10px;
    }
  }
`;

export const pageLook = [look, layout];

/** For a part of a page: the page has the margins already. */
export const partLook = [
  pageLook,
  css`
    :host {
      max-width: none;
      margin: 0;
      padding: 0;
    }
  `,
];
