import { setTimeout as wait } from "node:timers/promises";
import type { Redis } from "ioredis";
import { DreamError } from "../../errors.ts";
import type { Share } from "../share/share.ts";
import { liveWorkers } from "./live.ts";
import { prefix } from "./names.ts";

const key = `${prefix}:share`;
const freshKey = `${prefix}:share-is-fresh`;
/** Time after which the token is written anew, s: the share forgets it after an hour. */
const freshSec = 600;
/** Machines may see a new file of a network folder only after some seconds. */
const patienceMs = 5000;

/**
 * Prove that all who use this Redis see one folder: the first writes a token into it, the others look for that. Throws
 * `SHARE_DIFFERS`.
 */
export async function proveShare(redis: Redis, share: Share): Promise<void> {
  let known = await redis.get(key);
  if (known === null) {
    await redis.set(key, await share.proof(), "NX");
    known = await redis.get(key);
  }
  const started = performance.now();
  do {
    if (known !== null && (await share.hasProof(known))) return;
    if ((await liveWorkers(redis)).length === 0) {
      // Nobody works in the other folder.
      await redis.set(key, await share.proof());
      return;
    }
    await wait(500);
  } while (performance.now() - started < patienceMs);
  throw new DreamError("SHARE_DIFFERS", "the workers of this Redis use another folder", {
    where: share.path,
    hint: "Give every machine the same shared folder with --share, or give each farm a Redis database of its own: redis://host:6379/1.",
  });
}

/** Write the token anew now and then. Called by a worker that has proved to see the folder. */
export async function renewProof(redis: Redis, share: Share): Promise<void> {
  const isDue = await redis.set(freshKey, "1", "EX", freshSec, "NX");
  if (isDue) await redis.set(key, await share.proof());
}
