/** What the two ways of showing a pair of images have in common: drawn maps, and still pictures. */

import type { Image } from "../types.ts";
import type { Camera, Size } from "./camera.ts";

export interface PicturesEvents {
  /** Both pictures are whole. */
  idle: () => void;
  /** Something could not be fetched. */
  broken: () => void;
  /** The browser took the drawing surface away. */
  lost: () => void;
}

export interface Pictures {
  readonly isStill: boolean;
  readonly isIdle: boolean;
  /** Show a pair from a place. Until both are whole, the last picture stays, unless nothing changes. */
  show(left: Image | null, right: Image | null, camera: Camera, size: Size): void;
  /** Look elsewhere with the same pair. */
  move(camera: Camera, size: Size): void;
  /** Ask again for what did not come. */
  retry(): void;
  dispose(): void;
}
