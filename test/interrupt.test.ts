import { expect, test } from "vitest";
import { interruptionPoint, throwIfInterrupted, unlessInterrupted } from "../src/interrupt.ts";

const reason = new Error("the window was closed");

test("an interruption is reported with the signal's reason as its cause", () => {
  expect(() => throwIfInterrupted(AbortSignal.abort(reason), "not started")).toThrow(
    expect.objectContaining({ code: "INTERRUPTED", message: "not started", cause: reason }),
  );
  expect(() => throwIfInterrupted(undefined)).not.toThrow();
});

test("work that never waits notices a signal that a timer fires", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(reason), 1);
  const work = async (): Promise<void> => {
    for (;;) {
      const until = performance.now() + 1;
      while (performance.now() < until);
      await interruptionPoint(stop.signal);
    }
  };
  await expect(work()).rejects.toMatchObject({ code: "INTERRUPTED", cause: reason });
});

test("work that cannot be stopped is abandoned, and its result is discarded", async () => {
  const stop = new AbortController();
  let make = (_: string): void => {};
  const slow = new Promise<string>((resolve) => {
    make = resolve;
  });
  const late: string[] = [];
  const result = unlessInterrupted(stop.signal, slow, (made) => late.push(made));
  stop.abort(reason);
  await expect(result).rejects.toMatchObject({ code: "INTERRUPTED", cause: reason });
  make("an engine");
  await slow;
  expect(late).toEqual(["an engine"]);
});

test("work that ends in time returns its result or throws its own error", async () => {
  const { signal } = new AbortController();
  expect(await unlessInterrupted(signal, Promise.resolve(7))).toBe(7);
  await expect(unlessInterrupted(signal, Promise.reject(reason))).rejects.toBe(reason);
});
