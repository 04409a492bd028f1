import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { DreamError, messageOf } from "../errors.ts";
import type { ExternalReader } from "../graph/onnx/tensor.ts";

/** Equal weights may be read more than once; what is read more often is meant to fill the memory. */
const maxTimes = 4;

/**
 * Reads the weights that a network of more than 2 GB keeps in files beside it. Networks come from strangers:
 * a location outside the network's own folder is refused. The reader throws `MODEL_INVALID`.
 */
export function externalReader(file: string): ExternalReader {
  const folder = dirname(resolve(file));
  const files = new Set<string>();
  let readBytes = 0;
  let largest = 0;
  return (location, offset, length) => {
    const refuse = (why: string, hint: string, cause?: unknown): DreamError =>
      new DreamError("MODEL_INVALID", why, { where: file, hint, cause });
    const beside = "Only files beside the network are read.";
    const path = resolve(folder, location);
    if (!isInside(folder, path))
      throw refuse(`the network wants data from "${location}", outside its own folder`, beside);
    let handle: number | undefined;
    try {
      // A link may lead anywhere, and a pipe waits for a writer.
      if (!isInside(realpathSync(folder), realpathSync(path)))
        throw refuse(`"${location}" is a link to outside the network's folder`, beside);
      handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const found = fstatSync(handle);
      if (!found.isFile()) throw refuse(`"${location}" is not a file`, beside);
      // Ask the file before believing the network: a lie about the size must not exhaust the memory.
      if (!(offset >= 0 && found.size >= offset + length))
        throw refuse(
          `${location} ends before the network's data does`,
          "The download may have broken off.",
        );
      readBytes += length;
      largest = Math.max(largest, found.size);
      if (readBytes > maxTimes * largest * files.add(path).size)
        throw refuse(`the network reads ${location} over and over`, beside);
      const bytes = Buffer.alloc(length);
      for (let at = 0; at < length; ) {
        const read = readSync(handle, bytes, at, Math.min(length - at, 1 << 30), offset + at);
        if (read === 0) break;
        at += read;
      }
      return bytes;
    } catch (cause) {
      if (cause instanceof DreamError) throw cause;
      throw refuse(
        `the network's data cannot be read: ${messageOf(cause)}`,
        `Put ${location} beside the network.`,
        cause,
      );
    } finally {
      if (handle !== undefined) closeSync(handle);
    }
  };
}

function isInside(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside !== "" && inside.split(sep)[0] !== ".." && resolve(folder, inside) === path;
}
