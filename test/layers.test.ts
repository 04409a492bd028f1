import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

/**
 * Modules from the bottom up, as in ARCHITECTURE.md. A level is a list of columns. Modules of one column import those
 * before them; modules of different columns of one level do not import each other.
 */
const levels: readonly (readonly (readonly string[])[])[] = [
  [["errors", "interrupt"], ["hash"], ["package"], ["choices"], ["output"]],
  [
    ["disk"],
    ["frame"],
    ["graph", "graph/onnx", "graph/shapes", "graph/dynamic-size", "graph/passes", "graph/vjp"],
  ],
  [["network"], ["runtime", "runtime/webgpu", "runtime/tfjs", "runtime/ort", "runtime/select"]],
  [["dream"], ["flow"], ["models"], ["scene"], ["color", "image", "video", "audio"]],
  [
    ["doctor"],
    ["plan", "recipe", "cache", "frames", "forecast", "parallel", "stills", "render"].map(
      (module) => `pipeline/${module}`,
    ),
  ],
  [["library", "index"]],
  [["share", "pieces", "queue", "worker"].map((module) => `farm/${module}`).concat("farm")],
  [["studio/edit", "studio"]],
  [["cli/arguments", "cli/terminal", "cli/commands", "cli"]],
];

const sourceFolder = join(import.meta.dirname, "../src");

interface Place {
  readonly level: number;
  readonly column: number;
  readonly row: number;
}

function placeOf(module: string): Place | undefined {
  for (const [level, columns] of levels.entries())
    for (const [column, rows] of columns.entries())
      if (rows.includes(module)) return { level, column, row: rows.indexOf(module) };
  return undefined;
}

/** `graph/vjp/linear.ts` is in `graph/vjp`, `errors.ts` is `errors`. */
function moduleOf(file: string): string {
  const folder = dirname(file);
  return folder === "." ? file.replace(/\.ts$/, "") : folder;
}

function mayImport(from: string, to: string): boolean {
  const [a, b] = [placeOf(from), placeOf(to)];
  if (!a || !b) return false;
  if (a.level !== b.level) return b.level < a.level;
  return a.column === b.column && b.row < a.row;
}

async function listSources(): Promise<string[]> {
  const files = await readdir(sourceFolder, { recursive: true });
  return files.filter((name) => /\.[tj]s$/.test(name));
}

/** The imports of a file, including type imports. */
async function importsOf(file: string): Promise<string[]> {
  const text = await readFile(join(sourceFolder, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)].map((match) =>
    relative(sourceFolder, join(sourceFolder, file, "..", match[1]!)),
  );
}

test("modules import only lower modules, and never another column of their level", async () => {
  const files = await listSources();
  expect(files.length).toBeGreaterThan(50);
  const wrong: string[] = [];
  let crossings = 0;
  for (const file of files) {
    const from = moduleOf(file);
    expect(placeOf(from), `${file} is in no module of this test`).toBeDefined();
    for (const imported of await importsOf(file)) {
      const to = moduleOf(imported);
      if (from === to) continue;
      crossings++;
      if (!mayImport(from, to)) wrong.push(`${file} imports ${imported}`);
    }
  }
  expect(crossings).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});

test("no file imports itself through others, not even for a type", async () => {
  const imports = new Map<string, string[]>();
  for (const file of await listSources()) imports.set(file, await importsOf(file));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (path.includes(file) || done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  expect(circles).toEqual([]);
});

test("only the command line prints, reads the arguments or sets the exit code", async () => {
  const files = (await listSources()).filter((name) => !moduleOf(name).startsWith("cli"));
  for (const file of files) {
    const text = await readFile(join(sourceFolder, file), "utf8");
    expect(text, file).not.toMatch(/console\.|process\.(stdout|stderr|argv|exit)/);
  }
});
