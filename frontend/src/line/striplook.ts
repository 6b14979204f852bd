/** How the strip looks; every colour has a value of its own for pages without our theme. */

import { css } from "lit";

export const stripLook = css`
  :host {
    display: block;
    min-width: 0;
    padding: 4px 10px;
    background: var(--panel, #1a1e22);
    color: var(--text, #f3f5f6);
    font: 12px/1.35 var(--font, system-ui, sans-serif);
    print-color-adjust: exact;
    -webkit-print-color-adjust: exact;
    --loud: #c3cad0;
    --posts: #f08cc4;
    --lines: #6cb8ff;
  }
  .frame[role="slider"] {
    /* A layer of its own: what moves here makes nothing else on the page be drawn anew. */
    position: relative;
    contain: layout style;
    will-change: transform;
  }
  svg.moving {
    position: absolute;
    top: 0;
    left: 0;
    pointer-events: none;
    will-change: transform;
  }
  .frame {
    height: 82px;
    forced-color-adjust: none;
  }
  .frame[role="slider"] {
    cursor: pointer;
    touch-action: pan-y;
    user-select: none;
    -webkit-user-select: none;
  }
  .frame:focus-visible {
    outline: 2px solid var(--accent, #ffd60a);
    outline-offset: 1px;
  }
  svg {
    display: block;
    overflow: visible;
  }
  text {
    fill: var(--text-2, #c3cad0);
    font: 12px system-ui, "Noto Sans", "Noto Sans CJK KR", "Noto Sans CJK SC", sans-serif;
  }
  text.axis {
    font-size: 11px;
  }
  .ground {
    fill: var(--ground, #111417);
  }
  .hatch {
    stroke: var(--loud);
    stroke-width: 1.6;
  }
  .edge {
    fill: none;
    stroke: var(--loud);
  }
  .posts {
    fill: var(--posts);
  }
  .lines {
    fill: var(--lines);
  }
  .posts,
  .lines {
    stroke: var(--ground, #111417);
    stroke-width: 1.5;
    paint-order: stroke;
  }
  .open {
    fill: var(--text-3, #9aa4ad);
  }
  .done {
    fill: var(--yes, #4cc38a);
  }
  .tick {
    stroke: var(--text-3, #9aa4ad);
  }
  .middle {
    stroke: var(--line, #3b434a);
  }
  .window {
    fill: rgb(255 214 10 / 0.13);
    stroke: var(--accent, #ffd60a);
    stroke-width: 2;
  }
  .cursor {
    fill: var(--accent, #ffd60a);
    stroke: var(--ground, #111417);
    stroke-width: 1;
  }
  .ghost {
    position: absolute;
    top: 0;
    left: 0;
    width: 1px;
    height: 67px;
    background: repeating-linear-gradient(var(--text, #f3f5f6) 0 3px, transparent 3px 5px);
    pointer-events: none;
    will-change: transform;
  }
  .ghost.words-here {
    width: max-content;
    height: 16px;
    padding: 0 5px;
    border: 1px solid var(--text, #f3f5f6);
    border-radius: 3px;
    background: var(--ground, #111417);
    color: var(--text, #f3f5f6);
    line-height: 16px;
    white-space: nowrap;
  }
  .words {
    display: flex;
    flex-wrap: wrap;
    gap: 0 18px;
    padding-top: 3px;
    color: var(--text-2, #c3cad0);
  }
  .words strong {
    color: var(--text, #f3f5f6);
  }
  .words span {
    display: inline-flex;
    gap: 6px;
    align-items: center;
    white-space: nowrap;
  }
  /* Low windows: the maps come first. */
  @media (max-height: 850px) and (min-width: 901px) {
    .words {
      display: none;
    }
  }
`;
