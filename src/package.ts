import { existsSync, readFileSync } from "node:fs";

/** The package's folder: the nearest one above this file with a package.json. A bundle moves this file. */
export const packageFolder: URL = findPackage(new URL("./", import.meta.url));

function findPackage(folder: URL): URL {
  return existsSync(new URL("package.json", folder)) ? folder : findPackage(new URL("../", folder));
}

let startsSource = import.meta.url.startsWith(new URL("src/", packageFolder).href);

/** Start processes and threads from `dist/` although this program runs from its sources: they begin sooner. */
export function startFromBuild(): void {
  startsSource = false;
}

/** A file of the program that runs as a process or thread of its own, by its path below `src`. */
export function programFile(path: string): URL {
  const source = new URL(`src/${path}`, packageFolder);
  return startsSource ? source : new URL(`dist/${path.replace(/\.ts$/, ".js")}`, packageFolder);
}

/** The package's version. */
export function version(): string {
  const text = readFileSync(new URL("package.json", packageFolder), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
