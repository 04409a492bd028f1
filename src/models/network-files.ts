import { basename } from "node:path";
import { readFileBytes } from "../disk/read-file.ts";
import { onForeignGraph } from "../graph/onnx/check-graph.ts";
import { readOnnx } from "../graph/onnx/file.ts";
import { externalReader } from "./external-data.ts";
import { maxNetworkBytes } from "./open.ts";

/**
 * The files of a network, relative to its folder: its own, then those of weights that it stores beside it. Throws the errors
 * of `openNetwork` about files.
 */
export async function networkFiles(file: string): Promise<string[]> {
  const bytes = await readFileBytes(file, { maxBytes: maxNetworkBytes });
  const read = externalReader(file);
  const locations = new Set<string>();
  onForeignGraph(() =>
    readOnnx(bytes, {
      name: file,
      external: (location, ...where) => {
        locations.add(location);
        return read(location, ...where);
      },
    }),
  );
  return [basename(file), ...locations];
}
