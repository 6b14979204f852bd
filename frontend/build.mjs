/**
 * Bundle the page and the report's script: `node build.mjs [--out DIR] [--report FILE] [--lenient]`.
 *
 * The same sources give the same bytes. `bundle.json` holds the hash of every source, so that the
 * tests can tell a stale bundle without Node. A message that lacks a language stops the build;
 * `--lenient` only says so (for trials).
 */

import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const LANGUAGES = ["en", "ko", "zh-Hans"];
const SOURCES = ["build.mjs", "index.html", "package.json", "package-lock.json", "tsconfig.json"];
const DEFAULT_OUT = "../src/vallum/web/static";
const DEFAULT_REPORT = "../src/vallum/report/templates/report.js";

/** Return every file under a folder, sorted. */
async function walk(folder) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await walk(path)));
    else found.push(path);
  }
  return found.sort();
}

/** Return the messages of all parts by language, and what is wrong with them. */
export async function readMessages() {
  const tables = Object.fromEntries(LANGUAGES.map((code) => [code, {}]));
  const wrong = [];
  for (const path of await walk(join(HERE, "src", "messages"))) {
    const match = /([^/\\]+)\.(en|ko|zh-Hans)\.json$/.exec(path);
    if (!match) {
      wrong.push(`${relative(HERE, path)}: its name must end in .en.json, .ko.json or .zh-Hans.json`);
      continue;
    }
    const table = tables[match[2]];
    for (const [key, text] of Object.entries(JSON.parse(await readFile(path, "utf8")))) {
      if (key in table) wrong.push(`${relative(HERE, path)}: "${key}" is given twice`);
      table[key] = text;
    }
  }
  wrong.push(...unevenKeys(tables));
  return { tables, wrong };
}

/** Return a sentence per key that some language lacks, or whose {values} differ. */
function unevenKeys(tables) {
  const wrong = [];
  const slots = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();
  const keys = new Set(LANGUAGES.flatMap((code) => Object.keys(tables[code])));
  for (const key of [...keys].sort()) {
    if (key.endsWith("#one")) continue;
    for (const code of LANGUAGES) {
      const text = tables[code][key];
      if (!text) wrong.push(`"${key}" has no words in ${code}`);
      else if (tables.en[key] && slots(text) !== slots(tables.en[key])) {
        wrong.push(`"${key}" has other {values} in ${code} than in en`);
      }
    }
  }
  return wrong;
}

/** Give `vallum:messages` as one sorted module. */
export function messagesPlugin(tables) {
  const sorted = Object.fromEntries(
    LANGUAGES.map((code) => [code, Object.fromEntries(Object.entries(tables[code]).sort())]),
  );
  return {
    name: "messages",
    setup(step) {
      step.onResolve({ filter: /^vallum:messages$/ }, (args) => ({
        path: args.path,
        namespace: "messages",
      }));
      step.onLoad({ filter: /.*/, namespace: "messages" }, () => ({
        contents: JSON.stringify(sorted),
        loader: "json",
      }));
    },
  };
}

const COMMON = {
  absWorkingDir: HERE,
  bundle: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  minify: true,
  target: ["es2022"],
};

async function bundle(out, tables) {
  await build({
    ...COMMON,
    entryPoints: ["src/main.ts"],
    outfile: join(out, "app.js"),
    format: "esm",
    loader: { ".css": "text" },
    plugins: [messagesPlugin(tables)],
  });
  await build({
    ...COMMON,
    stdin: {
      contents: '@import "./src/theme.css"; @import "maplibre-gl/dist/maplibre-gl.css";',
      loader: "css",
      resolveDir: HERE,
    },
    outfile: join(out, "app.css"),
  });
  const maps = join(HERE, "node_modules", "maplibre-gl", "dist");
  await copyFile(join(maps, "maplibre-gl-worker.mjs"), join(out, "maplibre-worker.mjs"));
  await copyFile(join(HERE, "index.html"), join(out, "index.html"));
}

/**
 * Write the form for people at risk: one file that needs nothing else and may ask for nothing.
 *
 * Its policy names the hashes of its own script and style, so nothing else in it can run; the
 * desk's recipients are put into the data block when somebody saves a copy.
 */
