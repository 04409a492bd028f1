import { expect, test } from "vitest";
import { Newest } from "../../studio/state/newest.ts";

test("an answer that a newer request or an event has overtaken is dropped", async () => {
  const newest = new Newest();
  let answer = (_: string): void => {};
  const first = newest.of(
    () =>
      new Promise<string>((resolve) => {
        answer = resolve;
      }),
  );
  expect(await newest.of(async () => "second")).toBe("second");
  answer("first");
  expect(await first).toBeUndefined();
  const third = newest.of(async () => "third");
  newest.overtake();
  expect(await third).toBeUndefined();
});

test("only the newest request's failure is thrown", async () => {
  const newest = new Newest();
  const failing = async (): Promise<string> => Promise.reject(new Error("no answer"));
  const old = newest.of(failing);
  const now = newest.of(failing);
  expect(await old).toBeUndefined();
  await expect(now).rejects.toThrow("no answer");
});
