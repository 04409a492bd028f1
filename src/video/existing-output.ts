import { open } from "node:fs/promises";
import { DreamError } from "../errors.ts";
import { maker } from "./encode.ts";

/**
 * Refuse to replace a file that dreamreel did not make: `OUTPUT_EXISTS`. Frame folders guard themselves.
 * Animated pictures carry no mark, so they always count as somebody else's.
 */
export async function guardExisting(file: string): Promise<void> {
  if (/[/\\]$/.test(file)) return;
  const handle = await open(file, "r").catch(() => undefined);
  if (!handle) return;
  try {
    const { size } = await handle.stat();
    const head = await readPart(handle, 0, Math.min(size, 4 << 20));
    const tail = await readPart(handle, Math.max(0, size - (1 << 18)), Math.min(size, 1 << 18));
    if (size === 0 || head.includes(maker) || tail.includes(maker)) return;
  } finally {
    await handle.close();
  }
  throw new DreamError(
    "OUTPUT_EXISTS",
    "the output exists and does not look like one of dreamreel's videos",
    {
      where: file,
      hint: "Choose another name with -o, or replace it with --force.",
    },
  );
}

async function readPart(
  handle: Awaited<ReturnType<typeof open>>,
  position: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
