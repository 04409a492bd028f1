import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { DreamError, messageOf } from "../errors.ts";
import type { ExternalReader } from "../graph/onnx-tensor.ts";

/**
 * Reads the weights that a network of more than 2 GB keeps in files beside it. Networks come from strangers:
 * a location outside the network's own folder is refused. The reader throws `MODEL_INVALID`.
 */
export function externalReader(file: string): ExternalReader {
  const folder = dirname(resolve(file));
  return (location, offset, length) => {
    const path = resolve(folder, location);
    const inside = relative(folder, path);
    if (inside === "" || inside.split(sep)[0] === ".." || resolve(folder, inside) !== path) {
      throw new DreamError(
        "MODEL_INVALID",
        `the network wants data from "${location}", outside its own folder`,
        { where: file, hint: "Only files beside the network are read." },
      );
    }
    try {
      const handle = openSync(path, "r");
      try {
        // Ask the file before believing the network: a lie about the size must not exhaust the memory.
        if (fstatSync(handle).size >= offset + length) {
          const bytes = Buffer.alloc(length);
          readSync(handle, bytes, 0, length, offset);
          return bytes;
        }
      } finally {
        closeSync(handle);
      }
    } catch (cause) {
      throw new DreamError(
        "MODEL_INVALID",
        `the network's data cannot be read: ${messageOf(cause)}`,
        { where: file, hint: `Put ${location} beside the network.`, cause },
      );
    }
    throw new DreamError("MODEL_INVALID", `${location} ends before the network's data does`, {
      where: file,
      hint: "The download may have broken off.",
    });
  };
}
