import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { DreamError, messageOf } from "../errors.ts";
import type { ExternalReader } from "../graph/onnx/tensor.ts";

/** Equal weights may be read more than once; more reads indicate an attempt to fill the memory. */
const maxTimes = 4;

/**
 * Reads the weights that a network of more than 2 GB stores in files beside it. Networks are untrusted input: a
 * location outside the network's own folder is refused. The reader throws `MODEL_INVALID`.
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
      throw refuse(`the network refers to data in "${location}", outside its own folder`, beside);
    let handle: number | undefined;
    try {
      // A link may point anywhere, and opening a pipe blocks.
      if (!isInside(realpathSync(folder), realpathSync(path)))
        throw refuse(`"${location}" is a link to outside the network's folder`, beside);
      handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const found = fstatSync(handle);
      if (!found.isFile()) throw refuse(`"${location}" is not a file`, beside);
      // Check the file's size first: a false size in the network must not exhaust the memory.
      if (!(offset >= 0 && found.size >= offset + length))
        throw refuse(
          `${location} is shorter than the network's data`,
          "The download may be incomplete.",
        );
      readBytes += length;
      largest = Math.max(largest, found.size);
      if (readBytes > maxTimes * largest * files.add(path).size)
        throw refuse(`the network reads ${location} more than ${maxTimes} times`, beside);
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
