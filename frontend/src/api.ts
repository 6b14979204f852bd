/** The server, typed: one function per route, one kind of error. */

import type {
  Agreement,
  ApiProblem,
  Coverage,
  DatingBody,
  DrawBody,
  FlagBody,
  HomeList,
  ImageOptions,
  ImageRow,
  ItemFull,
  Job,
  Me,
  Mode,
  NewProjectBody,
  PastRun,
  PersonRow,
  Place,
  PlanQuery,
  Presence,
  Progress,
  Queue,
  QueueOptions,
  ReportState,
  Ribbon,
  Role,
  SampleBody,
  SamplePlan,
  SealedLook,
  Setting,
  SettingValue,
  State,
  StepDone,
  Strip,
  Survey,
  Verdict,
  VerdictBody,
  VerdictResult,
} from "./types.ts";

const PASSING = new Set([0, 423, 502, 503, 504, 507]);
const PASSING_CODES = new Set(["NoProject", "Busy", "StoreLocked"]);

/** The server said no, or was not there (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly next: string;
  /** What else the answer held; 409 of verdicts holds `results`. */
  readonly body: unknown;

  constructor(status: number, problem: ApiProblem, body: unknown = null) {
    super(problem.message);
    this.name = "ApiError";
    this.status = status;
    this.code = problem.error;
    this.next = problem.next;
    this.body = body;
  }

  /** True where the same request may succeed later: no network, server busy or locked. */
  get isPassing(): boolean {
    return PASSING.has(this.status) || PASSING_CODES.has(this.code);
  }
}

type Query = Record<string, string | number | boolean | null | undefined>;

/** Told of every answer, so that the page can say "server gone" and "please enter again". */
export const weather = new EventTarget();

function address(path: string, query: Query = {}): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === "" || value === false) continue;
    words.set(name, value === true ? "1" : String(value));
  }
  const tail = words.toString();
  return `/api${path}${tail ? `?${tail}` : ""}`;
}

function tell(status: number): void {
  weather.dispatchEvent(new CustomEvent("answer", { detail: { status } }));
}

async function call<T>(method: "GET" | "POST", path: string, body?: unknown, query?: Query): Promise<T> {
  const init: RequestInit = { method, credentials: "same-origin", cache: "no-store" };
  if (body instanceof FormData) init.body = body;
  else if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  let answer: Response;
  try {
    answer = await fetch(address(path, query), init);
  } catch {
    tell(0);
    throw new ApiError(0, { error: "NotConnected", message: "", next: "" });
  }
  tell(answer.status);
  const data: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw new ApiError(answer.status, problemOf(data, answer.status), data);
  return data as T;
}

function problemOf(data: unknown, status: number): ApiProblem {
  const found = (data ?? {}) as Partial<ApiProblem>;
  return {
    error: typeof found.error === "string" ? found.error : `Http${status}`,
    message: typeof found.message === "string" ? found.message : "",
    next: typeof found.next === "string" ? found.next : "",
  };
}

export const get = <T>(path: string, query?: Query): Promise<T> => call<T>("GET", path, undefined, query);
export const post = <T>(path: string, body: unknown = {}): Promise<T> => call<T>("POST", path, body);
export const part = encodeURIComponent;

