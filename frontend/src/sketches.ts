/** One sketch per class, as it looks straight from above on an image of half a metre. */

import { svg, type SVGTemplateResult } from "lit";

import type { Kind } from "./types.ts";

const GROUND = svg`<rect width="160" height="90" fill="#5c6b45" />
  <path d="M0 62 Q40 50 80 66 T160 60 V90 H0 Z" fill="#6d7a50" />`;
const RIVER = svg`<path d="M0 14 Q50 4 90 14 T160 10 V0 H0 Z" fill="#37505c" />`;

/** Shadows fall down and to the right, as from a morning sun. */
const DRAWN: Record<Kind, SVGTemplateResult> = {
  guard_post: svg`<rect x="70" y="36" width="18" height="18" fill="#e8e4d8" />
    <path d="M88 40 l10 6 v14 l-10 -6 z M74 54 h14 l10 6 h-14 z" fill="#2a2f22" />
    <path d="M79 54 Q76 70 60 90" stroke="#b9a98a" stroke-width="3" fill="none" />`,
  watchtower: svg`<rect x="74" y="28" width="11" height="11" fill="#f1eee4" />
    <path d="M85 33 l40 26 -6 6 -40 -24 z" fill="#22271c" />
    <rect x="118" y="56" width="10" height="10" fill="#22271c" />`,
  fence: svg`<path d="M0 54 L160 34" stroke="#2a2f22" stroke-width="2" stroke-dasharray="1 7" />
    <path d="M0 55 L160 35" stroke="#9a9a80" stroke-width="1" />
    <path d="M0 66 Q80 52 160 46" stroke="#a39472" stroke-width="2" fill="none" opacity="0.7" />`,
  double_fence: svg`<path d="M0 60 L160 40 L160 30 L0 50 Z" fill="#a39b7c" />
    <path d="M0 50 L160 30 M0 60 L160 40" stroke="#2a2f22" stroke-width="2" stroke-dasharray="1 6" />
    <path d="M0 50 L160 30 M0 60 L160 40" stroke="#cfcab4" stroke-width="1" />`,
  wall: svg`<path d="M0 48 L160 32" stroke="#efece2" stroke-width="4" />
    <path d="M0 53 L160 37" stroke="#1d2118" stroke-width="6" />`,
  patrol_road: svg`<path d="M0 58 Q50 40 90 50 T160 36" stroke="#c9bb98" stroke-width="9" fill="none" />
    <path d="M0 58 Q50 40 90 50 T160 36" stroke="#a08f6c" stroke-width="2" fill="none" />`,
  cleared_strip: svg`<path d="M0 66 Q60 46 160 44 V26 Q60 28 0 46 Z" fill="#b39d74" />
    <path d="M0 50 Q60 32 160 30 M0 56 Q60 37 160 35 M0 61 Q60 42 160 40" stroke="#a08a62" stroke-width="1" fill="none" />`,
  building: svg`<rect x="44" y="30" width="54" height="22" fill="#c7c2b5" />
    <path d="M44 41 h54" stroke="#8d8879" stroke-width="1.5" />
    <path d="M98 30 l7 5 v22 l-7 -5 z M44 52 h54 l7 5 h-54 z" fill="#2a2f22" />
    <rect x="108" y="62" width="18" height="14" fill="#d8d3c6" />`,
};

/** Return the sketch of a class; what it shows is said in words beside it. */
export function sketch(kind: Kind): SVGTemplateResult {
  return svg`<svg viewBox="0 0 160 90" width="160" height="90" aria-hidden="true" focusable="false">
    ${GROUND} ${RIVER} ${DRAWN[kind]}
  </svg>`;
}
