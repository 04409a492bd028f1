import { join } from "node:path";
import { type LockHolder, takeLock } from "../../disk/lock.ts";
import type { FarmFilm } from "./film.ts";
import { filmPath } from "./films.ts";
import { type Share, writing } from "./share.ts";

export interface Lease {
  /** Fires when the lease is lost: another process has it, or no heartbeat could be written for too long. */
  readonly lost: AbortSignal;
  /** Give it back, unless another process has it by now. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly heartbeatMs?: number;
  /** Time without a heartbeat after which another process takes the lease over. */
  readonly staleMs?: number;
}

/**
 * Take the lease of a piece, or return who has it. Its heartbeat needs this process's event loop. A lease without a
 * heartbeat for 30 s is taken over, which takes up to a minute; at once if its process has ended on this machine. Throws
 * `SHARE_UNUSABLE`, `DISK_FULL`.
 */
export async function takeLease(
  share: Share,
  film: FarmFilm,
  key: string,
  owner: string,
  { heartbeatMs = 5_000, staleMs = 30_000 }: LeaseOptions = {},
): Promise<Lease | { readonly holder: LockHolder }> {
  const path = join(filmPath(share, film, "leases"), key);
  const options = { owner, heartbeatMs, staleMs, expires: true };
  const lock = await writing(path, () => takeLock(path, options));
  if (!("release" in lock)) return { holder: lock };
  return {
    lost: lock.lost,
    // A share that is gone cannot be told; the lease then ends by itself.
    release: () => lock.release().catch(() => {}),
  };
}
