import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { Scheduler } from "../../../src/pipeline/parallel/scheduler.ts";

test.each([
  ["as many as requested, each with its share of the threads", [2, 5, 8], 2, 4, true],
  ["at most as many as there is work", [4, 3, 9], 3, 3, true],
  ["at most as many as threads", [8, 8, 2], 2, 1, true],
  ["one, with all threads and without a worker thread", [1, 8, 4], 1, 4, false],
] as const)("jobs are %s", (_, [wanted, pieces, threads], max, each, worker) => {
  const scheduler = new Scheduler(wanted, pieces, { threads });
  expect(scheduler.maxAtOnce).toBe(max);
  expect(scheduler.cpu).toEqual({ threads: each, worker });
});

/** Run works of given bytes with `jobs`, and return the maximum number and bytes that ran in parallel. */
async function runAll(
  scheduler: Scheduler,
  works: readonly number[],
): Promise<{ max: number; bytes: number }> {
  const going: number[] = [];
  let [max, bytes] = [0, 0];
  await Promise.all(
    works.map((own) =>
      scheduler.run(own, async () => {
        going.push(own);
        max = Math.max(max, going.length);
        bytes = Math.max(
          bytes,
          going.reduce((a, b) => a + b, 0),
        );
        await wait(5);
        going.splice(going.indexOf(own), 1);
      }),
    ),
  );
  return { max, bytes };
}

test("at most the requested number of jobs run in parallel", async () => {
  const scheduler = new Scheduler(3, 9, { threads: 4 }, 1000);
  expect(await runAll(scheduler, new Array(9).fill(1))).toEqual({ max: 3, bytes: 3 });
});

test("jobs wait for each other if the memory does not suffice for all; a single one always runs", async () => {
  const scheduler = new Scheduler(3, 9, { threads: 4 }, 100);
  expect(await runAll(scheduler, [40, 40, 40, 40])).toEqual({ max: 2, bytes: 80 });
  expect(await runAll(scheduler, [30, 500, 30, 60, 70])).toMatchObject({ bytes: 500 });
  expect([
    scheduler.atOnce(40, 9),
    scheduler.atOnce(10, 9),
    scheduler.atOnce(10, 2),
    scheduler.atOnce(500, 9),
  ]).toEqual([2, 3, 2, 1]);
});

test("a failed job frees its slot and its memory", async () => {
  const scheduler = new Scheduler(1, 2, { threads: 1 }, 100);
  const failing = scheduler.run(100, () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  expect(await scheduler.run(100, async () => 7)).toBe(7);
});

test("urgent work has priority over waiting work", async () => {
  const scheduler = new Scheduler(1, 3, { threads: 1 }, 100);
  const order: string[] = [];
  const work = (name: string) => async () => void order.push(name);
  await Promise.all([
    scheduler.run(1, work("first")),
    scheduler.run(1, work("later")),
    scheduler.run(1, work("urgent"), true),
  ]);
  expect(order).toEqual(["first", "urgent", "later"]);
});
