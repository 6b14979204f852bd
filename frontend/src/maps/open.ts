/** Choose between drawn maps and still pictures. */

import { GPUInitializationError } from "maplibre-gl";

import type { Camera } from "./camera.ts";
import { MapPair } from "./pair.ts";
import type { Pictures, PicturesEvents } from "./pictures.ts";
import { StillPair } from "./still.ts";

/** Return maps, or still pictures where they are asked for or where there is no WebGL. */
export function openPictures(
  hosts: readonly [HTMLElement, HTMLElement],
  camera: Camera,
  still: boolean,
  events: PicturesEvents,
): Pictures {
  if (still) return new StillPair(hosts, events);
  try {
    return new MapPair(hosts, camera, events);
  } catch (problem) {
    if (!(problem instanceof GPUInitializationError)) throw problem;
    return new StillPair(hosts, events);
  }
}
