/** What commands and workers tell all workers at once. A message may be lost: the share has what it is about. */
import type { Redis } from "ioredis";
import { prefix } from "./names.ts";

export type Message =
  /** There may be new pieces. */
  | { readonly type: "wake" }
  /** What a person wants with a film has changed, or a failure has stopped it. */
  | { readonly type: "film"; readonly film: string }
  /** Machines that were set aside are taken back. */
  | { readonly type: "forgive" };

const channel = `${prefix}:control`;

export async function tell(redis: Redis, message: Message): Promise<void> {
  await redis.publish(channel, JSON.stringify(message));
}

/** Listen until the returned function is called. Connects again after a break. */
export async function listen(
  redis: Redis,
  onMessage: (message: Message) => void,
): Promise<() => void> {
  const own = redis.duplicate();
  own.on("error", () => {});
  own.on("message", (_, text) => {
    try {
      onMessage(JSON.parse(text) as Message);
    } catch {
      // Of another version.
    }
  });
  await own.subscribe(channel);
  return () => own.disconnect();
}
