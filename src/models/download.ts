/** Downloads a network of the catalogue: resumable, verified, and visible under its name only when complete. */
import { open, rm, stat } from "node:fs/promises";
import type { EnvHttpProxyAgent, Response } from "undici";
import { hashFile } from "../disk/hash-file.ts";
import { withLock } from "../disk/lock.ts";
import { isDiskFull, renameDurably, writeError } from "../disk/write-atomically.ts";
import { DreamError, messageOf } from "../errors.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { cachedPath, partialOf, verifiedPath } from "./cache.ts";
import type { CatalogueEntry } from "./catalogue.ts";

export interface DownloadOptions {
  /** Called with the number of bytes received so far. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Attempts per address after interrupted transfers. */
const attempts = 4;

/**
 * Download `entry` into the cache, unless it is there, and return its path. Addresses are tried in turn; interrupted
 * downloads are resumed, also by a later call. Waits for another process that downloads the same file. Uses the
 * proxies of the environment. Throws `DOWNLOAD_FAILED`, `DISK_FULL`, `INTERRUPTED`.
 */
export async function pull(entry: CatalogueEntry, options: DownloadOptions = {}): Promise<string> {
  const path = cachedPath(entry);
  try {
    return await withLock(
      `${path}.lock`,
      async () => {
        const there = await verifiedPath(entry).catch(() => undefined);
        return there ?? (await downloadAll(entry, path, options));
      },
      options.signal,
    );
  } catch (cause) {
    if (cause instanceof DreamError) throw cause;
    // Another address does not help if the disk is full.
    if (isDiskFull(cause)) throw writeError(cause, path, "");
    throw failure(entry, [messageOf(cause)], cause);
  }
}

async function downloadAll(
  entry: CatalogueEntry,
  path: string,
  options: DownloadOptions,
): Promise<string> {
  // Loaded here, because it takes a tenth of a program's start.
  const { EnvHttpProxyAgent } = await import("undici");
  const agent = new EnvHttpProxyAgent({ connect: { timeout: 15_000 }, bodyTimeout: 60_000 });
  const failures: string[] = [];
  try {
    for (const url of entry.urls) {
      const problem = await downloadFrom(url, entry, partialOf(path), agent, options);
      if (problem === undefined) {
        await renameDurably(partialOf(path), path);
        return (await verifiedPath(entry))!;
      }
      failures.push(`${url}: ${problem}`);
    }
  } finally {
    // `close` would wait for unread responses.
    await agent.destroy();
  }
  throw failure(entry, failures);
}

/** Download the whole file from one address into `partial`. Returns the problem, or undefined. */
async function downloadFrom(
  url: string,
  entry: CatalogueEntry,
  partial: string,
  dispatcher: EnvHttpProxyAgent,
  { onProgress, signal }: DownloadOptions,
): Promise<string | undefined> {
  const { fetch } = await import("undici");
  let problem = "";
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const from = await sizeOf(partial);
      if (from < entry.bytes) {
        const headers: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
        const response = await fetch(url, { headers, dispatcher, ...(signal ? { signal } : {}) });
        if (response.status === 416) await rm(partial, { force: true });
        if (!response.ok) {
          // An unread body keeps the connection open and may never end.
          await response.body?.cancel();
          problem = `answered ${response.status} ${response.statusText}`.trim();
          // A refusal is permanent; retrying does not help.
          return problem;
        }
        await append(response, from, entry, partial, onProgress);
      }
      const size = await sizeOf(partial);
      if (size < entry.bytes) {
        problem = `broke off after ${size} of ${entry.bytes} bytes`;
        continue;
      }
      if (size === entry.bytes && (await hashFile(partial)) === entry.sha256) return undefined;
      await rm(partial, { force: true });
      problem = "sent a file with another sha256";
      // A resumed file may mix two versions; try once from the start.
      if (from === 0) return problem;
    } catch (error) {
      throwIfInterrupted(signal, "interrupted; pull again to continue");
      if (isDiskFull(error)) throw error;
      problem = reasonOf(error);
    }
  }
  return problem;
}

/** Write a response's body to `partial`, after its `from` bytes if the server resumes there. */
async function append(
  response: Response,
  from: number,
  { bytes }: CatalogueEntry,
  partial: string,
  onProgress: DownloadOptions["onProgress"],
): Promise<void> {
  const range = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "");
  const continued = response.status === 206 && Number(range?.[1]) === from;
  let done = continued ? from : 0;
  // Written in pieces, so that an interruption keeps the data received before it.
  const file = await open(partial, continued ? "a" : "w");
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      done += chunk.length;
      // An endless response must not fill the disk.
      if (done > bytes) throw new Error(`sends more than ${bytes} bytes`);
      await file.appendFile(chunk);
      onProgress?.(done, bytes);
    }
  } finally {
    await file.close();
  }
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

function failure(entry: CatalogueEntry, reasons: readonly string[], cause?: unknown): DreamError {
  return new DreamError(
    "DOWNLOAD_FAILED",
    `cannot download the network "${entry.name}"\n  ${reasons.join("\n  ")}`,
    {
      hint:
        `Try again to continue. Without a connection get ${entry.file} (sha256 ${entry.sha256}) elsewhere and ` +
        `put it at ${cachedPath(entry)}.`,
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** The underlying network error, below that of the library. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? messageOf(cause) : messageOf(error);
}
