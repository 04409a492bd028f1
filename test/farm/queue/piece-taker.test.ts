import { setTimeout as wait } from "node:timers/promises";
import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { queueOf, queuesFor } from "../../../src/farm/queue/names.ts";
import { loadQueuePackages, type QueuePackages } from "../../../src/farm/queue/packages.ts";
import { PieceQueues } from "../../../src/farm/queue/piece-queues.ts";
import { PieceTaker } from "../../../src/farm/queue/piece-taker.ts";
import { connectForever } from "../../../src/farm/queue/redis.ts";
import type { FarmFilm, Piece } from "../../../src/farm/share/film.ts";
import { noRedis, startRedis, type TestRedis } from "../../helpers/redis.ts";

const film = (id: string, priority = 0, tags: string[] = []): FarmFilm => ({
  ...{ format: 1, id, name: id, version: "0.1.0", keysVersion: 8, runtime: "1.30.0" },
  ...{ submitted: "2026-01-01", by: "me@here", priority, tags, preview: false, inputs: [] },
  scenes: [
    {
      ...{ file: "a.yaml", output: "a.mp4", engine: "cpu", frames: 4, pieceFrames: 2 },
      size: { width: 64, height: 36 },
    },
  ],
});
const piece = (key: string, chain?: string): Piece => ({
  ...{ key, kind: "frames", scene: 0, shot: 0, from: 0, to: 1, frames: 2, after: [], chain },
});

describe.skipIf(noRedis)("the queues of pieces", () => {
  let server: TestRedis;
  let packages: QueuePackages;
  let redis: Redis;
  let queues: PieceQueues;
  const open: PieceTaker[] = [];
  const taker = (worker: string, lockMs = 60_000, tags: string[] = []): PieceTaker => {
    const version = { engine: "cpu", keysVersion: 8, runtime: "1.30.0" } as const;
    const made = new PieceTaker(packages, redis, {
      ...{ worker, lockMs, onError: () => {} },
      queues: queuesFor({ ...version, fingerprint: "cpu-1", tags }),
    });
    open.push(made);
    return made;
  };
  const add = (of: FarmFilm, ...pieces: Piece[]): Promise<void> =>
    queues.add(queueOf(of, pieces[0]!), of, pieces);

  beforeAll(async () => {
    packages = await loadQueuePackages();
    server = await startRedis();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    redis = await connectForever(packages, server.address);
    await redis.flushall();
    queues = new PieceQueues(packages, redis);
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
    await queues.close();
    redis.disconnect();
  });

  test("give each piece once, however often it was added", async () => {
    await add(film("f"), piece("f-1"), piece("f-2"));
    await add(film("f"), piece("f-1"), piece("f-2"));
    const [a, b] = [taker("a"), taker("b")];
    const taken = [await a.take(), await b.take(), await a.take(), await b.take()];
    expect(taken.map((one) => one?.key)).toEqual(["f-1", "f-2", undefined, undefined]);
    expect(taken[0]!.film).toBe("f");
    await add(film("f"), piece("f-1"));
    await taken[0]!.done();
    expect(await a.take()).toBeUndefined();
    // Done is done: whoever finds it missing later may add it again.
    await add(film("f"), piece("f-1"));
    expect((await a.take())?.key).toBe("f-1");
  });

  test("give films of a higher priority first, and chains before other pieces", async () => {
    await add(film("low", -5), piece("low-1"));
    await add(film("mid"), piece("mid-1"), piece("mid-2", "chain"));
    await add(film("high", 5), piece("high-1"));
    const a = taker("a");
    const order: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++) order.push((await a.take())?.key);
    expect(order).toEqual(["high-1", "mid-2", "mid-1", "low-1"]);
  });

  test("compare priorities among the queues of a worker", async () => {
    await add(film("low", 0), piece("low-1"));
    await add(film("high", 9, ["gpu"]), piece("high-1"));
    await queues.add(queueOf(film("mid", 5), piece("mid-1"), "cpu-1"), film("mid", 5), [
      piece("mid-1"),
    ]);
    const a = taker("a", 60_000, ["gpu"]);
    const order: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) order.push((await a.take())?.key);
    expect(order).toEqual(["high-1", "mid-1", "low-1"]);
    await add(film("high", 9, ["gpu"]), piece("high-2"));
    expect(await taker("without").take()).toBeUndefined();
  });

  test("give a piece that was handed back at once, later, or before all others", async () => {
    await add(film("f"), piece("f-1"), piece("f-2"));
    const a = taker("a");
    const first = await a.take();
    await first!.handBack(0);
    const again = await a.take();
    expect(again!.key).toBe("f-1");
    await again!.handBack(400, true);
    const second = await a.take();
    expect(second!.key).toBe("f-2");
    await second!.handBack(0);
    expect((await a.take())!.key).toBe("f-2");
    await add(film("f", 100), piece("f-3"));
    await wait(450);
    expect((await a.take())!.key).toBe("f-1");
  });

  test("a lock that ends unrenewed is told, and the piece goes to another", async () => {
    await add(film("f"), piece("f-1"));
    const [a, b] = [taker("a", 600), taker("b", 600)];
    await b.start();
    const taken = await a.take();
    // As if this process had been stopped for longer than the lock lasts.
    const lockKey = (await redis.keys("*:f-1:lock"))[0]!;
    await wait(700);
    expect(taken!.lost.aborted, "renewed").toBe(false);
    await redis.set(lockKey, "another");
    await wait(400);
    expect(taken!.lost.aborted).toBe(true);
    await redis.del(lockKey);
    let next: Awaited<ReturnType<PieceTaker["take"]>>;
    for (let i = 0; i < 40 && !next; i++) {
      await wait(50);
      next = await b.take();
    }
    expect(next?.key).toBe("f-1");
    await taken!.done();
    await next!.done();
  });

  test("a lock is renewed for as long as the piece is held", async () => {
    await add(film("f"), piece("f-1"));
    const [a, b] = [taker("a", 400), taker("b", 400)];
    await b.start();
    const taken = await a.take();
    for (let i = 0; i < 10; i++) {
      await wait(150);
      expect(await b.take()).toBeUndefined();
    }
    expect(taken!.lost.aborted).toBe(false);
    await taken!.done();
  });
});
