/** What a person types or presses about a camera, and what it comes to. Kept in memory alone. */

import type { LonLat } from "../maps/camera.ts";
import { readTwo } from "../pictures/pairtable.ts";
import type { Camera, CameraBody, ThingBody, Way } from "./types.ts";

const RADIUS_M = 6_371_008.8;
const DEG = Math.PI / 180;
const PLACE_DIGITS = 6;
const CONE_STEPS = 24;

/** Texts as they stand in the fields. */
export interface CameraDraft {
  point: string;
  bearing: string;
  fov: string;
  distance: string;
  error: string;
  bearing_error: string;
}

export const NO_CAMERA: CameraDraft = {
  point: "", bearing: "", fov: "65", distance: "", error: "10", bearing_error: "5",
}; // prettier-ignore

export interface ThingDraft {
  way: Way;
  kind: string;
  beside: string[];
  on: string;
  distance: string;
  error: string;
  share: string;
  at: string;
}

export const NO_THING: ThingDraft = {
  way: "crossing", kind: "", beside: [], on: "line", distance: "", error: "50", share: "50", at: "",
}; // prettier-ignore

/** Read a number in a range; NaN where it is none. */
export function within(text: string, least: number, most: number): number {
  const tidy = text.trim().replace(",", ".");
  const value = tidy === "" ? NaN : Number(tidy);
  return Number.isFinite(value) && value >= least && value <= most ? value : NaN;
}

/** Read latitude and longitude, in this order; null where they are none. */
export function placeIn(text: string): LonLat | null {
  const two = readTwo(text);
  if (two === null) return null;
  const [lat, lon] = two;
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? [lon, lat] : null;
}

export function placeText([lon, lat]: LonLat): string {
  return `${lat.toFixed(PLACE_DIGITS)}, ${lon.toFixed(PLACE_DIGITS)}`;
}

/** Return the names of fields that cannot be sent as they are; what is empty and needed is one of them. */
export function wrongInCamera(draft: CameraDraft): (keyof CameraDraft)[] {
  const wrong: (keyof CameraDraft)[] = [];
  if (placeIn(draft.point) === null) wrong.push("point");
  if (Number.isNaN(within(draft.bearing, 0, 360))) wrong.push("bearing");
  if (Number.isNaN(within(draft.fov, 1, 179))) wrong.push("fov");
  if (draft.distance.trim() !== "" && Number.isNaN(within(draft.distance, 0.1, 20_000))) wrong.push("distance");
  if (Number.isNaN(within(draft.error, 0.1, 20_000))) wrong.push("error");
  if (Number.isNaN(within(draft.bearing_error, 0.1, 45))) wrong.push("bearing_error");
  return wrong;
}

/** Return what the server takes, or null where something is missing or wrong. */
export function cameraBody(draft: CameraDraft, number: number): CameraBody | null {
  const place = placeIn(draft.point);
  if (place === null || wrongInCamera(draft).length > 0) return null;
  const [lon, lat] = place;
  return {
    number, lon, lat,
    bearing_deg: within(draft.bearing, 0, 360),
    fov_deg: within(draft.fov, 1, 179),
    distance_m: draft.distance.trim() === "" ? null : within(draft.distance, 0.1, 20_000),
    error_m: within(draft.error, 0.1, 20_000),
    bearing_error_deg: within(draft.bearing_error, 0.1, 45),
  }; // prettier-ignore
}

/** Return a camera as it is shown in the fields; what it does not say stays as it was typed. */
export function draftOfCamera(camera: Camera, before: CameraDraft = NO_CAMERA): CameraDraft {
  const text = (value: number | null, old: string): string => (value === null ? old : String(Math.round(value * 1e4) / 1e4));
  return {
    point: placeText([camera.lon, camera.lat]),
    bearing: text(camera.bearing_deg, before.bearing),
    fov: text(camera.fov_deg, before.fov),
    distance: text(camera.distance_m, before.distance),
    error: text(camera.error_m, before.error),
    bearing_error: text(camera.bearing_error_deg, before.bearing_error),
  };
}

export function wrongInThing(draft: ThingDraft): (keyof ThingDraft)[] {
  const wrong: (keyof ThingDraft)[] = [];
  const { way } = draft;
  if (way === "crossing" && draft.beside.length === 0) wrong.push("beside");
  if (way === "line" && draft.on === "") wrong.push("on");
  if (way === "distance" && Number.isNaN(within(draft.distance, 0.1, 20_000))) wrong.push("distance");
  if (way === "image" && placeIn(draft.at) === null) wrong.push("at");
  if ((way === "distance" || way === "image") && Number.isNaN(within(draft.error, 0.1, 20_000))) wrong.push("error");
  if (way !== "image" && Number.isNaN(within(draft.share, 0, 100))) wrong.push("share");
  return wrong;
}

/** Return what the server takes of the chosen way, or null where something is missing or wrong. */
export function thingBody(draft: ThingDraft, number: number): ThingBody | null {
  if (wrongInThing(draft).length > 0) return null;
  const { way } = draft;
  const hasError = way === "distance" || way === "image";
  return {
    way, number,
    kind: draft.kind || null,
    beside: way === "crossing" ? draft.beside.map(besideOf) : [],
    on: way === "line" ? draft.on : "",
    distance_m: way === "distance" ? within(draft.distance, 0.1, 20_000) : null,
    error_m: hasError ? within(draft.error, 0.1, 20_000) : 50,
    at_share: way === "image" ? 0.5 : within(draft.share, 0, 100) / 100,
    at: way === "image" ? (placeIn(draft.at) as [number, number] | null) : null,
  }; // prettier-ignore
}

/** A view as the value of a tick box, and back. */
export const besideValue = (ticket: string, number: number): string => `${number} ${ticket}`;

function besideOf(value: string): { ticket: string; number: number } {
  const cut = value.indexOf(" ");
  return { ticket: value.slice(cut + 1), number: Number(value.slice(0, cut)) };
}

/** Return the direction from one place to another, degrees from true north, on a sphere. */
export function bearingTo([lon0, lat0]: LonLat, [lon1, lat1]: LonLat): number {
  const [a, b, d] = [lat0 * DEG, lat1 * DEG, (lon1 - lon0) * DEG];
  const turn = Math.atan2(Math.sin(d) * Math.cos(b), Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(d));
  return (turn / DEG + 360) % 360;
}

export function metresTo([lon0, lat0]: LonLat, [lon1, lat1]: LonLat): number {
  const [a, b] = [lat0 * DEG, lat1 * DEG];
  const h = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(((lon1 - lon0) * DEG) / 2) ** 2;
  return 2 * RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Return the place so far away in a direction. */
export function placeAt([lon, lat]: LonLat, bearing_deg: number, metres: number): LonLat {
  const [a, turn, way] = [lat * DEG, bearing_deg * DEG, metres / RADIUS_M];
  const b = Math.asin(Math.sin(a) * Math.cos(way) + Math.cos(a) * Math.sin(way) * Math.cos(turn));
  const d = Math.atan2(Math.sin(turn) * Math.sin(way) * Math.cos(a), Math.cos(way) - Math.sin(a) * Math.sin(b));
  return [lon + d / DEG, b / DEG];
}

/** Return what a camera can have in its picture, up to a distance; its first corner is the camera. */
export function cone(place: LonLat, bearing_deg: number, fov_deg: number, reach_m: number): LonLat[] {
  const edge = Array.from({ length: CONE_STEPS + 1 }, (_, i) =>
    placeAt(place, bearing_deg + fov_deg * (i / CONE_STEPS - 0.5), reach_m),
  );
  return [place, ...edge];
}
