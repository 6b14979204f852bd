/** What to fetch before it is asked for. */

import type { Image, ItemFull } from "../types.ts";
import type { Camera, Size } from "./camera.ts";
import { chipUrl, tileUrls } from "./tiles.ts";

/** Return the addresses that the coming items need as they will first be shown, the next item first. */
export function early(
  items: readonly ItemFull[],
  at: (item: ItemFull) => Camera,
  size: Size,
  isStill: boolean,
  origin: string,
): string[] {
  return items.flatMap((item) => {
    const images = pairOf(item);
    return isStill
      ? images.map((image) => chipUrl(image, at(item), size))
      : tileUrls(images, at(item), size, origin);
  });
}

/** Return the two images that an item is first shown with, as far as they are known. */
export function pairOf(item: ItemFull): Image[] {
  return [item.before, item.after]
    .map((scene) => item.images.find((image) => image.scene === scene))
    .filter((image) => image !== undefined);
}
