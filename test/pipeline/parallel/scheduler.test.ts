import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { Jobs } from "../../../src/pipeline/parallel/scheduler.ts";

test.each([
  ["as many as asked for, each with its share of the threads", [2, 5, 8], 2, 4, true],
  ["no more than there is to do", [4, 3, 9], 3, 3, true],
  ["no more than there are threads", [8, 8, 2], 2, 1, true],
  ["one alone, with all threads and on the thread it is on", [1, 8, 4], 1, 4, false],
] as const)("jobs are %s", (_, [wanted, pieces, threads], most, each, worker) => {
  const jobs = new Jobs(wanted, pieces, { threads });
  expect(jobs.most).toBe(most);
  expect(jobs.cpu).toEqual({ threads: each, worker });
});

/** Runs works of some bytes among `jobs`; gives the most that went on at once, by number and bytes. */
async function runAll(
  jobs: Jobs,
  works: readonly number[],
): Promise<{ most: number; bytes: number }> {
  const going: number[] = [];
  let [most, bytes] = [0, 0];
  await Promise.all(
    works.map((own) =>
      jobs.run(own, async () => {
        going.push(own);
        most = Math.max(most, going.length);
        bytes = Math.max(
          bytes,
          going.reduce((a, b) => a + b, 0),
        );
        await wait(5);
        going.splice(going.indexOf(own), 1);
      }),
    ),
  );
  return { most, bytes };
}

test("no more jobs compute than were asked for", async () => {
  const jobs = new Jobs(3, 9, { threads: 4 }, 1000);
  expect(await runAll(jobs, new Array(9).fill(1))).toEqual({ most: 3, bytes: 3 });
});

test("jobs wait for one another where memory does not suffice for all; alone each runs", async () => {
  const jobs = new Jobs(3, 9, { threads: 4 }, 100);
  expect(await runAll(jobs, [40, 40, 40, 40])).toEqual({ most: 2, bytes: 80 });
  expect(await runAll(jobs, [30, 500, 30, 60, 70])).toMatchObject({ bytes: 500 });
  expect([jobs.atOnce(40, 9), jobs.atOnce(10, 9), jobs.atOnce(10, 2), jobs.atOnce(500, 9)]).toEqual(
    [2, 3, 2, 1],
  );
});

test("a job that fails gives its place and its memory back", async () => {
  const jobs = new Jobs(1, 2, { threads: 1 }, 100);
  const failing = jobs.run(100, () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  expect(await jobs.run(100, async () => 7)).toBe(7);
});

test("what is urgent goes before what waits", async () => {
  const jobs = new Jobs(1, 3, { threads: 1 }, 100);
  const order: string[] = [];
  const work = (name: string) => async () => void order.push(name);
  await Promise.all([
    jobs.run(1, work("first")),
    jobs.run(1, work("later")),
    jobs.run(1, work("urgent"), true),
  ]);
  expect(order).toEqual(["first", "urgent", "later"]);
});
