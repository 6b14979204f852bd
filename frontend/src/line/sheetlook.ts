/** How the contact sheet looks. */

import { css } from "lit";

export const sheetLook = css`
  :host {
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    background: var(--ground);
    color: var(--text);
    font: 13px/1.35 var(--font);
  }
  .help,
  .foot {
    display: flex;
    flex-wrap: wrap;
    gap: 6px 14px;
    align-items: center;
    padding: 6px 12px;
    background: var(--panel);
  }
  .foot {
    position: sticky;
    bottom: 0;
    border-top: 1px solid var(--line);
  }
  .grid {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(196px, 1fr));
    grid-auto-rows: max-content; /* else low windows squeeze the rows */
    gap: 8px;
    padding: 8px 12px;
    overflow-y: auto;
    flex: 1;
    align-content: start;
  }
  .tile {
    display: flex;
    flex-direction: column;
    border: 2px solid var(--line);
    border-radius: 5px;
    background: var(--panel);
    overflow: hidden;
  }
  .tile.marked {
    border-color: var(--no);
    background: var(--no-ground);
  }
  .pick {
    display: block;
    width: 100%;
    padding: 0;
    border: 0;
    border-radius: 0;
    background: none;
    text-align: start;
  }
  .pick {
    position: relative;
  }
  .pick:focus-visible {
    outline: none;
  }
  .pick:focus-visible::after {
    content: "";
    position: absolute;
    inset: 0;
    border: 3px solid var(--accent);
    outline: 1px solid #111417;
    outline-offset: -4px;
  }
  .pick,
  select {
    scroll-margin: 8px 0 64px;
  }
  .pictures {
    display: block;
    position: relative;
    aspect-ratio: 2 / 1;
    background: repeating-linear-gradient(45deg, var(--panel-2) 0 5px, var(--panel-3) 5px 10px);
  }
  img {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    object-fit: cover;
  }
  .veiled {
    visibility: hidden;
  }
  .role,
  .cross {
    position: absolute;
    top: 4px;
    padding: 0 6px;
    border-radius: 3px;
    background: rgb(0 0 0 / 0.78);
    font-size: 12px;
  }
  .role {
    left: 4px;
  }
  .role.before {
    background: #fff;
    color: #111417;
    font-weight: 600;
  }
  .cross {
    right: 4px;
    background: var(--no);
    color: #111417;
    font-weight: 700;
  }
  .tile {
    min-height: max-content;
  }
  .target {
    position: absolute;
    inset: 0;
    width: 34px;
    height: 34px;
    margin: auto;
    border: 2px dotted var(--accent);
    border-radius: 50%;
    filter: drop-shadow(0 0 1px #000);
  }
  .says {
    display: flex;
    justify-content: space-between;
    gap: 6px;
    padding: 2px 7px 3px;
  }
  .says span:first-child {
    font-weight: 600;
  }
  .says span:last-child {
    color: var(--text-2);
    white-space: nowrap;
  }
  select {
    min-height: 26px;
    margin: 0 6px 6px;
    padding: 1px 6px;
    font-size: 12px;
  }
  .bar {
    display: flex;
    gap: 10px;
    align-items: center;
    margin-inline-start: auto;
  }
  /* Low windows: four rows of six fit, with their words on the picture. */
  @media (max-height: 850px) and (min-width: 901px) {
    .says {
      position: absolute;
      right: 0;
      bottom: 0;
      left: 0;
      background: rgb(0 0 0 / 0.78);
    }
    .pictures {
      aspect-ratio: 2.05 / 1;
    }
  }
`;
