/** Which tiles a view needs, and the addresses of tiles and chips. */

import type { Image } from "../types.ts";
import type { Camera, Size } from "./camera.ts";
import { mercator, metresPerPixel } from "./camera.ts";

export const TILE = 256;
export const MAX_TILE_ZOOM = 22;
const DEG = Math.PI / 180;

export interface Tile {
  z: number;
  x: number;
  y: number;
}

type Shown = Pick<Image, "scene" | "fit" | "fit_v">;

/** Return the address of an image's tiles with `{z}/{x}/{y}` left open, as MapLibre wants it. */
export function tileTemplate(image: Shown, origin = ""): string {
  const fit = `fit=${encodeURIComponent(image.fit)}&v=${image.fit_v}`;
  return `${origin}/api/tiles/${encodeURIComponent(image.scene)}/{z}/{x}/{y}?${fit}`;
}

/** Say whether two images are the same picture, laid in the same way. */
export function sameTiles(a: Shown | null, b: Shown | null): boolean {
  return a && b ? tileTemplate(a) === tileTemplate(b) : a === b;
}

/** Return the address of one tile: the very same bytes that MapLibre will ask for. */
export function tileUrl(image: Shown, { z, x, y }: Tile, origin = ""): string {
  return tileTemplate(image, origin).replace("{z}/{x}/{y}", `${z}/${x}/${y}`);
}

/**
 * Return the tiles that a turned view touches, the middle first.
 *
 * The zoom is the nearest whole one, as MapLibre takes for raster sources of 256 pixel tiles.
 */
export function tilesIn(camera: Camera, size: Size): Tile[] {
  const z = Math.min(Math.max(Math.round(camera.zoom + 1), 0), MAX_TILE_ZOOM);
  const n = 2 ** z;
  const perTile = (512 * 2 ** camera.zoom) / n; // pixels of the view per tile
  const [mx, my] = mercator([camera.lon, camera.lat]);
  const centre = [mx * n, my * n] as const;
  const half = [size.width / 2 / perTile, size.height / 2 / perTile] as const;
  const cos = Math.cos(camera.bearing * DEG);
  const sin = Math.sin(camera.bearing * DEG);
  const reachX = Math.abs(half[0] * cos) + Math.abs(half[1] * sin);
  const reachY = Math.abs(half[0] * sin) + Math.abs(half[1] * cos);
  const slack = (Math.abs(cos) + Math.abs(sin)) / 2; // half a tile seen along the view's axes
  const found: (Tile & { far: number })[] = [];
  for (let y = Math.floor(centre[1] - reachY); y < centre[1] + reachY; y += 1) {
    for (let x = Math.floor(centre[0] - reachX); x < centre[0] + reachX; x += 1) {
      if (x < 0 || y < 0 || x >= n || y >= n) continue;
      const dx = x + 0.5 - centre[0];
      const dy = y + 0.5 - centre[1];
      const along = Math.abs(dx * cos + dy * sin);
      const across = Math.abs(dy * cos - dx * sin);
      if (along >= half[0] + slack || across >= half[1] + slack) continue;
      found.push({ z, x, y, far: dx * dx + dy * dy });
    }
  }
  return found.sort((a, b) => a.far - b.far).map(({ z, x, y }) => ({ z, x, y }));
}

/** Return the addresses of all tiles of some images in a view; what is in the middle comes first. */
export function tileUrls(
  images: readonly Shown[],
  camera: Camera,
  size: Size,
  origin = "",
): string[] {
  return tilesIn(camera, size).flatMap((tile) => images.map((i) => tileUrl(i, tile, origin)));
}

/** Return the address of a still picture of a view; it is turned like the maps. */
export function chipUrl(image: Shown, camera: Camera, size: Size, origin = ""): string {
  const query = new URLSearchParams({
    lon: camera.lon.toFixed(8),
    lat: camera.lat.toFixed(8),
    bearing: camera.bearing.toFixed(3),
    across_m: (metresPerPixel(camera) * size.width).toFixed(2),
    width: String(Math.round(size.width)),
    height: String(Math.round(size.height)),
    fit: image.fit,
    v: String(image.fit_v),
  });
  return `${origin}/api/chip/${encodeURIComponent(image.scene)}?${query.toString()}`;
}
