/** Files that are dropped into the page. */
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { diskSpace } from "../disk/free-space.ts";
import { nameOnce } from "../disk/name-once.ts";
import { writeError } from "../disk/write-atomically.ts";
import { Refused } from "./answer.ts";
import { safeName } from "./confine.ts";
import type { SceneFolder } from "./scene-folder.ts";

/** Largest file that is taken, bytes. */
export const largestUpload: number = 4 * 2 ** 30;
/** Bytes of the disk that an upload leaves free, but at most this part of a small disk. */
const [leftFree, leftPart] = [200 << 20, 1 / 20];
/** Pictures, clips, sounds and networks; nothing that a browser or a shell would run. */
const accepted =
  /\.(?:png|jpe?g|webp|tiff?|avif|gif|apng|mp4|mov|webm|mkv|avi|m4v|mpe?g|ts|ogv|wav|mp3|m4a|flac|ogg|opus|aac|onnx)$/i;

let count = 0;

/**
 * Store a request's body in the folder, never over another file: under `name`, made safe, or the next free one. It appears
 * when it is complete. Gives its path. Throws `Refused`, `DISK_FULL`, `OUTPUT_UNWRITABLE`.
 */
export async function receiveFile(
  folder: SceneFolder,
  name: string,
  request: Request,
  max: number,
): Promise<string> {
  const safe = safeName(name, "file");
  if (!accepted.test(safe))
    throw new Refused(
      415,
      "USAGE",
      `${safe} is no picture, clip, sound or network`,
      "Drop a file such as .jpg, .png, .mp4, .mov, .webm, .mp3 or .wav.",
    );
  const stated = Number(request.headers.get("content-length") ?? Number.NaN);
  if (stated > max) throw tooLarge(max);
  await checkSpace(folder.confines.folder, safe, stated);
  if (!request.body) throw new Refused(400, "USAGE", "the request has no body");
  const partial = join(folder.confines.folder, `.upload-${process.pid}-${count++}.partial`);
  try {
    await store(request.body as ReadableStream, partial, safe, max);
    return await folder.place(safe, (file) => nameOnce(partial, file));
  } finally {
    await rm(partial, { force: true });
  }
}

async function checkSpace(folder: string, name: string, bytes: number): Promise<void> {
  const space = await diskSpace(folder);
  if (!space) return;
  const kept = Math.min(leftFree, space.size * leftPart);
  if (!(bytes > space.free - kept)) return;
  const megabytes = (count: number): string => `${Math.ceil(count / 1e6)} MB`;
  throw new Refused(
    507,
    "DISK_FULL",
    `${name} has ${megabytes(bytes)}, and the disk has ${megabytes(space.free)} left, of which ${megabytes(kept)} stay free`,
    "Free some space, then drop the file again.",
  );
}

async function store(body: ReadableStream, file: string, name: string, max: number): Promise<void> {
  let bytes = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > max ? tooLarge(max) : null, chunk);
    },
  });
  const target = createWriteStream(file, { flags: "wx" });
  await pipeline(Readable.fromWeb(body), bounded, target).catch((error: NodeJS.ErrnoException) => {
    const isOfDisk = /^(?:open|write|close)$/.test(error.syscall ?? "");
    throw isOfDisk ? writeError(error, name, "Check that the folder is writable.") : error;
  });
  if (bytes === 0) throw new Refused(400, "USAGE", "the file is empty");
}

function tooLarge(max: number): Refused {
  const megabytes = Math.floor(max / 1e6);
  const message = `the file is larger than ${megabytes} MB, the limit of an upload`;
  return new Refused(413, "TOO_LARGE", message, "Copy it into the folder: the studio lists it.");
}
