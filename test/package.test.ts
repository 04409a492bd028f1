/** The contents of the package, and how others resolve it. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, Package } from "@arethetypeswrong/core";
import { execa } from "execa";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** All files of the package under `dist`, freshly built, and package.json. */
const files = new Map<string, string>();
let folder: string;
let manifest: Record<string, unknown>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dreamreel-package-"));
  const run = (script: string, ...args: string[]) =>
    execa(process.execPath, [join(root, "node_modules", script), ...args], { cwd: root });
  // First, because it empties the folder.
  await run("vite/bin/vite.js", "build", "--config", "vite.program.config.ts", "--outDir", folder);
  await run("typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", folder);
  for (const name of await readdir(folder, { recursive: true }))
    if (/\.[jt]s$/.test(name))
      files.set(`dist/${name}`, await readFile(join(folder, name), "utf8"));
  const text = await readFile(join(root, "package.json"), "utf8");
  files.set("package.json", text);
  manifest = JSON.parse(text);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the package contains every document that its messages name, and no source map without its sources", async () => {
  // Without the bundled runtime, which npm would compress for a quarter of a minute.
  const { bundleDependencies: _, ...rest } = manifest;
  const copy = await mkdtemp(join(tmpdir(), "dreamreel-pack-"));
  await writeFile(join(copy, "package.json"), JSON.stringify(rest));
  const folders = (rest.files as string[]).map((pattern) => pattern.split("/")[0]!);
  for (const name of [...folders, "README.md", "LICENSE"])
    await cp(join(root, name), join(copy, name), { recursive: true });
  const { stdout } = await execa("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: copy,
  });
  await rm(copy, { recursive: true, force: true });
  const packed: string[] = JSON.parse(stdout)[0].files.map(({ path }: { path: string }) => path);
  const sources = await readdir(join(root, "src"), { recursive: true });
  const texts = await Promise.all(
    sources
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFile(join(root, "src", name), "utf8")),
  );
  const named = new Set(texts.flatMap((text) => text.match(/\bdocs\/[\w-]+\.md/g) ?? []));
  expect(named.size).toBeGreaterThan(1);
  expect(packed).toEqual(expect.arrayContaining([...named]));
  const { compilerOptions } = JSON.parse(await readFile(join(root, "tsconfig.build.json"), "utf8"));
  expect(compilerOptions.sourceMap ?? false).toBe(false);
});

test("publint reports no problems", async () => {
  const packed = [...files].map(([name, data]) => ({ name: `package/${name}`, data }));
  const { messages } = await publint({ pkgDir: "package", pack: { files: packed }, strict: true });
  expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([]);
});

test("the types resolve in every module mode", async () => {
  const placed = [...files].map(([name, data]) => [`/node_modules/dreamreel/${name}`, data]);
  const result = await checkPackage(new Package(Object.fromEntries(placed), "dreamreel", "0.0.0"));
  if (!result.types) throw new Error("there are no types");
  const kinds = Object.values(result.entrypoints["."]!.resolutions).map(
    ({ resolutionKind }) => resolutionKind,
  );
  expect(kinds).toEqual(expect.arrayContaining(["node16-esm", "bundler"]));
  // The package is an ES module only; `require` and resolution without exports are not supported.
  const promised = result.problems.filter(
    (problem) =>
      !("resolutionKind" in problem && /^node10$|^node16-cjs$/.test(problem.resolutionKind ?? "")),
  );
  expect(promised).toEqual([]);
});
