import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { DreamError } from "../errors.ts";

/** Size limit for untrusted files, bytes. */
export interface ReadLimit {
  readonly maxBytes: number;
}

/**
 * Read a file. A scene may name any path, and some are endless: devices, pipes and folders throw `NOT_A_FILE`, files
 * larger than `maxBytes` throw `TOO_LARGE`. Throws the system's error if the file does not exist or cannot be opened.
 */
export async function readFileBytes(path: string, { maxBytes }: ReadLimit): Promise<Buffer> {
  // Without O_NONBLOCK, opening a pipe waits for a writer.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(
    (cause: NodeJS.ErrnoException) => {
      // Sockets cannot be opened.
      throw cause.code === "ENXIO" ? notAFile(path, false) : cause;
    },
  );
  try {
    const size = await sizeOf(handle, path);
    if (size > maxBytes) {
      throw new DreamError("TOO_LARGE", `the file has ${megabytes(size)} MB`, {
        where: path,
        hint: `At most ${megabytes(maxBytes)} MB are read here.`,
      });
    }
    const buffer = Buffer.alloc(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await handle.read(buffer, filled, Math.min(size - filled, 1 << 30));
      // The file has become shorter during the read.
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

async function sizeOf(handle: FileHandle, path: string): Promise<number> {
  const found = await handle.stat();
  if (found.isFile()) return found.size;
  throw notAFile(path, found.isDirectory());
}

/** The error for a path that is not a regular file. */
export function notAFile(path: string, isFolder: boolean): DreamError {
  return new DreamError("NOT_A_FILE", `this is ${isFolder ? "a folder" : "a device or a pipe"}`, {
    where: path,
    hint: "Give the path of a file.",
  });
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
