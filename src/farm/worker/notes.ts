/** What a worker says of Redis, of the queue and of drivers. */
import { DreamError } from "../../errors.ts";
import type { RedisAddress } from "../queue/redis.ts";
import type { Bell } from "./bell.ts";
import type { WorkerEvent } from "./tools.ts";

type OnEvent = (event: WorkerEvent) => void;

/** Say that Redis is gone, and that it is back. */
export function watchConnection(
  redis: { on(event: "close" | "ready", listener: () => void): unknown },
  { shown }: RedisAddress,
  signal: AbortSignal,
  bell: Bell,
  onEvent: OnEvent,
): void {
  let gone = false;
  redis.on("close", () => {
    if (gone || signal.aborted) return;
    gone = true;
    onEvent({
      type: "note",
      message: `Redis at ${shown} does not answer; the pieces in work go on, and new ones wait for it`,
    });
  });
  redis.on("ready", () => {
    if (!gone) return;
    gone = false;
    onEvent({ type: "note", message: "Redis is back" });
    bell.ring();
  });
}

/** A listener for errors of BullMQ. Breaks of the connection are told by `watchConnection`. */
export function queueNotes(onEvent: OnEvent): (error: Error) => void {
  let last = "";
  return (error) => {
    if (error instanceof DreamError) return;
    const { message } = error;
    if (message === last || /ECONN|closed|EPIPE|ETIMEDOUT|ENOTFOUND/i.test(message)) return;
    last = message;
    onEvent({ type: "note", message: `the queue: ${message}` });
  };
}

/** A listener for what drivers print; each text is told once. */
export function driverNotes(onEvent: OnEvent): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
      if (told.has(line) || told.size > 100) continue;
      told.add(line);
      onEvent({ type: "note", message: line });
    }
  };
}
