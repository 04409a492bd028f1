import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { DreamError } from "../errors.ts";
import type { NetworkDefaults } from "../network.ts";
import { packageFolder } from "../package.ts";
import type { Preprocess } from "./preprocess.ts";

const folder = new URL("models/", packageFolder);

const cardSchema = z.strictObject({
  name: z.string(),
  about: z.string(),
  size: z.number(),
  preprocess: z.strictObject({
    channels: z.enum(["RGB", "BGR"]),
    scale: z.enum(["0..1", "0..255"]),
    mean: z.array(z.number()).length(3),
    std: z.array(z.number()).length(3),
  }),
  defaults: z.strictObject({
    layers: z.record(z.string(), z.number()),
    octaves: z.number(),
    octaveScale: z.number(),
    iterations: z.array(z.number()),
    stepSize: z.number(),
    jitter: z.number(),
    smoothing: z.number(),
    laplacian: z.number(),
  }),
  aliases: z.record(z.string(), z.string()),
  layers: z.record(z.string(), z.string()),
});

/** Metadata of a bundled network: the machine-readable part of its model card. */
export interface ModelCard {
  readonly name: string;
  readonly about: string;
  /** Side in px of the pictures that it classifies best. */
  readonly size: number;
  readonly preprocess: Preprocess;
  readonly defaults: NetworkDefaults;
  /** Published name → layer: aliases from published recipes. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Recommended layers, with a description of what they produce. */
  readonly layers: Readonly<Record<string, string>>;
}

/** Networks in the package, which need no download. */
export const bundledNames: readonly string[] = ["pocket"];

/** The file and the card of a bundled network. Throws `MODEL_NOT_FOUND`. */
export async function openBundled(name: string): Promise<{ file: string; card: ModelCard }> {
  if (!bundledNames.includes(name)) {
    throw new DreamError("MODEL_NOT_FOUND", `no network is called "${name}"`, {
      hint: `Bundled: ${bundledNames.join(", ")}. Or give the path of an .onnx file.`,
    });
  }
  const card: ModelCard = cardSchema.parse(
    JSON.parse(await readFile(new URL(`${name}.json`, folder), "utf8")),
  );
  return { file: fileURLToPath(new URL(`${name}.onnx`, folder)), card };
}