async function bundleForm(out) {
  const built = async (entry, options) => {
    const made = await build({ ...COMMON, entryPoints: [entry], write: false, ...options });
    return made.outputFiles[0].text.trim();
  };
  const script = await built("src/handover/form.ts", { format: "iife" });
  const style = await built("src/handover/form.css", {});
  if (/<\/(script|style)|<!--/i.test(script + style)) throw new Error("the form would end too early");
  const hash = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
  const page = await readFile(join(HERE, "src", "handover", "form.html"), "utf8");
  const filled = { CSS: style, JS: script, SCRIPT: hash(script), STYLE: hash(style) };
  const whole = page.replace(/%(CSS|JS|SCRIPT|STYLE)%/g, (_, name) => filled[name]);
  await writeFile(join(out, "handover.html"), whole);
}

/**
 * Write the script of a publication: it stands inside one HTML file that may ask for nothing.
 *
 * It holds no words; those come with the page, in the language of the report.
 */
async function bundleReport(path) {
  const made = await build({
    ...COMMON,
    entryPoints: ["src/report/main.ts"],
    format: "iife",
    plugins: [messagesPlugin(Object.fromEntries(LANGUAGES.map((code) => [code, {}])))],
    write: false,
  });
  const script = `${made.outputFiles[0].text.trim()}\n`;
  const wrong = /<\/(script|style)|<!--|https?:|url\(/i.exec(script);
  if (wrong) throw new Error(`the report's script holds "${wrong[0]}", which a report may not`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, script);
}

/** Return what is wrong with the words of the form. */
async function formWords() {
  const tables = {};
  for (const code of LANGUAGES) {
    const path = join(HERE, "src", "handover", `words.${code}.json`);
    tables[code] = JSON.parse(await readFile(path, "utf8"));
  }
  return unevenKeys(tables).map((text) => `handover: ${text}`);
}

/** Return the licence texts of everything that is not only a tool of ours. */
async function licences() {
  const lock = JSON.parse(await readFile(join(HERE, "package-lock.json"), "utf8"));
  const parts = ["Packages in this bundle, with their licences.\n"];
  for (const path of Object.keys(lock.packages).sort()) {
    const entry = lock.packages[path];
    if (!path || entry.dev || path.includes("@types/")) continue;
    const folder = join(HERE, path);
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const files = (await readdir(folder)).filter((f) => /^(licen[cs]e|copying|notice)/i.test(f)).sort();
    const texts = await Promise.all(files.map((f) => readFile(join(folder, f), "utf8")));
    const text = texts.map((t) => t.replace(/\r\n/g, "\n").trim()).join("\n\n");
    const none = `(no licence file in the package; it is declared as ${entry.license})`;
    parts.push(`${"=".repeat(78)}\n${name} ${entry.version} (${entry.license})\n\n${text || none}\n`);
  }
  return parts.join("\n");
}

async function hashes(files, base) {
  const found = {};
  for (const path of files) {
    const name = relative(base, path).split(sep).join("/");
    found[name] = createHash("sha256").update(await readFile(path)).digest("hex");
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function main() {
  const { values } = parseArgs({
    options: {
      out: { type: "string" },
      report: { type: "string" },
      lenient: { type: "boolean", default: false },
    },
  });
  const out = values.out ? resolve(values.out) : resolve(HERE, DEFAULT_OUT);
  const { tables, wrong } = await readMessages();
  wrong.push(...(await formWords()));
  if (wrong.length > 0) {
    console.error(wrong.join("\n"));
    if (!values.lenient) process.exit(1);
  }
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await bundle(out, tables);
  await bundleForm(out);
  const report = values.report ? resolve(values.report) : resolve(HERE, DEFAULT_REPORT);
  await bundleReport(report);
  await writeFile(join(out, "LICENCES.txt"), await licences());
  const sources = [...SOURCES.map((f) => join(HERE, f)), ...(await walk(join(HERE, "src")))];
  const made = await hashes(await walk(out), out);
  const script = Object.values(await hashes([report], dirname(report)))[0];
  const manifest = { sources: await hashes(sources, HERE), bundle: made, report: script };
  await writeFile(join(out, "bundle.json"), `${JSON.stringify(manifest, null, 1)}\n`);
  console.log(`${Object.keys(made).length + 1} files in ${values.out ?? DEFAULT_OUT}`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
