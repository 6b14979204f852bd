/** What was dropped: a folder is walked to its files, and each keeps its path inside the drop. */

export interface Dropped {
  /** Path inside what was dropped, with `/`, such as `ORDER_0155/GIS_FILES/a.shp`. */
  path: string;
  file: File;
}

const IMAGES = new Set([
  "tif", "tiff", "gtiff", "cog", "vrt", "jp2", "j2k", "img", "ntf", "ecw",
]);
const SYSTEM = new Set(["thumbs.db", "desktop.ini", "__macosx"]);

/** Return the path as the server gets it: `/` between parts, no way out of the folder, NFC. */
export function tidyPath(path: string): string {
  return path
    .normalize("NFC")
    .replace(/\\/g, "/")
    .split("/")
    .map((part) => part.trim())
    .filter((part) => part !== "" && part !== "." && part !== "..")
    .join("/");
}

/** Say whether a file is the computer's own housekeeping and stays where it is. */
export function isHousekeeping(path: string): boolean {
  return tidyPath(path)
    .split("/")
    .some((part) => part.startsWith(".") || SYSTEM.has(part.toLowerCase()));
}

/** Say whether the name is that of an image; other files come along as its companions. */
export function isImage(path: string): boolean {
  const name = path.split("/").pop() ?? "";
  const dot = name.lastIndexOf(".");
  return dot > 0 && IMAGES.has(name.slice(dot + 1).toLowerCase());
}

/** Return the folder that everything lies in, or "" if there is none. */
export function topFolder(dropped: readonly { path: string }[]): string {
  const tops = new Set(
    dropped.map(({ path }) => (path.includes("/") ? (path.split("/")[0] ?? "") : "")),
  );
  const [only] = tops;
  return tops.size === 1 && only !== undefined ? only : "";
}

/** Return the drop without housekeeping and without a path twice, in order of path. */
export function inOrder(dropped: readonly Dropped[]): Dropped[] {
  const byPath = new Map<string, Dropped>();
  for (const one of dropped) {
    const path = tidyPath(one.path);
    if (path !== "" && !isHousekeeping(path) && !byPath.has(path)) {
      byPath.set(path, { path, file: one.file });
    }
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Return the files of an `<input webkitdirectory>` or `<input multiple>`. */
export function fromInput(files: ArrayLike<File>): Dropped[] {
  return inOrder(
    Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file })),
  );
}

/** Return every file of a drop, folders walked to the end. Call it inside the drop event. */
export async function fromDrop(transfer: DataTransfer): Promise<Dropped[]> {
  // The list empties as soon as the event is over, so entries are taken before any await.
  const entries = Array.from(transfer.items)
    .filter((item) => item.kind === "file")
    .map((item) => item.webkitGetAsEntry());
  const loose = Array.from(transfer.files, (file) => ({ path: file.name, file }));
  const known = entries.filter((entry): entry is FileSystemEntry => entry !== null);
  if (known.length === 0) return inOrder(loose);
  const found = await Promise.all(known.map((entry) => walkEntry(entry)));
  return inOrder(found.flat());
}

/** Return the files under one entry; housekeeping folders are not entered. */
export async function walkEntry(entry: FileSystemEntry, above = ""): Promise<Dropped[]> {
  const path = above === "" ? entry.name : `${above}/${entry.name}`;
  if (isHousekeeping(path)) return [];
  if (entry.isFile) {
    const file = await new Promise<File>((done, failed) => {
      (entry as FileSystemFileEntry).file(done, failed);
    });
    return [{ path, file }];
  }
  const children = await readAll((entry as FileSystemDirectoryEntry).createReader());
  const found: Dropped[] = [];
  for (const child of children) found.push(...(await walkEntry(child, path)));
  return found;
}

/** Read a folder to the end: browsers hand out at most 100 entries at a time. */
async function readAll(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => {
      reader.readEntries(done, failed);
    });
    if (some.length === 0) return all;
    all.push(...some);
  }
}
