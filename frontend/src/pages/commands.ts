/** The command line of every button, ready to paste into a terminal. */

/** What a person says about images when they are added. */
export interface Wish {
  taken: string;
  licence: string;
  credit: string;
  may_publish: boolean;
  /** Path of a height model, or the name of its file. */
  dem?: string;
}

/** What a new project needs. */
export interface NewProject {
  folder: string;
  frontier: string;
  before: string;
  after: string;
  corridor_m: number;
  km: string;
}

/** Return a word as a POSIX shell takes it; quoted only where needed. */
export function quote(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replace(/'/g, `'\\''`)}'`;
}

/** Return one verb on one project. */
export function verb(name: string, root = "", words: readonly string[] = []): string {
  const project = root === "" ? [] : ["--project", root];
  return ["vallum", name, ...words, ...project].map(quote).join(" ");
}

/** Return `vallum new ...`. */
export function newCommand(plan: NewProject): string {
  const stretch = plan.km === "" ? [] : ["--km", plan.km];
  return verb("new", "", [
    plan.folder || "FOLDER",
    "--frontier", plan.frontier || "LINE",
    "--before", plan.before || "WHEN",
    "--after", plan.after || "WHEN",
    "--corridor-m", String(plan.corridor_m),
    ...stretch,
  ]);
}

/** Return `vallum add ...`. */
export function addCommand(path: string, wish: Wish, root = ""): string {
  const said: string[] = [];
  if (wish.taken !== "") said.push("--taken", wish.taken);
  if (wish.licence !== "") said.push("--licence", wish.licence);
  if (wish.credit !== "") said.push("--credit", wish.credit);
  if (wish.may_publish) said.push("--may-publish");
  if (wish.dem) said.push("--dem", wish.dem);
  return verb("add", root, [path || "FOLDER", ...said]);
}

/** Return `vallum set-aside ...`, or the same with `--back`. */
export function asideCommand(name: string, why: string, back: boolean, root = ""): string {
  return verb("set-aside", root, [name, ...(back ? ["--back"] : ["--why", why || "REASON"])]);
}
