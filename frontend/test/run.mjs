/** Bundle every test by esbuild and run it with Node's own runner: `npm test [-- name...]`. */

import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { messagesPlugin, readMessages } from "../build.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const names = (await readdir(HERE))
  .filter((name) => name.endsWith(".test.ts"))
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
  .sort();
const out = await mkdtemp(join(tmpdir(), "vallum-page-tests-"));
try {
  const { tables } = await readMessages();
  await build({
    entryPoints: names.map((name) => join(HERE, name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["node"],
    loader: { ".css": "text" },
    logLevel: "warning",
    sourcemap: "inline",
    plugins: [messagesPlugin(tables)],
  });
  const files = names.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
  const flags = ["--enable-source-maps", "--test", "--test-reporter=dot"];
  const env = { ...process.env, VALLUM_FRONTEND: dirname(HERE) };
  const run = spawnSync(process.execPath, [...flags, ...files], { stdio: "inherit", env });
  process.exitCode = run.status ?? 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
