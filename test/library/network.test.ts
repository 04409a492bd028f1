import { copyFile, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Frame } from "../../src/frame.ts";
import { loadNetwork } from "../../src/library/load-network.ts";
import { type LoadedNetwork, networkOn, type PictureOptions } from "../../src/library/network.ts";
import { cachedPath, markOf } from "../../src/models/cache.ts";
import { findEntry } from "../../src/models/catalogue.ts";
import type { Engine } from "../../src/runtime/engine.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { countingEngine } from "../helpers/counting-engine.ts";
import { temporaryFolder } from "../helpers/media.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let net: LoadedNetwork;
beforeAll(async () => {
  folder = await temporaryFolder();
  net = networkOn(createOrtEngine("cpu"), tinyNetwork(3));
});
afterAll(async () => {
  await net.dispose();
  await folder.remove();
});

const quick: PictureOptions = { layers: { high: 1 }, octaves: 2, iterations: 2, jitter: 4 };
const [small, large] = [randomFrame(1, 24, 32), randomFrame(2, 40, 56)];
const difference = (a: Frame, b: Frame): number =>
  a.data.reduce((sum, v, i) => sum + Math.abs(v - b.data[i]!), 0) / a.data.length;

/** The CPU engine, and the number of graphs that it has compiled. */
function compilingEngine(): { engine: Engine; compiled: () => number } {
  const cpu = createOrtEngine("cpu");
  let count = 0;
  const counted = <T>(session: T): T => {
    count++;
    return session;
  };
  const engine: Engine = {
    ...cpu,
    load: (...args) => counted(cpu.load(...args)),
    loadOnDevice: (...args) => counted(cpu.loadOnDevice(...args)),
  };
  return { engine, compiled: () => count };
}

describe("a picture", () => {
  test("is the same at every call, also after another size", async () => {
    const first = await net.dream(small, quick);
    expect([first.height, first.width]).toEqual([24, 32]);
    const other = await net.dream(large, quick);
    expect([other.height, other.width]).toEqual([40, 56]);
    expect(await net.dream(small, quick)).toEqual(first);
    await using fresh = networkOn(createOrtEngine("cpu"), tinyNetwork(3));
    expect(await fresh.dream(large, quick)).toEqual(other);
  });

  test("is the same during parallel calls", async () => {
    const alone = [await net.dream(small, quick), await net.dream(large, quick)];
    expect(await Promise.all([net.dream(small, quick), net.dream(large, quick)])).toEqual(alone);
  });

  test.each<[string, PictureOptions]>([
    ["seed", { seed: 2 }],
    ["mix", { mix: 0.5 }],
    ["color.match", { color: { match: "off" } }],
    ["color.saturation", { color: { saturation: 0 } }],
    ["layers", { layers: { low: 1 } }],
  ])("changes with %s", async (_, options) => {
    const plain = await net.dream(small, quick);
    expect(difference(plain, await net.dream(small, { ...quick, ...options }))).toBeGreaterThan(
      1e-4,
    );
  });

  test("is mixed with the given one, which is not changed", async () => {
    const before = { ...small, data: small.data.slice() };
    const none = await net.dream(small, { ...quick, mix: 0 });
    expect(none).toEqual(before);
    none.data.fill(0);
    const [whole, half] = [
      await net.dream(small, quick),
      await net.dream(small, { ...quick, mix: 0.5 }),
    ];
    const mean = small.data.map((v, i) => (v + whole.data[i]!) / 2);
    expect(difference(half, { ...small, data: mean })).toBeLessThan(1e-6);
    expect(small).toEqual(before);
  });

  test("leaves no tensors on the device", async () => {
    const engine = countingEngine();
    await using strict = networkOn(engine, tinyNetwork(3));
    const dreamed = await strict.dream(small, { ...quick, mix: 0.5 });
    expect(engine.openTensors).toBe(0);
    expect(dreamed.data.every((v) => v >= 0 && v <= 1)).toBe(true);
  });
});

