/** Reading pictures of all kinds: valid ones give their pixels, invalid ones give one error. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readImage } from "../../src/image/image.ts";
import { temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** Six pixels in rows of three. */
const pixels = Buffer.from([
  255, 0, 0, 0, 255, 0, 0, 0, 255, 128, 64, 32, 10, 20, 30, 200, 100, 50,
]);
const white = Buffer.alloc(18, 255);
const six = (): Sharp => sharp(pixels, { raw: { width: 3, height: 2, channels: 3 } });
/** Two pictures, the second one white. */
const two = (): Sharp =>
  sharp(Buffer.concat([pixels, white]), {
    raw: { width: 3, height: 4, channels: 3, pageHeight: 2 },
  });

/** Build a PNG with any header. `raw` has the rows, each after its filter byte. */
function png(
  width: number,
  height: number,
  depth: number,
  color: number,
  raw: Uint8Array,
  icc?: Uint8Array,
): Buffer {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([depth, color], 8);
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  const end = chunk("IEND", Buffer.alloc(0));
  const profile = icc
    ? [chunk("iCCP", Buffer.concat([Buffer.from("profile\0\0"), deflateSync(icc)]))]
    : [];
  const data = chunk("IDAT", deflateSync(raw));
  return Buffer.concat([signature, chunk("IHDR", head), ...profile, data, end]);
}

/** The pixels of a picture, `[r, g, b]` each, 0..255, in row-major order. */
async function read(name: string, content: Uint8Array): Promise<number[][]> {
  const file = join(folder.path, name);
  await writeFile(file, content);
  const { data, height, width } = await readImage(file);
  const area = height * width;
  return Array.from({ length: area }, (_, i) => [0, 1, 2].map((c) => data[c * area + i]! * 255));
}

const rows = Array.from({ length: 6 }, (_, i) => [...pixels.subarray(3 * i, 3 * i + 3)]);
const grey = (...values: number[]): number[][] => values.map((v) => [v, v, v]);

describe("the pixels of", () => {
  test.each<[string, string, () => Uint8Array | Promise<Uint8Array>, number[][], number?]>([
    ["a PNG", "a.png", () => six().png().toBuffer(), rows],
    ["a palette", "a.png", () => six().png({ palette: true }).toBuffer(), rows],
    ["lossless WebP", "a.webp", () => six().webp({ lossless: true }).toBuffer(), rows],
    ["a TIFF", "a.tif", () => six().tiff({ compression: "none" }).toBuffer(), rows],
    ["a PNG with the extension of JPEG", "a.jpg", () => six().png().toBuffer(), rows],
    ["a name like a pattern", "a%d[page=1]: 'x'.png", () => six().png().toBuffer(), rows],
    ["a name like an option, with a new line", "-i\n.png", () => six().png().toBuffer(), rows],
    ["grey", "a.png", () => png(2, 1, 8, 0, Buffer.from([0, 100, 200])), grey(100, 200)],
    [
      "one bit",
      "a.png",
      () => png(8, 1, 1, 0, Buffer.from([0, 0b10100000])),
      grey(255, 0, 255, 0, 0, 0, 0, 0),
    ],
    // 0x1234 / 257 is not an integer, so the lower bits count.
    [
      "16 bits",
      "a.png",
      () => png(1, 1, 16, 2, Buffer.from("00" + "12348000ffff", "hex")),
      [[0x1234 / 257, 0x8000 / 257, 255]],
    ],
    [
      "16 bits of grey",
      "a.png",
      () => png(1, 1, 16, 0, Buffer.from("001234", "hex")),
      grey(0x1234 / 257),
    ],
    // Composited on black.
    [
      "transparency",
      "a.png",
      () => png(2, 1, 8, 6, Buffer.from([0, 200, 100, 50, 128, 10, 20, 30, 0])),
      [
        [100.4, 50.2, 25.1],
        [0, 0, 0],
      ],
      1,
    ],
    [
      "transparent grey",
      "a.png",
      () => png(2, 1, 8, 4, Buffer.from([0, 200, 128, 100, 255])),
      grey(100.4, 100),
      1,
    ],
    ["the first of several in a GIF", "a.gif", () => two().gif().toBuffer(), rows],
    [
      "the first of several in a WebP",
      "a.webp",
      () => two().webp({ lossless: true }).toBuffer(),
      rows,
    ],
    [
      "the first page of a TIFF",
      "a.tif",
      () => two().tiff({ compression: "none" }).toBuffer(),
      rows,
    ],
  ])("%s are right", async (_, name, content, expected, within = 0.01) => {
    const found = await read(name, await content());
    expect(found).toHaveLength(expected.length);
    const apart = found.flatMap((pixel, i) => pixel.map((v, c) => Math.abs(v - expected[i]![c]!)));
    expect(Math.max(...apart)).toBeLessThanOrEqual(within);
  });

  test("a rotated picture are upright", async () => {
    const content = await six().withMetadata({ orientation: 6 }).png().toBuffer();
    const upright = (await read("a.png", content)).map((pixel) => pixel.map(Math.round));
    expect(upright).toEqual([3, 0, 4, 1, 5, 2].map((i) => rows[i]));
  });

  test("a 16-bit picture with a profile equal those with 8 bits", async () => {
    const red = sharp(Buffer.from([200, 30, 80]), { raw: { width: 1, height: 1, channels: 3 } });
    const shallow = await red.withIccProfile("p3").png().toBuffer();
    const { icc } = await sharp(shallow).metadata();
    const inP3 = await sharp(shallow, { ignoreIcc: true }).raw().toBuffer();
    const row = Buffer.from([0, ...[...inP3].flatMap((v) => [v, v])]);
    for (const picture of [shallow, png(1, 1, 16, 2, row, icc)]) {
      const [found] = await read("profile.png", picture);
      [200, 30, 80].forEach((v, c) => {
        expect(Math.abs(found![c]! - v), String(found)).toBeLessThan(2.5);
      });
    }
  });

  test("a CMYK picture are its printed colours", async () => {
    const inks = [0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255];
    const [paper, cyan, magenta, yellow, black] = await read("inks.tif", cmykTiff(inks));
    expect(Math.min(...paper!)).toBeGreaterThan(240);
    expect(Math.max(...black!)).toBeLessThan(70);
    expect(cyan![0]).toBeLessThan(Math.min(cyan![1]!, cyan![2]!) - 80);
    expect(magenta![1]).toBeLessThan(Math.min(magenta![0]!, magenta![2]!) - 80);
    expect(yellow![2]).toBeLessThan(Math.min(yellow![0]!, yellow![1]!) - 80);
  });
});

