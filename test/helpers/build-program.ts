/** Builds the program into `dist/` before the tests if a source is newer: tests that start it as a process run that build. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";

const root = join(import.meta.dirname, "../..");

export async function setup(): Promise<void> {
  if ((await newest(join(root, "src"))) < (await timeOf(join(root, "dist/cli/main.js")))) return;
  await buildProgram(root);
}

/** Build the program whose sources are in `folder` into its `dist/`. */
export async function buildProgram(folder: string): Promise<void> {
  await build({
    configFile: join(root, "vite.program.config.ts"),
    root: folder,
    logLevel: "warn",
    // The page and the types stay, and another run of the tests keeps its files.
    build: { emptyOutDir: false },
  });
}

async function newest(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  return Math.max(...(await Promise.all(names.map((name) => timeOf(join(folder, name))))));
}

async function timeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