test("graphs are compiled once per size", async () => {
  const { engine, compiled } = compilingEngine();
  await using own = networkOn(engine, tinyNetwork(3));
  await own.dream(small, quick);
  const { gradient } = await own.gradient(small, { layers: { high: 1 } });
  const first = compiled();
  await own.dream(small, { ...quick, seed: 9 });
  expect((await own.gradient(small, { layers: { high: 1 } })).gradient).toEqual(gradient);
  expect(compiled()).toBe(first);
  const other = await own.gradient(large, { layers: { high: 1 } });
  expect(other.gradient).toHaveLength(large.data.length);
  expect(compiled()).toBe(first + 1);
  expect((await own.gradient(small, { layers: { high: 1 } })).gradient).toEqual(gradient);
});

describe("a call is refused", () => {
  test.each<[string, Frame, PictureOptions, string]>([
    ["a frame whose size does not match its data", { ...small, width: 31 }, {}, "SHAPE_MISMATCH"],
    ["an empty frame", { data: new Float32Array(0), width: 0, height: 0 }, {}, "SHAPE_MISMATCH"],
    ["a mix beyond 1", small, { mix: 1.5 }, "USAGE"],
    ["an unknown layer", small, { layers: { hihg: 1 } }, "SCENE_UNKNOWN_LAYER"],
  ])("for %s", async (_, frame, options, code) => {
    await expect(net.dream(frame, options)).rejects.toMatchObject({ code });
  });

  test("after the network is disposed, which waits for earlier calls", async () => {
    const own = networkOn(createOrtEngine("cpu"), tinyNetwork(3));
    const running = own.dream(small, quick);
    await own.dispose();
    expect(difference(await running, small)).toBeGreaterThan(0);
    await expect(own.dream(small)).rejects.toMatchObject({ code: "USAGE" });
    await expect(own.gradient(small, { layers: { low: 1 } })).rejects.toMatchObject({
      code: "USAGE",
    });
    await own.dispose();
  });
});

describe("a signal", () => {
  const reason = new Error("enough");

  test("stops a dream within one step, and the network can still be used", async () => {
    const before = await net.dream(small, quick);
    const stop = new AbortController();
    let firedAt = 0;
    setTimeout(() => {
      firedAt = performance.now();
      stop.abort(reason);
    }, 300);
    // Minutes of steps of about a millisecond.
    const long = net.dream(small, { ...quick, iterations: 1e5, signal: stop.signal });
    await expect(long).rejects.toMatchObject({ code: "INTERRUPTED", cause: reason });
    expect(performance.now() - firedAt).toBeLessThan(1000);
    expect(await net.dream(small, quick)).toEqual(before);
  });

  test("that has already fired stops every call before it begins", async () => {
    const signal = AbortSignal.abort(reason);
    const stopped = { code: "INTERRUPTED", cause: reason };
    await expect(loadNetwork("pocket", { signal })).rejects.toMatchObject(stopped);
    await expect(net.dream(small, { signal })).rejects.toMatchObject(stopped);
    const gradient = net.gradient(small, { layers: { low: 1 } }, { signal });
    await expect(gradient).rejects.toMatchObject(stopped);
  });
});

test("a network of the catalogue is loaded by its name after its download", async () => {
  process.env.DREAMREEL_CACHE = join(folder.path, "cache");
  try {
    await expect(loadNetwork("googlenet")).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
    // Another network in its place, marked as verified.
    const entry = await findEntry("googlenet");
    const path = cachedPath(entry);
    await mkdir(join(folder.path, "cache"));
    await copyFile(join(import.meta.dirname, "../../models/pocket.onnx"), path);
    const { size, mtimeMs } = await stat(path);
    await writeFile(markOf(path), `${entry.sha256} ${size} ${mtimeMs}`);
    await using network = await loadNetwork("googlenet", { engine: "cpu" });
    expect(network.name).toBe("googlenet");
    expect(network.labels).toHaveLength(1000);
  } finally {
    delete process.env.DREAMREEL_CACHE;
  }
});
