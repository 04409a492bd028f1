import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { Scheduler } from "../../../src/pipeline/parallel/scheduler.ts";

test.each([
  ["as many as asked for, each with its share of the threads", [2, 5, 8], 2, 4, true],
  ["no more than there is to do", [4, 3, 9], 3, 3, true],
  ["no more than there are threads", [8, 8, 2], 2, 1, true],
  ["one alone, with all threads and on the thread it is on", [1, 8, 4], 1, 4, false],
] as const)("jobs are %s", (_, [wanted, pieces, threads], max, each, worker) => {
  const scheduler = new Scheduler(wanted, pieces, { threads });
  expect(scheduler.maxAtOnce).toBe(max);
  expect(scheduler.cpu).toEqual({ threads: each, worker });
});

/** Runs works of some bytes among `jobs`; gives the most that went on at once, by number and bytes. */
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

test("no more jobs compute than were asked for", async () => {
  const scheduler = new Scheduler(3, 9, { threads: 4 }, 1000);
  expect(await runAll(scheduler, new Array(9).fill(1))).toEqual({ max: 3, bytes: 3 });
});

test("jobs wait for one another where memory does not suffice for all; alone each runs", async () => {
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

test("a job that fails gives its place and its memory back", async () => {
  const scheduler = new Scheduler(1, 2, { threads: 1 }, 100);
  const failing = scheduler.run(100, () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  expect(await scheduler.run(100, async () => 7)).toBe(7);
});

test("what is urgent goes before what waits", async () => {
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
