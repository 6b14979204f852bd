/** The look of `<vallum-compare>`; what moves with the view is set from the code. */

import { css } from "lit";

export const compareLook = css`
  :host {
    display: block;
    position: relative;
    min-height: 240px;
    overflow: hidden;
    background: var(--ground, #111417);
    --casing: rgb(0 0 0 / 0.75);
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  .map,
  .ink,
  .glass,
  .split {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  .map {
    isolation: isolate; /* the held picture stays below the words */
    overflow: hidden;
    /* Where an image has nothing, this shows: never the other date from below. */
    background: repeating-linear-gradient(
      135deg,
      var(--ground, #111417) 0 9px,
      var(--panel-2, #22272c) 9px 12px
    );
  }
  .map canvas,
  .map img {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  .map .maplibregl-control-container {
    display: none;
  }
  .empty .map {
    visibility: hidden;
  }
  .ink,
  .split {
    pointer-events: none;
    overflow: hidden;
  }
  .glass {
    touch-action: none;
    cursor: grab;
    user-select: none;
  }
  .glass:active {
    cursor: grabbing;
  }
  .glass:focus-visible {
    outline: 3px solid var(--accent, #ffd60a);
    outline-offset: -3px;
  }

  /* Side by side: both maps keep their size and camera; each half shows the middle of one. */
  .stage[data-view="side"] .lower,
  .stage[data-view="side"] .ink.first {
    transform: translateX(-25%);
    clip-path: inset(0 25%);
  }
  .stage[data-view="side"] .upper,
  .stage[data-view="side"] .ink.second {
    transform: translateX(25%);
    clip-path: inset(0 25%);
  }
  .stage:not([data-view="side"]) .ink.second {
    display: none;
  }

  .elsewhere .ink {
    visibility: hidden;
  }
  .ink path,
  .ink circle,
  .split path {
    fill: none;
    vector-effect: non-scaling-stroke;
  }
  .ink .under,
  .ink .ring-under {
    stroke: var(--casing);
    stroke-width: 3.5;
  }
  .ink .ring-under {
    stroke-width: 5;
  }
  .ink .ring {
    stroke: var(--accent, #ffd60a);
    stroke-width: 2.5;
  }
  .ink .candidate {
    stroke: var(--accent, #ffd60a);
    stroke-width: 1.5;
  }
  .ink .group {
    stroke: #fff;
    stroke-width: 1.25;
    stroke-dasharray: 6 4;
  }
  .ink .frontier {
    stroke: #fff;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-dasharray: 0.1 7;
  }
  .ink .other {
    stroke: var(--unsure, #74c0fc);
    stroke-width: 2;
  }
  .ink .other-b {
    stroke: var(--removed, #e0a3ff);
    stroke-dasharray: 10 4;
  }
  .ink .letter {
    fill: #fff;
    stroke: #000;
    stroke-width: 3px;
    paint-order: stroke;
    font: 700 15px var(--font, sans-serif);
  }
  .ink .frame {
    stroke: var(--accent, #ffd60a);
    stroke-width: 2;
    stroke-dasharray: 5 3;
  }
  .ink .sketch {
    stroke: var(--yes, #4cc38a);
    stroke-width: 2;
  }
  .ink .sketch-corner,
  .ink .sketch-last {
    fill: var(--yes, #4cc38a);
    stroke: #000;
    stroke-width: 1.5;
  }
  .ink .sketch-last {
    fill: #fff;
  }
  .ink .sketch-middle {
    fill: #000;
    stroke: var(--yes, #4cc38a);
    stroke-width: 1.5;
  }
  .ink .cross {
    stroke: #fff;
    stroke-width: 1.5;
  }
  .split path {
    stroke: #fff;
    stroke-width: 2.5;
    filter: drop-shadow(0 0 1px #000);
  }

  .over {
    position: absolute;
    max-width: calc(50% - 24px);
    padding: 5px 10px;
    border-radius: 4px;
    background: var(--shade, rgb(0 0 0 / 0.72));
    color: var(--text, #f3f5f6);
    font-size: var(--small, 12px);
    line-height: 1.35;
    pointer-events: none;
  }
  .over strong {
    font-size: 14px;
  }
  .over .warn,
  .notice {
    color: var(--accent, #ffd60a);
    font-weight: 600;
  }
  .before {
    top: 10px;
    left: 12px;
  }
  .after {
    top: 10px;
    right: 12px;
  }
  .stage[data-view="side"] .after {
    right: auto;
    left: calc(50% + 12px);
  }
  .simulated {
    bottom: 10px;
    left: 12px;
    background: var(--simulated, #ffd60a);
    color: #000;
    font-weight: 700;
    letter-spacing: 0.06em;
  }
  .credit {
    bottom: 10px;
    right: 12px;
    max-width: 46%;
    padding: 1px 6px;
    font-size: 11px;
  }
  .simulated + .credit,
  .credit {
    text-align: right;
  }
  .north {
    position: absolute;
    right: 12px;
    bottom: 78px;
    width: 40px;
    height: 40px;
    border-radius: 50%;
    background: var(--shade, rgb(0 0 0 / 0.72));
    pointer-events: none;
  }
  .scale {
    right: 12px;
    bottom: 36px;
    padding: 4px 8px 6px;
    text-align: center;
  }
  .scale .bar {
    height: 7px;
    margin-top: 2px;
    border: 2px solid #fff;
    border-top: 0;
  }
  .status {
    top: 10px;
    left: 50%;
    transform: translateX(-50%);
    display: flex;
    gap: 8px;
    align-items: center;
    pointer-events: auto;
  }
  .status:empty {
    display: none;
  }
  .status button,
  .notice button {
    min-height: 24px;
    padding: 1px 8px;
    border: 1px solid var(--line-strong, #6b7680);
    border-radius: 4px;
    background: var(--panel-2, #22272c);
    color: inherit;
    font: inherit;
  }
  .notice {
    top: auto;
    bottom: 44px;
    left: 12px;
    max-width: 60%;
    pointer-events: auto;
  }
  .dot {
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: var(--accent, #ffd60a);
    animation: wait 1.2s ease-in-out infinite;
  }
  @keyframes wait {
    50% {
      opacity: 0.35;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .dot {
      animation: none;
    }
  }
  /* A picture that is held while the next one loads pales, so that nobody judges the wrong one. */
  .map .held {
    z-index: 1;
  }
  .waiting .map .held {
    filter: grayscale(1) brightness(0.55);
    transition: filter 0.15s linear 0.3s;
  }

  .handle {
    position: absolute;
    bottom: 12%;
    width: 40px;
    height: 40px;
    margin-left: -20px;
    padding: 0;
    border: 2px solid #000;
    border-radius: 50%;
    background: #fff;
    cursor: ew-resize;
    touch-action: none;
  }
  .handle::before {
    content: "⇔";
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    color: #000;
    font-size: 20px;
  }
  .range {
    left: 50%;
    bottom: 6px;
    transform: translateX(-50%);
    display: flex;
    gap: 8px;
    align-items: center;
    pointer-events: auto;
  }
  .range input {
    width: min(220px, 22vw);
    height: 24px;
    accent-color: var(--accent, #ffd60a);
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
