/**
 * Where a flat, turned map looks, and the arithmetic between places and pixels.
 *
 * The zoom is MapLibre's: the whole world is 512 x 2^zoom pixels wide (Web Mercator). Overlays and
 * the still-image mode use the same arithmetic as the maps, so that everything lies on each other.
 */

export type LonLat = readonly [lon: number, lat: number];
export type Pixel = readonly [x: number, y: number];

export interface Camera {
  /** Centre, degrees. */
  lon: number;
  lat: number;
  zoom: number;
  /** Compass direction that points up, degrees. */
  bearing: number;
}

/** CSS pixels. */
export interface Size {
  width: number;
  height: number;
}

const WORLD = 512;
const EQUATOR_M = 40_075_016.686;
export const MIN_ZOOM = 6;
export const MAX_ZOOM = 23;
const DEG = Math.PI / 180;

/** Return the place on the Mercator square, 0..1 from west to east and from north to south. */
export function mercator([lon, lat]: LonLat): Pixel {
  const sin = Math.sin(lat * DEG);
  return [(lon + 180) / 360, 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)];
}

/** Return longitude and latitude of a place on the Mercator square. */
export function fromMercator([x, y]: Pixel): LonLat {
  return [x * 360 - 180, Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) / DEG];
}

/** Return how many metres on the ground one pixel covers in the middle of the view. */
export function metresPerPixel(camera: Camera): number {
  return (EQUATOR_M * Math.cos(camera.lat * DEG)) / (WORLD * 2 ** camera.zoom);
}

/** Return the zoom at which `across_m` metres fill `width` pixels at a latitude. */
export function zoomFor(across_m: number, width: number, lat: number): number {
  const perPixel = Math.max(across_m, 1) / Math.max(width, 1);
  return bounded(Math.log2((EQUATOR_M * Math.cos(lat * DEG)) / (WORLD * perPixel)));
}

/** Return the pixel of a place; (0, 0) is the upper left corner of the view. */
export function project(camera: Camera, size: Size, place: LonLat): Pixel {
  const world = WORLD * 2 ** camera.zoom;
  const [cx, cy] = mercator([camera.lon, camera.lat]);
  const [x, y] = mercator(place);
  const [dx, dy] = turned((x - cx) * world, (y - cy) * world, -camera.bearing);
  return [size.width / 2 + dx, size.height / 2 + dy];
}

/** Return the place under a pixel. */
export function unproject(camera: Camera, size: Size, [px, py]: Pixel): LonLat {
  const world = WORLD * 2 ** camera.zoom;
  const [cx, cy] = mercator([camera.lon, camera.lat]);
  const [dx, dy] = turned(px - size.width / 2, py - size.height / 2, camera.bearing);
  return fromMercator([cx + dx / world, cy + dy / world]);
}

/** Return the camera after the view has gone `dx` pixels to the right and `dy` down. */
export function panned(camera: Camera, dx: number, dy: number): Camera {
  const [lon, lat] = unproject(camera, { width: 0, height: 0 }, [dx, dy]);
  return { ...camera, lon, lat };
}

/** Return the camera after zooming by `steps` levels with the place under `at` held still. */
export function zoomedAt(camera: Camera, size: Size, at: Pixel, steps: number): Camera {
  const held = unproject(camera, size, at);
  const closer = { ...camera, zoom: bounded(camera.zoom + steps) };
  const [x, y] = project(closer, size, held);
  return panned(closer, x - at[0], y - at[1]);
}

/** Say whether two cameras show the same. */
export function sameCamera(a: Camera, b: Camera): boolean {
  return a.lon === b.lon && a.lat === b.lat && a.zoom === b.zoom && a.bearing === b.bearing;
}

function bounded(zoom: number): number {
  return Math.min(Math.max(zoom, MIN_ZOOM), MAX_ZOOM);
}

/** Turn a pixel offset clockwise (y points down). */
function turned(x: number, y: number, degrees: number): Pixel {
  const cos = Math.cos(degrees * DEG);
  const sin = Math.sin(degrees * DEG);
  return [x * cos - y * sin, x * sin + y * cos];
}