/** A TIFF with one row of cyan, magenta, yellow and black. Source: TIFF 6.0, section 16. */
function cmykTiff(inks: readonly number[]): Buffer {
  const tags: readonly (readonly [number, number, number, number])[] = [
    [256, 4, 1, inks.length / 4],
    [257, 4, 1, 1],
    // Eight bits per channel, stored after the directory.
    [258, 3, 4, 8 + 2 + 12 * 9 + 4],
    [259, 4, 1, 1],
    [262, 4, 1, 5],
    [273, 4, 1, 8 + 2 + 12 * 9 + 4 + 8],
    [277, 4, 1, 4],
    [278, 4, 1, 1],
    [279, 4, 1, inks.length],
  ];
  const head = Buffer.alloc(8 + 2 + 12 * tags.length + 4 + 8);
  head.write("II*\0\x08", "latin1");
  head.writeUInt16LE(tags.length, 8);
  tags.forEach(([tag, type, count, value], i) => {
    head.writeUInt16LE(tag, 10 + 12 * i);
    head.writeUInt16LE(type, 12 + 12 * i);
    head.writeUInt32LE(count, 14 + 12 * i);
    head.writeUInt32LE(value, 18 + 12 * i);
  });
  for (let i = 0; i < 4; i++) head.writeUInt16LE(8, head.length - 8 + 2 * i);
  return Buffer.concat([head, Buffer.from(inks)]);
}

const noisy = (): Sharp =>
  sharp(Buffer.from(Uint8Array.from({ length: 30_000 }, (_, i) => (i * i * 7919) >> 5)), {
    raw: { width: 100, height: 100, channels: 3 },
  });

const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length >> 1);

describe("a picture", () => {
  test.each<[string, () => Uint8Array | Promise<Uint8Array>, string]>([
    [
      "of 60000x60000 px in a few bytes",
      () => png(60_000, 60_000, 1, 0, Buffer.alloc(100)),
      "TOO_LARGE",
    ],
    [
      "of 65535x65535 px in 24 bytes",
      () => Buffer.from("474946383961ffffffff0000002c00000000ffffffff000202440100", "hex"),
      "TOO_LARGE",
    ],
    [
      "of 2^31 px a side",
      () => png(2 ** 31 - 1, 2 ** 31 - 1, 8, 0, Buffer.alloc(10)),
      "NOT_AN_IMAGE",
    ],
    ["of 0 px", () => png(0, 0, 8, 0, Buffer.alloc(10)), "NOT_AN_IMAGE"],
    ["that is truncated, PNG", async () => half(await noisy().png().toBuffer()), "NOT_AN_IMAGE"],
    ["that is truncated, JPEG", async () => half(await noisy().jpeg().toBuffer()), "NOT_AN_IMAGE"],
    ["that is truncated, WebP", async () => half(await noisy().webp().toBuffer()), "NOT_AN_IMAGE"],
    ["of 0 bytes", () => Buffer.alloc(0), "NOT_AN_IMAGE"],
    ["that is a text", () => Buffer.from("this is a letter"), "NOT_AN_IMAGE"],
    ["that is a PDF", () => Buffer.from("%PDF-1.4 hello"), "NOT_AN_IMAGE"],
    [
      "that is an SVG and refers to a file",
      () =>
        Buffer.from(
          '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="a.png"/></svg>',
        ),
      "NOT_AN_IMAGE",
    ],
  ])("%s is refused", async (_, content, code) => {
    await expect(read("bad.png", await content())).rejects.toMatchObject({ code });
  });

  test("that is a folder is refused", async () => {
    await expect(readImage(folder.path)).rejects.toMatchObject({ code: "NOT_A_FILE" });
  });

  test.skipIf(process.platform === "win32")(
    "that is a device or a pipe is refused at once",
    async () => {
      execFileSync("mkfifo", [join(folder.path, "pipe.png")]);
      for (const file of ["/dev/zero", join(folder.path, "pipe.png")])
        await expect(readImage(file)).rejects.toMatchObject({ code: "NOT_A_FILE" });
    },
  );
});
