import { afterAll, describe, expect, test } from "vitest";
import { type Homography, type Motion, motionHomography } from "../../src/flow/motion.ts";
import { createFrame, type Frame } from "../../src/frame.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { noMotion, warpFrame } from "../helpers/carry.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());

const [height, width] = [54, 96];

/** A smooth picture as a function of position, so that its warped version is known exactly. */
const scenery = (x: number, y: number): number =>
  0.5 + 0.2 * Math.sin(x / 7) + 0.2 * Math.cos(y / 9 + x / 23);

function paint(f: (x: number, y: number) => number): Frame {
  const frame = createFrame(height, width);
  for (let i = 0; i < frame.data.length; i++)
    frame.data[i] = f(i % width, Math.floor(i / width) % height);
  return frame;
}

/** Largest difference away from the border. */
function worst(a: Frame, b: Frame, margin = 8): number {
  let max = 0;
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    if (x < margin || y < margin || x >= width - margin || y >= height - margin) continue;
    max = Math.max(max, Math.abs(a.data[i]! - b.data[i]!));
  }
  return max;
}

describe("warping by motion", () => {
  test("has no effect for no motion", async () => {
    const frame = paint(scenery);
    const warped = await warpFrame(engine, frame, motionHomography(noMotion, 24, height, width));
    expect(worst(warped, frame, 0)).toBeLessThan(1e-5);
  });

  test("zooms about the centre by the factor per second", async () => {
    const warped = await warpFrame(
      engine,
      paint(scenery),
      motionHomography({ ...noMotion, zoom: 1.5 }, 1, height, width),
    );
    const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
    expect(
      worst(
        warped,
        paint((x, y) => scenery(cx + (x - cx) / 1.5, cy + (y - cy) / 1.5)),
      ),
    ).toBeLessThan(0.01);
  });

  test("pans by fractions of the width, to the right and down", async () => {
    const warped = await warpFrame(
      engine,
      paint(scenery),
      motionHomography({ ...noMotion, pan: [0.05, 0.02] }, 1, height, width),
    );
    expect(
      worst(
        warped,
        paint((x, y) => scenery(x - 0.05 * width, y - 0.02 * width)),
      ),
    ).toBeLessThan(0.01);
  });

  test("rotates clockwise", async () => {
    const warped = await warpFrame(
      engine,
      paint(scenery),
      motionHomography({ ...noMotion, rotate: 10 }, 1, height, width),
    );
    const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
    const [cos, sin] = [Math.cos(Math.PI / 18), Math.sin(Math.PI / 18)];
    // On screen y points down, so a point on the right moves down.
    const expected = paint((x, y) =>
      scenery(cx + cos * (x - cx) + sin * (y - cy), cy - sin * (x - cx) + cos * (y - cy)),
    );
    expect(worst(warped, expected)).toBeLessThan(0.01);
  });

  test("keeps the centre of motion fixed", () => {
    const [a, b, c, d, e, f] = motionHomography(
      { ...noMotion, zoom: 2, rotate: 33, center: [0.25, 0.75] },
      5,
      height,
      width,
    );
    const [x, y] = [0.25 * width - 0.5, 0.75 * height - 0.5];
    expect([a * x + b * y + c, d * x + e * y + f]).toEqual([
      expect.closeTo(x, 6),
      expect.closeTo(y, 6),
    ]);
  });

  test("gives the same motion per second at any frame rate", () => {
    const motion = {
      zoom: 1.7,
      rotate: 20,
      tilt: 0,
      turn: 0,
      fov: 60,
      pan: [0, 0],
      center: [0.3, 0.6],
    } as const;
    const compose = (fps: number): number[] => {
      let [x, y] = [10, 40];
      const [a, b, c, d, e, f] = motionHomography(motion, fps, height, width);
      for (let i = 0; i < fps; i++) [x, y] = [a * x + b * y + c, d * x + e * y + f];
      return [x, y];
    };
    expect(compose(60)).toEqual(compose(5).map((v) => expect.closeTo(v, 6)));
  });

  test("mirrors the edges: a flat frame stays flat after zooming out", async () => {
    const warped = await warpFrame(
      engine,
      paint(() => 0.37),
      motionHomography({ ...noMotion, zoom: 0.5 }, 1, height, width),
    );
    expect(Math.max(...warped.data.map((v) => Math.abs(v - 0.37)))).toBeLessThan(1e-5);
  });

  test("keeps the mean over a hundred small zooms", async () => {
    let frame = paint(scenery);
    const affine = motionHomography({ ...noMotion, zoom: 1.0001 }, 1, height, width);
    const mean = (f: Frame): number => f.data.reduce((a, b) => a + b, 0) / f.data.length;
    const before = mean(frame);
    for (let i = 0; i < 100; i++) frame = await warpFrame(engine, frame, affine);
    expect(Math.abs(mean(frame) - before)).toBeLessThan(0.003);
  });
});

