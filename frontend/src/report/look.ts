/** How the charts of the report look: colours of its page, shapes that stay apart without colour. */

import { css } from "lit";

export const chartLook = css`
  :host {
    display: block;
    position: relative;
    font-size: 0.95rem;
    line-height: 1.45;
  }
  svg {
    display: block;
    overflow: visible;
  }
  svg svg {
    overflow: hidden;
  }
  .glass {
    position: relative;
    user-select: none;
    -webkit-user-select: none;
  }
  .glass:focus-visible,
  a {
    color: var(--changed);
    text-underline-offset: 0.15em;
  }
  a:focus-visible,
  button:focus-visible,
  input:focus-visible {
    outline: 3px solid #b87800;
    outline-offset: 2px;
  }
  button {
    font: inherit;
    font-size: 0.88rem;
    min-height: 34px;
    min-width: 34px;
    padding: 0.25rem 0.7rem;
    border: 1px solid var(--ink);
    border-radius: 4px;
    background: var(--paper);
    color: var(--ink);
    cursor: pointer;
  }
  button:disabled {
    color: var(--soft);
    border-color: var(--line);
    cursor: default;
  }
  button[aria-pressed="true"] {
    background: var(--ink);
    color: var(--paper);
  }
  .tools {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin: 0 0 0.6rem;
  }
  .small {
    margin: 0.3rem 0;
    color: var(--soft);
    font-size: 0.85rem;
    max-width: 60em;
  }
  fieldset {
    display: flex;
    flex-wrap: wrap;
    gap: 0 1.1rem;
    border: 0;
    margin: 0.5rem 0;
    padding: 0;
  }
  legend {
    padding: 0;
    font-weight: 650;
    font-size: 0.88rem;
  }
  label {
    display: inline-flex;
    align-items: center;
    gap: 0.4em;
    min-height: 30px;
    font-size: 0.9rem;
  }
  label input {
    width: 18px;
    height: 18px;
    margin: 0;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  code {
    font-size: 0.82em;
    overflow-wrap: anywhere;
  }
  .axis,
  .name {
    fill: var(--ink);
    font-size: 12.5px;
  }
  .axis {
    fill: var(--soft);
  }
  .tick,
  .base {
    stroke: var(--soft);
  }
  .floor {
    fill: var(--soft);
  }
  .frame {
    fill: none;
    stroke: var(--soft);
  }
  .hatch {
    fill: none;
    stroke: var(--hatch);
    stroke-width: 1;
  }
  .st.changed {
    fill: var(--changed);
  }
  .st.unchanged {
    fill: var(--same);
  }
  .st.indeterminate {
    fill: var(--unsure-wash);
    stroke: var(--unsure);
    stroke-width: 0.7;
  }
  .st.not_examined {
    fill: var(--paper);
    stroke: var(--soft);
    stroke-width: 0.7;
  }
  .st.edge-only {
    fill: none;
    stroke: var(--hatch);
  }
  .st-mark {
    fill: none;
    stroke: var(--soft);
  }
  .st-mark.indeterminate {
    stroke: var(--unsure);
    stroke-dasharray: 1.5 3;
    stroke-width: 1.5;
  }
  .old {
    fill: var(--old);
  }
  .unsure {
    fill: var(--paper);
    stroke-width: 1.4;
    stroke-dasharray: 3 2;
  }
  .gone {
    fill: var(--paper);
    stroke-width: 1.8;
  }
  .open {
    fill: var(--paper);
    stroke: var(--soft);
  }
  .told {
    fill: var(--paper);
    stroke: var(--soft);
    stroke-width: 1.6;
  }
  .told.corroborated {
    fill: var(--yes);
    stroke: var(--yes);
  }
  .told.contradicted {
    stroke: var(--alarm);
    stroke-width: 2.6;
  }
  .told.not_observable {
    stroke-dasharray: 2 2;
  }
  .told.unverified {
    stroke: var(--unsure);
    stroke-dasharray: 5 2;
  }
  .window {
    fill: var(--changed);
  }
  .chosen {
    stroke: var(--alarm);
    stroke-width: 2;
  }
  .chosen-mark {
    fill: var(--alarm);
  }
  .hover {
    stroke: var(--ink);
    stroke-dasharray: 2 2;
  }
  .inset {
    margin: 0.8rem 0 0;
  }
  .inset figcaption {
    font-weight: 650;
    font-size: 0.88rem;
    margin: 0 0 0.2rem;
  }
  .inset svg {
    cursor: zoom-in;
  }
`;
