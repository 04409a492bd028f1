/**
 * The farm's queue without dreaming: `npx tsx bench/farm.ts [pieces] [workers…]`. Workers that sleep instead of dreaming take
 * pieces from a real redis-server and finish them. Prints the memory of Redis per piece and, for each number of workers,
 * pieces a second, the time to take and to finish a piece, and what share of two minutes that is.
 */
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { loadQueuePackages, type QueuePackages } from "../src/farm/queue/packages.ts";
import { PieceQueues } from "../src/farm/queue/piece-queues.ts";
import { PieceTaker } from "../src/farm/queue/piece-taker.ts";
import { connectForever } from "../src/farm/queue/redis.ts";
import type { FarmFilm, Piece } from "../src/farm/share/film.ts";
import { startRedis } from "../test/helpers/redis.ts";

/** A piece's share of frames takes about this long on one machine, s. */
const pieceSec = 120;
/** Time that each measurement runs, s. */
const runSec = 10;
const queue = "bench";

const [pieces = 100_000, ...given] = process.argv.slice(2).map(Number);
const counts = given.length > 0 ? given : [1, 10, 100, 1000];

const film: FarmFilm = {
  format: 1,
  id: "bench-00000000",
  name: "bench",
  version: "0",
  keysVersion: 0,
  runtime: "0",
  submitted: new Date(0).toISOString(),
  by: "bench",
  priority: 0,
  tags: [],
  preview: false,
  scenes: [],
  inputs: [],
};

function pieceOf(i: number): Piece {
  const key = `00000000-frames-0-${i}-0-239`;
  return { key, kind: "frames", scene: 0, shot: i, from: 0, to: 239, frames: 240, after: [] };
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
}

async function commands(redis: Redis): Promise<{ count: number; cpuSec: number }> {
  const text = await redis.info("everything");
  const number = (name: string): number => Number(new RegExp(`${name}:([\\d.]+)`).exec(text)?.[1]);
  return {
    count: number("total_commands_processed"),
    cpuSec: number("used_cpu_user") + number("used_cpu_sys"),
  };
}

interface Load {
  readonly workers: number;
  readonly finished: number;
  readonly seconds: number;
  readonly take: readonly number[];
  readonly end: readonly number[];
}

/** Let `workers` take pieces for `runSec`, and sleep `sleepMs` for each. */
async function run(
  packages: QueuePackages,
  connect: () => Promise<Redis>,
  workers: number,
  sleepMs: number,
): Promise<Load> {
  const [take, end]: [number[], number[]] = [[], []];
  const takers = await Promise.all(
    Array.from({ length: workers }, async (_, i) => {
      const options = { worker: `w${i}`, queues: [queue], lockMs: 90_000, onError: console.error };
      const redis = await connect();
      return { redis, taker: new PieceTaker(packages, redis, options) };
    }),
  );
  const started = performance.now();
  const isOver = (): boolean => performance.now() - started > 1000 * runSec;
  await Promise.all(
    takers.map(async ({ taker }) => {
      // Workers of a farm do not start at the same moment.
      await sleep(Math.random() * sleepMs);
      while (!isOver()) {
        const began = performance.now();
        const piece = await taker.take();
        if (!piece) throw new Error("there are too few pieces for this measurement");
        const taken = performance.now();
        await sleep(sleepMs);
        const slept = performance.now();
        await piece.done();
        take.push(taken - began);
        end.push(performance.now() - slept);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  for (const { taker, redis } of takers) {
    await taker.close();
    redis.disconnect();
  }
  return { workers, finished: end.length, seconds, take, end };
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? Number.NaN;
}

await using server = await startRedis();
const packages = await loadQueuePackages();
const connect = (): Promise<Redis> => connectForever(packages, server.address);
const redis = await connect();
const queues = new PieceQueues(packages, redis);
const before = await usedBytes(redis);
const filling = performance.now();
await queues.add(
  queue,
  film,
  Array.from({ length: pieces }, (_, i) => pieceOf(i)),
);
const fillSec = (performance.now() - filling) / 1000;
const perPiece = ((await usedBytes(redis)) - before) / pieces;
console.log(
  `${availableParallelism()} cores, Node ${process.version}, one process for all workers beside Redis`,
);
console.log(
  `${pieces} pieces: ${(pieces / fillSec).toFixed(0)} a second added, ${perPiece.toFixed(0)} bytes of Redis each\n`,
);
console.log(
  "| workers | sleep, s | pieces a second | as many as real workers | take, ms (95 %) | finish, ms (95 %) | of two minutes | commands a piece | Redis CPU, ms a piece |",
);
console.log("|---|---|---|---|---|---|---|---|---|");
// Without a pause, to find the limit; and with one, to find what a worker waits.
for (const workers of counts)
  for (const sleepMs of [0, 1000]) {
    const start = await commands(redis);
    const { finished, seconds, take, end } = await run(packages, connect, workers, sleepMs);
    const now = await commands(redis);
    const rate = finished / seconds;
    const lost = (quantile(take, 0.5) + quantile(end, 0.5)) / 1000 / pieceSec;
    const span = (values: readonly number[]): string =>
      `${quantile(values, 0.5).toFixed(1)} (${quantile(values, 0.95).toFixed(1)})`;
    const cells = [
      workers,
      (sleepMs / 1000).toString(),
      rate.toFixed(0),
      (rate * pieceSec).toFixed(0),
      span(take),
      span(end),
      `${(100 * lost).toFixed(3)} %`,
      ((now.count - start.count) / finished).toFixed(1),
      ((1000 * (now.cpuSec - start.cpuSec)) / finished).toFixed(2),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
await queues.close();
redis.disconnect();