/** The geometric projection of a point on a plane that turns in `steps` small steps before a camera. */
function project(
  [x, y]: readonly [number, number],
  { tilt, turn, fov }: { tilt: number; turn: number; fov: number },
  steps: number,
): [number, number] {
  const focal = width / (2 * Math.tan((fov * Math.PI) / 360));
  const [alpha, beta] = [tilt, turn].map((degrees) => (degrees * Math.PI) / 180 / steps);
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  let [u, v] = [x - cx, y - cy];
  for (let i = 0; i < steps; i++) {
    const turned = { x: u * Math.cos(beta!), z: u * Math.sin(beta!) };
    const tilted = {
      y: v * Math.cos(alpha!) + turned.z * Math.sin(alpha!),
      z: turned.z * Math.cos(alpha!) - v * Math.sin(alpha!),
    };
    const near = focal / (focal + tilted.z);
    [u, v] = [turned.x * near, tilted.y * near];
  }
  return [u + cx, v + cy];
}

describe("motion in space", () => {
  const space = { ...noMotion, tilt: 18, turn: -11, fov: 70 };
  const apply = (map: Homography, [x, y]: readonly [number, number]): [number, number] => {
    const [a, b, c, d, e, f, g, h, i] = map;
    const depth = g * x + h * y + i;
    return [(a * x + b * y + c) / depth, (d * x + e * y + f) / depth];
  };

  test.each([
    [0, 0],
    [80, 10],
    [30, 50],
  ] as const)("projects the point %i, %i of a turning plane", (x, y) => {
    const moved = project([x, y], space, 20_000);
    const back = apply(motionHomography(space, 1, height, width), moved);
    expect(back).toEqual([expect.closeTo(x, 2), expect.closeTo(y, 2)]);
  });

  test("moves the top edge away with tilt, and the right edge away with turn", () => {
    const widthAt = (motion: Motion, y: number): number => {
      const map = motionHomography(motion, 1, height, width);
      return apply(map, [width - 1, y])[0] - apply(map, [0, y])[0];
    };
    // More of the previous picture is visible where it is farther away.
    expect(widthAt({ ...noMotion, tilt: 20 }, 0)).toBeGreaterThan(1.05 * (width - 1));
    expect(widthAt({ ...noMotion, tilt: 20 }, height - 1)).toBeLessThan(0.96 * (width - 1));
    const map = motionHomography({ ...noMotion, turn: 20 }, 1, height, width);
    const tall = (x: number): number => apply(map, [x, height - 1])[1] - apply(map, [x, 0])[1];
    expect(tall(width - 1)).toBeGreaterThan(1.1 * tall(0));
  });

  test("gives the same motion per second at any frame rate, with zoom and rotation", () => {
    const motion = { ...space, zoom: 1.7, rotate: 20, center: [0.3, 0.6] } as const;
    const compose = (fps: number): [number, number] => {
      const map = motionHomography(motion, fps, height, width);
      let point: [number, number] = [10, 40];
      for (let i = 0; i < fps; i++) point = apply(map, point);
      return point;
    };
    const [x, y] = compose(5);
    expect(compose(60)).toEqual([expect.closeTo(x, 6), expect.closeTo(y, 6)]);
  });

  test("keeps its centre fixed", () => {
    const motion = { ...space, zoom: 1.4, center: [0.25, 0.75] } as const;
    const centre = [0.25 * width - 0.5, 0.75 * height - 0.5] as const;
    const [x, y] = apply(motionHomography(motion, 5, height, width), centre);
    expect([x, y]).toEqual([expect.closeTo(centre[0], 6), expect.closeTo(centre[1], 6)]);
  });

  test("resamples once at the positions of the map", async () => {
    const map = motionHomography({ ...space, zoom: 1.3 }, 1, height, width);
    const expected = paint((x, y) => scenery(...apply(map, [x, y])));
    expect(worst(await warpFrame(engine, paint(scenery), map), expected)).toBeLessThan(0.01);
  });

  test("is finite for points behind the camera", async () => {
    const map = motionHomography({ ...noMotion, tilt: 900, fov: 160 }, 1, height, width);
    const { data } = await warpFrame(engine, paint(scenery), map);
    expect(data.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});

describe("beyond the edges of a moved picture", () => {
  /** Ten pixels to the right, so that the left ones come from outside. */
  const map = motionHomography({ ...noMotion, pan: [10 / width, 0] }, 1, height, width);
  const ramp = paint((x) => x / width);
  const at = async (border: "mirror" | "replicate" | "wrap", x: number): Promise<number> => {
    const moved = await warpFrame(engine, ramp, map, undefined, [0, 1], border);
    return moved.data[20 * width + x]! * width;
  };

  test("mirror shows the mirror image", async () => {
    expect(await at("mirror", 3)).toBeCloseTo(6, 0);
  });

  test("replicate repeats the edge", async () => {
    expect(await at("replicate", 3)).toBeCloseTo(0, 1);
  });

  test("wrap shows the opposite side, without a seam in a periodic picture", async () => {
    expect(await at("wrap", 3)).toBeCloseTo(width - 7, 0);
    const round = (x: number, y: number): number =>
      0.5 +
      0.2 * Math.sin((2 * Math.PI * 3 * x) / width) +
      0.2 * Math.cos((2 * Math.PI * y) / height);
    const turned = motionHomography(
      { ...noMotion, pan: [10.4 / width, 7.7 / width] },
      1,
      height,
      width,
    );
    const moved = await warpFrame(engine, paint(round), turned, undefined, [0, 1], "wrap");
    expect(
      worst(
        moved,
        paint((x, y) => round(x - 10.4, y - 7.7)),
        0,
      ),
    ).toBeLessThan(0.004);
  });
});
