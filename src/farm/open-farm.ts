/** The farm as a command sees it: the share, Redis and the queues. */
import type { Redis } from "ioredis";
import { loadQueuePackages } from "./queue/packages.ts";
import { PieceQueues } from "./queue/piece-queues.ts";
import { connectOnce, type RedisAddress, whileConnected } from "./queue/redis.ts";
import { proveShare } from "./queue/same-share.ts";
import { openShare, type Share } from "./share/share.ts";

export interface FarmPlace {
  /** The folder that all machines share. */
  readonly share: string;
  readonly redis: RedisAddress;
}

export interface Farm {
  readonly share: Share;
  readonly redis: Redis;
  readonly queues: PieceQueues;
}

/**
 * Run `work` with the farm. Throws `PACKAGE_MISSING`, `SHARE_NOT_FOUND`, `SHARE_UNUSABLE`, `SHARE_DIFFERS`, and within
 * seconds `REDIS_UNAVAILABLE`, also if Redis ends meanwhile.
 */
export async function withFarm<T>(place: FarmPlace, work: (farm: Farm) => Promise<T>): Promise<T> {
  const packages = await loadQueuePackages();
  const share = await openShare(place.share);
  const redis = await connectOnce(packages, place.redis);
  const queues = new PieceQueues(packages, redis);
  try {
    return await whileConnected(place.redis, redis, async () => {
      await proveShare(redis, share);
      return work({ share, redis, queues });
    });
  } finally {
    if (redis.status === "ready") await queues.close().catch(() => {});
    redis.disconnect();
  }
}
