/** Builds the program and the studio's page into `dist/` before the tests if a source is newer: tests start and open these. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";

const root = join(import.meta.dirname, "../..");
const at = (name: string): string => join(root, name);

export async function setup(): Promise<void> {
  const source = await newest(at("src"));
  if (source >= (await timeOf(at("dist/cli/main.js")))) await buildProgram(root);
  const page = Math.max(source, await newest(at("studio")));
  if (page >= (await timeOf(at("dist/studio/page/index.html"))))
    await build({ configFile: at("studio/vite.config.ts"), logLevel: "warn" });
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
