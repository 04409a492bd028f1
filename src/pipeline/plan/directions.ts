/** Files of numbers, one for each channel of a layer: text, or NumPy's .npy. */
import { readFileBytes } from "../../disk/read-file.ts";
import type { Dreamer } from "../../dream/dreamer.ts";
import { DreamError } from "../../errors.ts";
import { dreamsOf, type Scene } from "../../scene/scene.ts";
import { place } from "./place.ts";

const maxBytes = 4e6;
const npyMagic = "\u0093NUMPY";

/**
 * Read the directions of a shot for its dreamer. Throws `SCENE_INVALID` with the place in the scene for a file of
 * something else, and the errors of `readFileBytes`.
 */
export async function readDirections(shot: Scene, dreamer: Dreamer): Promise<void> {
  const all = dreamsOf(shot).flatMap(({ path, dream }) =>
    Object.entries(dream.objectives ?? {}).map(
      ([layer, objective]) => [[...path, "layers", layer, "file"], objective] as const,
    ),
  );
  for (const [path, objective] of all) {
    if (objective.type !== "direction" || dreamer.directions.has(objective.file)) continue;
    const { file } = objective;
    const at = place(shot, path);
    const bytes = await readFileBytes(file, { maxBytes }).catch((cause: unknown) => {
      if (cause instanceof DreamError) throw cause;
      throw new DreamError("FILE_NOT_FOUND", `the direction ${file} cannot be read`, {
        ...at,
        hint: "Paths start at the scene file.",
        cause,
      });
    });
    const values = parseDirection(bytes);
    if (values === undefined || !values.every(Number.isFinite) || values.every((v) => v === 0)) {
      throw new DreamError("SCENE_INVALID", `the direction ${file} is not a list of numbers`, {
        ...at,
        hint: "Give a text file with one finite number per channel, not all of them 0, or a .npy file of float32 or float64.",
      });
    }
    dreamer.directions.set(file, values);
  }
}

/**
 * The numbers of a direction: separated by spaces, commas or new lines, or a .npy array of little-endian float32 or
 * float64; undefined for anything else. Source of the format: NumPy, `numpy.lib.format`, versions 1 to 3.
 */
export function parseDirection(bytes: Buffer): Float32Array | undefined {
  if (bytes.toString("latin1", 0, 6) === npyMagic) return parseNpy(bytes);
  const words = bytes
    .toString("utf8")
    .split(/[\s,;]+/)
    .filter((word) => word !== "");
  if (words.length === 0) return undefined;
  return Float32Array.from(words, Number);
}

function parseNpy(bytes: Buffer): Float32Array | undefined {
  if (bytes.length < 12) return undefined;
  const wide = bytes[6]! > 1;
  const begin = wide ? 12 : 10;
  const start = begin + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  const kind = /'descr': *'<f([48])'/.exec(bytes.toString("latin1", begin, start))?.[1];
  const size = Number(kind);
  const count = (bytes.length - start) / size;
  if (kind === undefined || !Number.isInteger(count) || count < 1) return undefined;
  return Float32Array.from({ length: count }, (_, i) =>
    size === 4 ? bytes.readFloatLE(start + 4 * i) : bytes.readDoubleLE(start + 8 * i),
  );
}
