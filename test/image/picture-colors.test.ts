/** Pictures with other colours than sRGB: grey profiles, and code points of PNG and AVIF. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readImage } from "../../src/image/image.ts";
import { openSource } from "../../src/video/source.ts";
import { temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** One row of samples as a PNG of 8 or 16 bits. Grey is colour type 0, with alpha 4; RGB is 2. */
function png(
  color: 0 | 2 | 4,
  depth: 8 | 16,
  samples: readonly number[],
  extra: readonly (readonly [string, Uint8Array])[] = [],
): Buffer {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length);
    const body = Buffer.concat([Buffer.from(type), data]);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(samples.length / { 0: 1, 2: 3, 4: 2 }[color], 0);
  head.writeUInt32BE(1, 4);
  head.set([depth, color], 8);
  const row = [0, ...samples.flatMap((v) => (depth === 8 ? [v] : [v >> 8, v & 255]))];
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", head),
    ...extra.map(([type, data]) => chunk(type, data)),
    chunk("IDAT", deflateSync(Buffer.from(row))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** An ICC profile, version 2, for grey with light = signal to the power of `gamma`. Source: ICC.1:2001-04. */
function greyProfile(gamma: number): Buffer {
  const white = Buffer.alloc(20);
  white.write("XYZ ");
  [0.9642, 1, 0.8249].forEach((v, i) => {
    white.writeInt32BE(Math.round(v * 65536), 8 + 4 * i);
  });
  const curve = Buffer.alloc(16);
  curve.write("curv");
  curve.writeUInt32BE(1, 8);
  curve.writeUInt16BE(Math.round(gamma * 256), 12);
  const name = Buffer.alloc(96);
  name.write("desc");
  name.writeUInt32BE(2, 8);
  name.write("g", 12);
  const tags = [
    ["wtpt", white],
    ["kTRC", curve],
    ["desc", name],
    ["cprt", Buffer.from("text\0\0\0\0free\0\0\0\0")],
  ] as const;
  const head = Buffer.alloc(128 + 4 + 12 * tags.length);
  head.writeUInt32BE(0x02400000, 8);
  head.write("mntrGRAYXYZ ", 12);
  head.write("acsp", 36);
  white.copy(head, 68, 8);
  head.writeUInt32BE(tags.length, 128);
  let end = head.length;
  tags.forEach(([tag, data], i) => {
    head.write(tag, 132 + 12 * i);
    head.writeUInt32BE(end, 136 + 12 * i);
    head.writeUInt32BE(data.length, 140 + 12 * i);
    end += data.length;
  });
  head.writeUInt32BE(end);
  return Buffer.concat([head, ...tags.map(([, data]) => data)]);
}

const profile = (gamma: number): readonly [string, Uint8Array] => [
  "iCCP",
  Buffer.concat([Buffer.from("grey\0\0"), deflateSync(greyProfile(gamma))]),
];

/** Reds, greens and blues of a row, 0..255, and the notices. */
async function read(name: string, content: Uint8Array): Promise<[number[][], string[]]> {
  const file = join(folder.path, name);
  await writeFile(file, content);
  const notices: string[] = [];
  const { data, width } = await readImage(file, undefined, (notice) => notices.push(notice));
  return [
    [0, 1, 2].map((c) => [...data.subarray(c * width, (c + 1) * width)].map((v) => v * 255)),
    notices,
  ];
}

function expectRows(rows: readonly number[][], expected: readonly number[], within: number): void {
  for (const row of rows)
    row.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!), `${row} is not ${expected}`).toBeLessThan(within);
    });
}

const srgb = (light: number): number =>
  255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);

describe.each([8, 16] as const)("grey of %d bits with a profile", (depth) => {
  const most = 2 ** depth - 1;
  const values = [0.08, 0.46, 0.91, 1].map((share) => Math.round(share * most));

  test.each([1, 1.8, 2.6])("with gamma %d has the brightness of the profile", async (gamma) => {
    const [rows] = await read("grey.png", png(0, depth, values, [profile(gamma)]));
    expectRows(
      rows,
      values.map((v) => srgb((v / most) ** gamma)),
      1.2,
    );
  });

  test("has its transparency composited on black after the conversion", async () => {
    const half = Math.round(most / 2);
    const samples = values.flatMap((v, i) => [v, i % 2 === 0 ? most : half]);
    const [rows] = await read("alpha.png", png(4, depth, samples, [profile(1.8)]));
    const right = values.map((v, i) => srgb((v / most) ** 1.8) * (i % 2 === 0 ? 1 : half / most));
    expectRows(rows, right, 1.2);
  });
});

