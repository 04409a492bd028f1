/** Connections to Redis, and what its settings mean for the queue. */
import type { Redis, RedisOptions } from "ioredis";
import { DreamError, messageOf } from "../../errors.ts";
import type { QueuePackages } from "./packages.ts";

export interface RedisAddress {
  readonly url: string;
  /** Without the password. */
  readonly shown: string;
}

/** Longest wait for a connection or an answer of Redis, ms. */
const patienceMs = 4000;

/** Check an address such as `redis://:password@host:6379/0`. Throws `USAGE`, which never shows the password. */
export function redisAddress(text: string): RedisAddress {
  const shown = withoutPassword(text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url?.hostname || !["redis:", "rediss:"].includes(url.protocol))
    throw new DreamError("USAGE", `--redis ${shown}: it must be the address of a Redis`, {
      hint: "Such as redis://host:6379, redis://:password@host:6379/0, or rediss:// for TLS.",
    });
  return { url: text, shown };
}

function withoutPassword(text: string): string {
  return text.replace(/^([a-z]+:\/\/)?([^:@/]*):.*@/i, "$1$2:***@");
}

/**
 * Connect for one command. A Redis that does not answer is an error within seconds, at the connection and later. Throws
 * `REDIS_UNAVAILABLE`.
 */
export async function connectOnce(
  { ioredis }: QueuePackages,
  address: RedisAddress,
): Promise<Redis> {
  const redis = new ioredis.Redis(address.url, {
    lazyConnect: true,
    connectTimeout: patienceMs,
    commandTimeout: 5 * patienceMs,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  } satisfies RedisOptions);
  let last: unknown;
  redis.on("error", (error: unknown) => {
    last = error;
  });
  // Something that takes the connection and says nothing is no Redis.
  const timer = setTimeout(() => {
    last = new Error("it does not answer");
    redis.disconnect();
  }, patienceMs);
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw unavailable(address, last ?? error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Connect for as long as a worker runs: after a break it connects again, and what was asked meanwhile is answered then.
 * The first connection must succeed within seconds. Throws `REDIS_UNAVAILABLE`.
 */
export async function connectForever(
  packages: QueuePackages,
  address: RedisAddress,
): Promise<Redis> {
  const probe = await connectOnce(packages, address);
  probe.disconnect();
  const redis = new packages.ioredis.Redis(address.url, {
    connectTimeout: patienceMs,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(200 * times, 2000),
  } satisfies RedisOptions);
  redis.on("error", () => {});
  return redis;
}

/** Run a command's work; a connection that breaks meanwhile is `REDIS_UNAVAILABLE`. */
export async function whileConnected<T>(
  address: RedisAddress,
  redis: Redis,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DreamError) throw error;
    // The status of a connection that breaks may lag behind.
    await redis.ping().catch(() => {
      throw unavailable(address, error);
    });
    throw error;
  }
}

function unavailable({ shown }: RedisAddress, cause: unknown): DreamError {
  const message = messageOf(cause) || (cause as NodeJS.ErrnoException).code || "no answer";
  if (/WRONGPASS|NOAUTH|invalid (username-)?password|without any password/i.test(message))
    return new DreamError("REDIS_UNAVAILABLE", `Redis at ${shown} refuses the password`, {
      hint: "Put it into the address: redis://:PASSWORD@host:6379, in --redis or REDIS_URL.",
      cause,
    });
  return new DreamError("REDIS_UNAVAILABLE", `no Redis answers at ${shown}: ${message}`, {
    hint: hintFor(message),
    cause,
  });
}

function hintFor(message: string): string {
  if (/certificate|altnames/i.test(message))
    return "Node does not trust its certificate. Set NODE_EXTRA_CA_CERTS to the file of your own authority; the certificate must name the host of the address.";
  if (/before secure TLS|wrong version number|ECONNRESET/i.test(message))
    return "Something listens there. Use rediss:// for the TLS port of a Redis, and redis:// for its plain port.";
  if (/does not answer/.test(message))
    return "Check that a Redis runs there. Use rediss:// for the TLS port of a Redis, and redis:// for its plain port.";
  return 'Start one with "redis-server --appendonly yes --maxmemory-policy noeviction", or give its address with --redis or REDIS_URL.';
}

/** What a person should know about the settings of this Redis; empty if they suit a queue. */
export async function settingsNotes(redis: Redis): Promise<string[]> {
  const info = await redis.info();
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
  const notes: string[] = [];
  if (value("aof_enabled") === "0")
    notes.push(
      "Redis keeps no append-only file: if it is killed, it forgets the queue, and the workers build it again from the share. Start it with --appendonly yes",
    );
  const policy = value("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction")
    notes.push(
      `Redis may drop the queue when its memory is full (maxmemory-policy ${policy}). Start it with --maxmemory-policy noeviction`,
    );
  return notes;
}
