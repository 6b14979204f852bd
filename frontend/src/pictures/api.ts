/** The routes about finding, placing and valuing images; one function per route. */

import { get, part, post } from "../api.ts";
import type { Job } from "../types.ts";
import type {
  Calendar,
  CatalogueBody,
  CueList,
  Ground,
  Group,
  LastDone,
  MadeFile,
  PlanBody,
  PointBody,
  Preset,
  Residuals,
  ShopBody,
  Shopping,
  Shot,
  ShotFull,
  ShotList,
  TerrainList,
  What,
} from "./types.ts";

export const found = {
  // screenshots
  shots: () => get<ShotList>("/shots"),
  shot: (id: string) => get<ShotFull>(`/shots/${part(id)}`),
  ground: () => get<Ground>("/ground"),
  residuals: (id: string, points: PointBody[]) => post<Residuals>(`/shots/${part(id)}/residuals`, { points }),
  place: (id: string, points: PointBody[], taken: string) =>
    post<Shot>(`/shots/${part(id)}/place`, { points, taken }),
  date: (id: string, taken: string) => post<Shot>(`/shots/${part(id)}/date`, { taken }),
  skip: (id: string) => post<Shot>(`/shots/${part(id)}/skip`),
  plan: (body: PlanBody) => post<Job>("/plans", body),

  // finding images
  presets: () => get<Preset[]>("/catalogue/presets"),
  catalogue: (body: CatalogueBody) => post<Job>("/catalogue", body),
  last: (what: What) => get<LastDone | null>(`/last/${what}`),
  made: (group: Group) => get<MadeFile[]>(`/made/${group}`),
  cues: () => get<CueList>("/cues"),
  cue: () => post<Job>("/cues"),
  shop: (body: ShopBody) => post<Job>("/shopping", body),
  shopping: () => get<Shopping>("/shopping"),
  terrain: () => get<TerrainList>("/terrain"),
  readTerrain: (form: FormData) => post<Job>("/terrain", form),
  dates: () => get<Calendar>("/dates"),
};

export const pictureOf = (id: string): string => `/api/shots/${part(id)}/picture`;
export const examplePrices = "/api/shopping/example";

export function madeFile(group: Group, name: string): string {
  return `/api/made/${group}/${name.split("/").map(part).join("/")}`;
}
