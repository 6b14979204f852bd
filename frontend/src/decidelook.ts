/** How the decision panel looks. */

import { css } from "lit";

export const decideLook = css`
  :host {
    display: block;
    container-type: inline-size;
  }
  .panel {
    display: flex;
    flex-direction: column;
    gap: 6px;
    padding: 8px;
  }
  .card {
    padding: 6px 8px;
  }
  .card.asked {
    border-color: var(--accent);
    box-shadow: 0 0 0 1px var(--accent);
  }
  h2 {
    font-size: 15px;
  }
  h3 {
    margin-bottom: 4px;
    color: var(--text-2);
    font-size: 13px;
    font-weight: 500;
  }
  .answers {
    display: grid;
    gap: 5px;
  }
  @container (min-width: 250px) {
    .answers {
      grid-template-columns: 1fr 1fr;
    }
  }
  .answer {
    display: flex;
    justify-content: space-between;
    gap: 8px;
    align-items: center;
    min-height: 38px;
    padding: 2px 6px 2px 10px;
    font-size: 13px;
    font-weight: 600;
    line-height: 1.15;
    text-align: start;
  }
  .answer.new {
    border-color: var(--yes);
  }
  .answer.upgraded {
    border-color: var(--yes);
    border-style: dashed;
  }
  .answer.removed {
    border-color: var(--removed);
  }
  .answer.nothing {
    border-color: var(--no);
  }
  .answer.cannot_tell {
    border-color: var(--unsure);
  }
  .answer[aria-pressed="true"] {
    background: var(--accent-ground);
    box-shadow: inset 4px 0 0 var(--accent);
  }
  .more {
    display: flex;
    flex-wrap: wrap;
    gap: 5px;
    align-items: center;
    margin-top: 5px;
  }
  .rare {
    min-height: var(--target);
    padding: 1px 8px;
    font-size: 13px;
  }
  .rare[aria-pressed="true"] {
    border-color: var(--accent);
    background: var(--accent-ground);
  }
  .hint {
    margin-top: 6px;
    color: var(--text-2);
  }
  .wanted {
    margin-top: 8px;
    padding: 6px 8px;
    border-radius: var(--radius);
    background: var(--accent-ground);
    color: var(--accent);
  }
  .grid {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 3px;
  }
  @container (max-width: 250px) {
    .grid {
      grid-template-columns: 1fr;
    }
  }
  .pick {
    display: flex;
    gap: 5px;
    align-items: center;
    min-width: 0;
    min-height: 28px;
    padding: 1px 3px;
    border-color: transparent;
    background: none;
    text-align: start;
    line-height: 1.15;
    font-size: 13px;
  }
  .pick > span:not(.swatch) {
    flex: 1;
    min-width: 0;
  }
  .what {
    display: flex;
    flex-wrap: wrap;
    gap: 0 5px;
  }
  .pick[aria-pressed="true"] {
    border-color: var(--accent);
    background: var(--accent-ground);
  }
  .p {
    margin-inline-start: auto;
    color: var(--text-2);
    white-space: nowrap;
  }
  kbd {
    flex: none;
    min-width: 18px;
    padding: 0 3px;
    font-size: 11px;
    line-height: 18px;
  }
  kbd.none {
    visibility: hidden;
  }
  .swatch {
    width: 10px;
    height: 10px;
  }
  .dim {
    border-style: dashed;
  }
  .flags {
    margin: 4px 0 0;
    padding-inline-start: 18px;
    color: var(--existed);
  }
  .others {
    display: grid;
    gap: 6px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .others li {
    display: flex;
    gap: 8px;
  }
  .others strong {
    min-width: 20px;
    color: var(--accent);
  }
  .others em {
    display: block;
    color: var(--existed);
  }
  .tools {
    display: flex;
    flex-wrap: wrap;
    gap: 5px;
  }
  .tools p {
    flex-basis: 100%;
    color: var(--yes);
  }
  .tool {
    padding: 1px 5px 1px 8px;
    font-size: 13px;
  }
  .tool[aria-pressed="true"] {
    border-color: var(--accent);
    background: var(--accent-ground);
  }
  .note {
    color: var(--unsure);
  }
  .part {
    color: var(--existed);
  }
  summary {
    min-height: var(--target);
    padding: 4px 0;
    color: var(--text-2);
    cursor: pointer;
  }
  dl {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 4px 10px;
    margin: 4px 0 10px;
    font-size: 13px;
  }
  dd {
    margin: 0;
  }
`;