export const api = {
  // home
  state: () => get<State>("/state"),
  home: () => get<HomeList>("/home"),
  newProject: (body: NewProjectBody) => post<State>("/projects", body),
  open: (root: string) => post<State>("/open", { root }),
  close: () => post<State>("/close"),
  demo: (folder?: string) => post<Job>("/demo", folder ? { folder } : {}),
  images: () => get<ImageRow[]>("/images"),
  addImages: (files: readonly { path: string; file: File }[], options: ImageOptions = {}) =>
    post<Job>("/images", imageForm(files, options)),
  addFolder: (path: string, options: ImageOptions = {}) =>
    post<Job>("/images/folder", { path, ...options }),
  setAside: (id: string, why: string, back = false) =>
    post<ImageRow[]>(`/images/${part(id)}/aside`, { why, back }),
  run: () => post<Job>("/run"),
  step: (name: "cover" | "align" | "detect" | "sight" | "settle" | "measure" | "publish") =>
    post<Job>(`/steps/${name}`),
  job: () => get<Job | null>("/job"),
  stopJob: () => post<Job>("/job/stop"),
  settings: () => get<Setting[]>("/settings"),
  set: (table: string, name: string, value: SettingValue) =>
    post<Setting[]>("/settings", { table, name, value }),
  coverage: () => get<Coverage>("/coverage"),
  /** Blind: without what was suggested, and where. */
  strip: (blind = false, bins = 700) => get<Strip>("/strip", { bins, blind }),
  places: (q: string) => get<Place[]>("/places", { q }),
  reportState: () => get<ReportState>("/report-state"),

  // review
  queue: (mode: Mode, options: QueueOptions = {}) =>
    get<Queue>("/queue", { mode, order: options.order, section: options.section, like: options.like }),
  item: (ticket: string, mode: Mode) => get<ItemFull>(`/item/${part(ticket)}`, { mode }),
  verdicts: (items: VerdictBody[]) => sendVerdicts(items),
  draw: (body: DrawBody) => post<{ ticket: string; about: string }>("/draw", body),
  undo: (ticket: string) => post<{ ticket: string; mine: Verdict | null }>("/undo", { ticket }),
  flag: (body: FlagBody) => post<unknown>("/flags", body),
  date: (body: DatingBody) => post<ItemFull>("/dating", body),
  progress: () => get<Progress>("/progress"),
  presence: (section: number | null) => post<Presence>("/presence", { section }),
  agreement: () => get<Agreement>("/agreement"),
  samplePlan: (query: PlanQuery) => get<SamplePlan>("/sample-plan", { ...query }),
  sample: (body: SampleBody) => post<{ n: number; survey: string; n_drawn: number; n_new: number }>("/samples", body),
  surveys: () => get<Survey[]>("/surveys"),
  settle: () => post<StepDone>("/settle"),

  // what ran
  history: (last: number) => get<PastRun[]>("/history", { last }),

  // people
  people: () => get<PersonRow[]>("/people"),
  invite: (name: string, role: Role) => post<{ name: string; link: string }>("/people", { name, role }),
  inviteAgain: (name: string) => post<{ name: string; link: string }>(`/people/${part(name)}/link`),
  person: (name: string, change: { role?: Role; is_active?: boolean; sections?: number[] }) =>
    post<PersonRow[]>(`/people/${part(name)}`, change),
  endSession: (name: string) => post<PersonRow[]>(`/people/${part(name)}/end`),
  looks: () => get<SealedLook[]>("/looks"),
  leave: (everywhere: boolean) => post<{ next: string }>("/me/leave", { everywhere }),
  join: (token: string) => post<Me>("/join", { token }),
  me: (name: string) => post<Me>("/me", { name }),

  // ribbons
  ribbon: (start_m: number, length_m: number) => get<Ribbon>("/ribbon", { start_m, length_m }),
};

/** Addresses of pictures; components put them into `src` and tile sources. */
export const pictures = {
  /** Template for a raster source: `{z}/{x}/{y}` stay in it. */
  tiles: (scene: string, fit = "", v = 0): string =>
    `/api/tiles/${part(scene)}/{z}/{x}/{y}?${new URLSearchParams({ ...(fit ? { fit } : {}), v: String(v) })}`,
  chip: (
    scene: string,
    q: { lon: number; lat: number; bearing: number; across_m: number; width: number; height: number; fit?: string; v?: number },
  ): string => address(`/chip/${part(scene)}`, { ...q }),
  ribbon: (side: "before" | "after", q: { start_m: number; length_m: number; width: number; height: number }): string =>
    address(`/ribbon/${side}`, { ...q }),
  report: "/api/report/",
};

function imageForm(files: readonly { path: string; file: File }[], options: ImageOptions): FormData {
  const form = new FormData();
  for (const { path, file } of files) form.append("files", file, path);
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && value !== "") form.append(name, String(value));
  }
  return form;
}

/** 409 means that some were stale; both answers are kept, so the results are an answer too. */
async function sendVerdicts(items: VerdictBody[]): Promise<VerdictResult[]> {
  try {
    return (await post<{ results: VerdictResult[] }>("/verdicts", { items })).results;
  } catch (problem) {
    const results = problem instanceof ApiError && problem.status === 409 ? resultsIn(problem.body) : null;
    if (results) return results;
    throw problem;
  }
}

function resultsIn(body: unknown): VerdictResult[] | null {
  const results = (body as { results?: unknown } | null)?.results;
  return Array.isArray(results) ? (results as VerdictResult[]) : null;
}
