import { readFile } from "node:fs/promises";
import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { DreamError } from "../errors.ts";
import { packageFolder } from "../package.ts";
import { bundledNames } from "./bundled.ts";
import { readLabels } from "./labels.ts";
import type { Preprocess } from "./preprocess.ts";

const folder = new URL("models/", packageFolder);

const catalogueSchema = z.strictObject({
  networks: z.array(
    z.strictObject({
      name: z.string(),
      file: z.string(),
      sha256: z.string().length(64),
      bytes: z.number().int().positive(),
      urls: z.array(z.url()).min(1),
      preprocess: z.strictObject({
        channels: z.enum(["RGB", "BGR"]),
        scale: z.enum(["0..1", "0..255"]),
        mean: z.array(z.number()).length(3),
        std: z.array(z.number()).length(3),
      }),
      labels: z.literal("imagenet-1k"),
      license: z.string(),
      about: z.string(),
    }),
  ),
});

/** A network that can be downloaded. Its sha256 is verified; its addresses are not trusted. */
export interface CatalogueEntry {
  readonly name: string;
  /** Name of the file in the cache. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Addresses, in the order in which they are tried. */
  readonly urls: readonly string[];
  readonly preprocess: Preprocess;
  readonly license: string;
  readonly about: string;
}

/** The networks known by name that are not bundled. */
export async function readCatalogue(): Promise<readonly CatalogueEntry[]> {
  const text = await readFile(new URL("catalogue.json", folder), "utf8");
  return catalogueSchema.parse(JSON.parse(text)).networks;
}

/** The catalogue's entry for `name`. Throws `MODEL_NOT_FOUND` with the nearest name. */
export async function findEntry(name: string): Promise<CatalogueEntry> {
  const catalogue = await readCatalogue();
  const found = catalogue.find((entry) => entry.name === name);
  if (found) return found;
  const names = [...bundledNames, ...catalogue.map((entry) => entry.name)];
  const best = closest(name, names);
  const guess =
    distance(name, best) <= Math.max(2, name.length / 3) ? `; did you mean "${best}"?` : "";
  throw new DreamError("MODEL_NOT_FOUND", `no network is called "${name}"${guess}`, {
    hint: `Known networks: ${names.join(", ")}. Or give the path of an .onnx file.`,
  });
}

/** The ImageNet classes in their standard order. */
export function imagenetLabels(): Promise<string[]> {
  return readLabels(new URL("imagenet-1k.txt", folder));
}
