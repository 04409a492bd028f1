import { afterAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { SessionCache } from "../../src/runtime/session-cache.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

/** An object that records whether it was disposed. */
class Thing {
  disposed = 0;
  async dispose(): Promise<void> {
    this.disposed++;
  }
}

const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe("a cache of sessions", () => {
  test("keeps the latest, and disposes each of the others once", async () => {
    const cache = new SessionCache<Thing>(2);
    const made: Thing[] = [];
    const make = async (): Promise<Thing> => {
      made.push(new Thing());
      return made.at(-1)!;
    };
    for (const key of ["a", "b", "a", "c", "a", "b"]) await cache.use(key, make, moment);
    // b was evicted for c, and c for b, because a was used later than either.
    expect(made.map(({ disposed }) => disposed)).toEqual([0, 1, 1, 0]);
    await cache.dispose();
    expect(made.map(({ disposed }) => disposed)).toEqual([1, 1, 1, 1]);
  });

  test("disposes no session in use, even if there are more than it keeps", async () => {
    const cache = new SessionCache<Thing>(2);
    const made: Thing[] = [];
    const use = (i: number): Promise<void> =>
      cache.use(
        `${i}`,
        async () => {
          await moment();
          made.push(new Thing());
          return made.at(-1)!;
        },
        async (thing) => {
          for (let n = 0; n < 5; n++) {
            await moment();
            expect(thing.disposed).toBe(0);
          }
        },
      );
    await Promise.all(Array.from({ length: 9 }, (_, i) => use(i)));
    await use(10);
    expect(made.filter(({ disposed }) => disposed === 0)).toHaveLength(2);
  });

  test("finishes running work before it is disposed", async () => {
    const cache = new SessionCache<Thing>(2);
    const thing = new Thing();
    let seen = -1;
    const work = cache.use(
      "a",
      async () => thing,
      async () => {
        await moment();
        seen = thing.disposed;
      },
    );
    await moment();
    await cache.dispose();
    await work;
    expect([seen, thing.disposed]).toEqual([0, 1]);
  });

  test("does not keep a failure", async () => {
    const cache = new SessionCache<Thing>(2);
    const fail = async (): Promise<Thing> => Promise.reject(new Error("not now"));
    await expect(cache.use("a", fail, moment)).rejects.toThrow("not now");
    await expect(
      cache.use(
        "a",
        async () => new Thing(),
        () => "made",
      ),
    ).resolves.toBe("made");
  });
});

describe("one network", () => {
  const engine = createOrtEngine("cpu");
  afterAll(() => engine.dispose());

  test("dreams pictures of many sizes in parallel with the same result as one by one", async () => {
    const dreamer = new Dreamer(tinyNetwork(3), engine);
    const settings = dreamer.settings({
      layers: { low: 1 },
      ...{ octaves: 4, octaveScale: 1.3, iterations: 2, jitter: 0, laplacian: 0 },
    });
    const frames = Array.from({ length: 20 }, (_, i) => randomFrame(i, 20 + 3 * i, 24));
    const dream = async (i: number): Promise<Float32Array> =>
      (await dreamer.dream(frames[i]!, settings, 1)).frame.data;
    const atOnce = await Promise.all(frames.map((_, i) => dream(i)));
    for (const [i, data] of atOnce.entries())
      expect(Buffer.from(data.buffer).equals(Buffer.from((await dream(i)).buffer))).toBe(true);
  });
});
