import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import type { DreamOptions } from "../../src/dream/settings.ts";
import { TargetFinder } from "../../src/dream/targets.ts";
import { bytesPerPixel, type TileNeeds, tileSize } from "../../src/dream/tile-size.ts";
import { TiledGradients } from "../../src/dream/tiled-gradient.ts";
import { cutTile, layOutTiles, pasteTile, smallestTile } from "../../src/dream/tiles.ts";
import type { Frame } from "../../src/frame.ts";
import { fractalNoise } from "../../src/image/noise.ts";
import { openNetwork } from "../../src/models/open.ts";
import type { Engine } from "../../src/runtime/engine.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());

describe("tiles", () => {
  const sizes = {
    height: fc.integer({ min: 1, max: 700 }),
    width: fc.integer({ min: 1, max: 700 }),
    window: fc.integer({ min: 64, max: 320 }),
    jitter: fc.integer({ min: 0, max: 512 }),
    shift: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
  };

  test("assign every pixel to one tile, within its window and with context around it", () => {
    fc.assert(
      fc.property(fc.record(sizes), ({ height, width, window, jitter, shift }) => {
        const by = Math.round(shift * jitter);
        const tiles = layOutTiles(height, width, window, jitter, { x: by, y: -by });
        let area = 0;
        for (const { x, y, left, top, right, bottom } of tiles) {
          expect(right).toBeGreaterThan(left);
          expect(bottom).toBeGreaterThan(top);
          area += (right - left) * (bottom - top);
          expect(left).toBeGreaterThanOrEqual(x);
          expect(right).toBeLessThanOrEqual(x + window);
          const around = Math.min(72, window >> 2) - 1;
          if (left > 0) expect(left - x).toBeGreaterThanOrEqual(around);
          if (right < width) expect(x + window - right).toBeGreaterThanOrEqual(around);
          if (top > 0) expect(top - y).toBeGreaterThanOrEqual(around);
        }
        expect(area).toBe(height * width);
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  test("that are cut and pasted give the same picture", () => {
    const { data } = randomFrame(3, 70, 150);
    const back = new Float32Array(data.length);
    for (const tile of layOutTiles(70, 150, 64, 8, { x: -4, y: 3 }))
      pasteTile(cutTile(data, 70, 150, tile, 64), back, 70, 150, tile, 64);
    expect(back).toEqual(data);
  });

  test("are mirrored beyond the edges of the picture", () => {
    const data = Float32Array.from({ length: 3 * 4 }, (_, i) => i);
    const tile = { x: -2, y: 0, left: 0, top: 0, right: 4, bottom: 1 };
    expect([...cutTile(data, 1, 4, tile, 8)].slice(0, 8)).toEqual([2, 1, 0, 1, 2, 3, 2, 1]);
  });
});

describe("a picture dreamed in tiles", () => {
  const base: DreamOptions = { octaves: 1, iterations: 3, stepSize: 2, laplacian: 0, smoothing: 0 };

  test("equals the one dreamed as a whole, if receptive fields are smaller than the context", async () => {
    const dreamer = new Dreamer(tinyNetwork(3), engine);
    const frame = randomFrame(9, 100, 230);
    const cases: [DreamOptions, number][] = [
      [{ ...base, layers: { low: 1 } }, 0.01],
      [{ ...base, layers: { high: 1 } }, 0.01],
      [{ ...base, layers: { high: 1 }, laplacian: 2, smoothing: 1 }, 0.01],
      // Several targets are balanced by the objectives of the previous step, and of overlapping tiles.
      [{ ...base, layers: { low: 1, "low:2": -0.3 } }, 0.15],
    ];
    /** Mean difference away from the edges, which are mirrored in one and padded in the other. */
    const difference = (a: Frame, b: Frame): number => {
      const inside = [...a.data.keys()].filter(
        (i) =>
          i % 230 > 12 &&
          i % 230 < 218 &&
          Math.floor(i / 230) % 100 > 12 &&
          Math.floor(i / 230) % 100 < 88,
      );
      return inside.reduce((sum, i) => sum + Math.abs(a.data[i]! - b.data[i]!), 0) / inside.length;
    };
    for (const [options, allowed] of cases) {
      const dream = async (tile: "off" | number): Promise<Frame> =>
        (await dreamer.dream(frame, dreamer.settings({ ...options, jitter: 0, tile }), 1)).frame;
      const whole = await dream("off");
      expect(difference(await dream(80), whole)).toBeLessThan(allowed * difference(whole, frame));
    }
  });

  // The receptive field of creatures2 is 426 px, and the tiles that `auto` selects are at least as large.
  test.each([
    { layer: "edges", width: 640, height: 416, tile: 256 },
    { layer: "patterns2", width: 640, height: 416, tile: 256 },
    { layer: "motifs3", width: 640, height: 416, tile: 256 },
    { layer: "creatures2", width: 832, height: 576, tile: 448 },
  ])("has the same gradient of $layer at tile borders as elsewhere", async (given) => {
    const { layer, width, height, tile } = given;
    const dreamer = new Dreamer(await openNetwork({ name: "pocket" }), engine);
    const jitter = 0;
    const borders = layOutTiles(height, width, tile, jitter, { x: 0, y: 0 });
    const near = (v: number, key: "left" | "top"): boolean =>
      borders.some((one) => one[key] > 0 && Math.abs(v - one[key]) <= 6);
    const ratio = async (layers: Record<string, number>, how: "off" | number): Promise<number> => {
      const frame = fractalNoise({ seed: 2, scale: 5, width, height });
      const settings = dreamer.settings({ ...base, iterations: 1, layers, jitter, tile: how });
      const { frame: out } = await dreamer.dream(frame, settings, 1);
      const [sums, seen] = [
        [0, 0],
        [0, 0],
      ];
      for (const [i, value] of out.data.entries()) {
        const [x, y] = [i % width, Math.floor(i / width) % height];
        const at = Number(near(x, "left") || near(y, "top"));
        sums[at]! += (value - frame.data[i]!) ** 2;
        seen[at]!++;
      }
      return sums[1]! / seen[1]! / (sums[0]! / seen[0]!);
    };
    const [tiled, whole] = [await ratio({ [layer]: 1 }, tile), await ratio({ [layer]: 1 }, "off")];
    expect(Math.abs(tiled / whole - 1)).toBeLessThan(0.02);
  });

  test("is dreamed everywhere, even if the jitter is large and the tiles are minimal", async () => {
    const dreamer = new Dreamer(await openNetwork({ name: "pocket" }), engine);
    const frame = randomFrame(2, 90, 110);
    const layers = { creatures2: 1 };
    const settings = dreamer.settings({ ...base, layers, jitter: 80, tile: smallestTile });
    const { frame: dreamed } = await dreamer.dream(frame, settings, 3);
    const moved = dreamed.data.filter((value, i) => value !== frame.data[i]);
    expect(moved.length).toBeGreaterThan(0.95 * frame.data.length);
  });

  test("depends only on the seed", async () => {
    const dreamer = new Dreamer(tinyNetwork(3), engine);
    const frame = randomFrame(4, 90, 130);
    const settings = dreamer.settings({ ...base, layers: { low: 1 }, jitter: 9, tile: 64 });
    const [one, two] = [
      await dreamer.dream(frame, settings, 5),
      await dreamer.dream(frame, settings, 5),
    ];
    expect(one.frame.data).toEqual(two.frame.data);
  });
});

describe("the memory of compiled tiles", () => {
  test("is released on request, but not during a gradient, which then is the same again", async () => {
    let disposed = 0;
    const counting: Engine = {
      ...engine,
      load: async (graph) => {
        const session = await engine.load(graph);
        return {
          run: session.run,
          dispose: async () => {
            disposed++;
            await session.dispose();
          },
        };
      },
    };
    const network = tinyNetwork(3);
    const gradients = new TiledGradients(network, counting);
    const targets = new TargetFinder(network).find({ layers: ["high"], classes: [] });
    const [height, width] = [90, 130];
    const { data } = randomFrame(4, height, width);
    const shape = { height, width, side: 64, jitter: 0 };
    const gradientOf = gradients.of(targets, [1], shape, () => 0);
    const gradient = (): ReturnType<typeof gradientOf> =>
      gradientOf({ type: "float32", dims: [1, 3, height, width], data }, undefined);
    const running = gradient();
    await gradients.releaseMemory();
    expect(disposed).toBe(0);
    const first = await running;
    await gradients.releaseMemory();
    expect(disposed).toBe(1);
    expect(await gradient()).toEqual(first);
    await gradients.dispose();
    expect(disposed).toBe(2);
  });
});

describe("the size of tiles", () => {
  test("is set by memory alone, the same on every machine; as given; or none", () => {
    const needs = (bytes: number, field = 90): TileNeeds => ({ bytes, field });
    expect(tileSize("auto", needs(900), 540, 960)).toBeUndefined();
    expect(tileSize("auto", needs(900), 2160, 3840)).toBe(640);
    expect(tileSize("auto", needs(3000), 2160, 3840)).toBe(352);
    expect(tileSize("auto", needs(9000), 2160, 3840)).toBe(224);
    expect(tileSize(400, needs(900), 54, 96)).toBe(400);
    expect(tileSize("off", needs(1e9), 2160, 3840)).toBeUndefined();
    // As large as the receptive field, within the memory limit of a whole picture.
    expect(tileSize("auto", needs(3000, 426), 2160, 3840)).toBe(448);
    expect(tileSize("auto", needs(3000, 900), 2160, 3840)).toBe(576);
    expect(tileSize(256, needs(3000, 426), 2160, 3840)).toBe(256);
  });

  test("set automatically covers the receptive field of every layer of the bundled network", async () => {
    const network = await openNetwork({ name: "pocket" });
    const dreamer = new Dreamer(network, engine);
    for (const { name, receptiveField = 0 } of network.layers.filter(({ stride }) => stride > 0)) {
      const side = dreamer.needs.tileUsed(dreamer.settings({ layers: { [name]: 1 } }), 2160, 3840);
      expect(side, name).toBeGreaterThanOrEqual(receptiveField);
    }
  });

  test.each([
    [
      "smaller than a layer's receptive field",
      { creatures2: 1, edges: 1 },
      256,
      { layer: "creatures2", field: 426 },
    ],
    ["as large as that", { creatures2: 1 }, 448, undefined],
    ["larger than all receptive fields", { edges: 1 }, 64, undefined],
    ["set automatically", { creatures3: 1 }, "auto" as const, undefined],
  ])("%s is detected", async (_, layers, tile, wide) => {
    const dreamer = new Dreamer(await openNetwork({ name: "pocket" }), engine);
    const settings = dreamer.settings({ layers, tile });
    expect(dreamer.needs.cutOff(settings, 540, 960)).toEqual(wide);
    // A picture no larger than a tile is not cut.
    expect(dreamer.needs.cutOff(settings, 60, 60)).toBeUndefined();
  });

  test.each([smallestTile - 1, 64.5, -1, Number.NaN])("cannot be %s px", (tile) => {
    const dreamer = new Dreamer(tinyNetwork(3), engine);
    expect(() => dreamer.settings({ tile })).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message: expect.stringContaining(`${tile} px`),
        hint: expect.stringContaining(`at least ${smallestTile}`),
      }),
    );
  });

  test("has the same minimum in a scene", () => {
    const scene = (tile: number): unknown =>
      parseScene(`source: { noise: {} }\nduration: 1f\ndream: { tile: ${tile} }`, { path: "x" });
    expect(() => scene(smallestTile)).not.toThrow();
    expect(() => scene(smallestTile - 1)).toThrow(
      expect.objectContaining({ code: "SCENE_INVALID", message: expect.stringMatching(/64/) }),
    );
  });

  test("deeper layers need more memory per pixel", async () => {
    const network = await openNetwork({ name: "pocket" });
    const bytes = ["edges", "patterns2", "creatures2"].map((key) =>
      bytesPerPixel(network, [{ type: "layer", key, value: key }]),
    );
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
    expect(bytes[0]).toBeGreaterThan(200);
    // Measured for a gradient of 672×392 px at motifs3: 1,530 bytes per pixel without kernels.
    expect(bytes[2]).toBeGreaterThan(1500);
    expect(bytes[2]).toBeLessThan(2000);
  });
});
