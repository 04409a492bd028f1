import { createHash } from "node:crypto";
import { join } from "node:path";
import { cacheFolder } from "../models/cache.ts";

/** A file in the user's cache for the studio of a folder, which itself stays as it is. */
export function keptFile(folder: string, ending: string): string {
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 32);
  return join(cacheFolder(), "studio", `${name}.${ending}`);
}
