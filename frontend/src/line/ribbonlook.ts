/** How the ribbons look. */

import { css } from "lit";

export const ribbonLook = css`
  :host {
    display: block;
    min-width: 0;
    padding: 0 10px 4px;
    background: var(--panel);
    color: var(--text);
    font: 12px/1.35 var(--font);
  }
  .pair {
    display: grid;
    gap: 6px;
  }
  .beside {
    grid-template-columns: 1fr 1fr;
  }
  .pane {
    position: relative;
    overflow: hidden;
    background: var(--ground);
    cursor: pointer;
  }
  img {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    object-fit: cover;
    object-position: center;
    user-select: none;
  }
  .says {
    position: absolute;
    z-index: 3;
    left: 6px;
    top: 6px;
    padding: 2px 7px;
    border-radius: 4px;
    background: rgb(0 0 0 / 0.78);
    font-weight: 600;
    pointer-events: none;
  }
  .none {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    color: var(--text-2);
  }
  .ring {
    position: absolute;
    z-index: 1;
    width: 24px;
    height: 24px;
    min-height: 0;
    margin: -12px 0 0 -12px;
    padding: 0;
    border: 0;
    background: none;
    cursor: pointer;
  }
  .ring::before {
    content: "";
    position: absolute;
    inset: 4px;
    border: 2px solid #fff;
    border-radius: 50%;
    box-shadow: 0 0 0 1.5px rgb(0 0 0 / 0.75), inset 0 0 0 1.5px rgb(0 0 0 / 0.6);
  }
  .ring.answered::before {
    border-color: var(--yes);
  }
  .ring.answered::after {
    content: "";
    position: absolute;
    inset: 9px;
    border-radius: 50%;
    background: var(--yes);
    box-shadow: 0 0 0 1px rgb(0 0 0 / 0.75);
  }
  /* Many close together: dots, so that the land stays visible. */
  .ring.dot::before {
    inset: 9px;
    border: 0;
    background: #fff;
    box-shadow: 0 0 0 1px rgb(0 0 0 / 0.75);
  }
  .ring.dot.answered::before {
    background: var(--yes);
  }
  .ring.dot.answered::after {
    display: none;
  }
  .ring.current {
    z-index: 2;
  }
  .ring.current::before {
    inset: 0;
    border: 3px solid var(--accent);
  }
  .ring:focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
    border-radius: 50%;
  }
  .border {
    position: absolute;
    inset: 0;
    pointer-events: none;
  }
  .border path {
    fill: none;
    stroke: #fff;
    stroke-width: 1;
    stroke-dasharray: 5 5;
    opacity: 0.75;
  }
  .hair {
    position: absolute;
    z-index: 1;
    top: 0;
    bottom: 0;
    width: 1px;
    background: #fff;
    box-shadow: 0 0 0 1px rgb(0 0 0 / 0.5);
    pointer-events: none;
  }
  .foot {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 16px;
    padding-top: 2px;
    color: var(--text-2);
  }
  .foot em {
    color: var(--text);
    font-style: normal;
  }
  /* Low windows: the maps come first. */
  @media (max-height: 850px) and (min-width: 901px) {
    :host {
      position: relative;
    }
    .foot {
      position: absolute;
      z-index: 3;
      right: 16px;
      bottom: 6px;
      left: 16px;
      pointer-events: none;
    }
    .foot span {
      padding: 0 6px;
      border-radius: 4px;
      background: rgb(0 0 0 / 0.78);
    }
  }
`;