describe("code points", () => {
  const cicp = (...codes: number[]): readonly [string, Uint8Array] => ["cICP", Buffer.from(codes)];
  const hlgAndPq = [
    // Reference white: 75 % of HLG, 58.07 % of PQ.
    ["HLG", 18, 0.75],
    ["PQ", 16, 0.5807],
  ] as const;

  test.each(hlgAndPq)("of %s in a PNG are applied, with a notice", async (name, code, white) => {
    for (const depth of [8, 16] as const) {
      const value = Math.round(white * (2 ** depth - 1));
      const content = png(2, depth, [value, value, value], [cicp(9, code, 0, 1)]);
      const [rows, notices] = await read(`${name}.png`, content);
      expectRows(rows, [228.5], 2.5);
      expect(notices).toEqual([expect.stringMatching(new RegExp(`${name}\\.png.*${name}.*SDR`))]);
    }
  });

  test("of a PNG take precedence over its profile", async () => {
    const content = png(0, 16, [30_000], [cicp(1, 13, 0, 1), profile(1)]);
    const [rows, notices] = await read("both.png", content);
    expectRows(rows, [(30_000 / 65535) * 255], 0.1);
    expect(notices).toEqual([]);
  });

  test("of P3 give more saturated colours", async () => {
    // The P3 signal of BT.709 red.
    const red = [0.9175, 0.2003, 0.1386].map((v) => Math.round(v * 65535));
    const [rows, notices] = await read("p3.png", png(2, 16, red, [cicp(12, 13, 0, 1)]));
    [255, 0, 0].forEach((value, c) => {
      expect(Math.abs(rows[c]![0]! - value)).toBeLessThan(3);
    });
    expect(notices).toEqual([]);
  });

  test("that are unknown give a notice and no conversion", async () => {
    const [rows, notices] = await read("xyz.png", png(2, 8, [99, 99, 99], [cicp(10, 17, 0, 1)]));
    expectRows(rows, [99], 0.1);
    expect(notices).toEqual([expect.stringMatching(/transfer number 17.*not converted/)]);
  });

  test.each(hlgAndPq)("of %s in an AVIF are applied, with a notice", async (name, code, white) => {
    const value = Math.round(white * 255);
    const content = await sharp({
      create: { width: 16, height: 16, channels: 3, background: { r: value, g: value, b: value } },
    })
      .avif({ lossless: true })
      .toBuffer();
    const colr = content.indexOf("colrnclx");
    content.writeUInt16BE(9, colr + 8);
    content.writeUInt16BE(code, colr + 10);
    const [rows, notices] = await read(`${name}.avif`, content);
    expectRows(rows, Array(256).fill(228.5), 3);
    expect(notices).toEqual([expect.stringMatching(new RegExp(`${name}\\.avif.*${name}.*SDR`))]);
  });

  test("of a source give its notice", async () => {
    const file = join(folder.path, "still7.png");
    await writeFile(file, png(2, 8, [99, 99, 99], [cicp(9, 16, 0, 1)]));
    for (const spec of [
      { type: "image", file },
      { type: "frames", pattern: join(folder.path, "still%d.png") },
    ] as const) {
      const { notices } = await openSource(spec);
      expect(notices).toEqual([expect.stringContaining("PQ")]);
    }
  });

  test.each(["cut", "endless"])("of a %s file are found only within its bounds", async (how) => {
    const whole = png(2, 8, [99, 99, 99], [cicp(9, 16, 0, 1)]);
    const content = how === "cut" ? whole.subarray(0, 36) : Buffer.from(whole);
    if (how === "endless") content.writeUInt32BE(0xffffffff, 33);
    await expect(read("broken.png", content)).rejects.toMatchObject({ code: "NOT_AN_IMAGE" });
  });
});
