import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

/** Rooms from the ground up; those on one floor do not import each other. ARCHITECTURE.md draws it. */
const floors = [
  ["errors", "hash", "version"],
  ["disk", "frame", "graph"],
  ["network", "runtime"],
  ["dream", "flow", "models", "scene", "video"],
  ["pipeline"],
  ["index", "cli"],
];
const sourceFolder = join(import.meta.dirname, "../src");

function floorOf(room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room));
}

/** `graph/vjp/conv.ts` is in `graph`, `errors.ts` in `errors`. */
function roomOf(file: string): string {
  return file.split("/")[0]!.replace(/\.ts$/, "");
}

async function importsOf(file: string): Promise<string[]> {
  const text = await readFile(join(sourceFolder, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)].map((match) =>
    relative(sourceFolder, join(sourceFolder, file, "..", match[1]!)),
  );
}

test("imports go down only, and never between rooms of one floor", async () => {
  const files = (await readdir(sourceFolder, { recursive: true })).filter((name) =>
    /\.[tj]s$/.test(name),
  );
  expect(files.length).toBeGreaterThan(50);
  const wrong: string[] = [];
  let crossings = 0;
  for (const file of files) {
    const from = roomOf(file);
    expect(floorOf(from), `${file} is in no room`).not.toBe(-1);
    for (const imported of await importsOf(file)) {
      const to = roomOf(imported);
      if (from === to) continue;
      crossings++;
      if (floorOf(to) >= floorOf(from)) wrong.push(`${file} imports ${imported}`);
    }
  }
  expect(crossings).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});

test("only the command line prints, reads the arguments or sets the exit code", async () => {
  const files = (await readdir(sourceFolder, { recursive: true })).filter(
    (name) => /\.[tj]s$/.test(name) && roomOf(name) !== "cli",
  );
  for (const file of files) {
    const text = await readFile(join(sourceFolder, file), "utf8");
    expect(text, file).not.toMatch(/console\.|process\.(stdout|stderr|argv|exit)/);
  }
});
