import { describe, expect, test } from "vitest";
import { chooseRate } from "../../src/video/frame-rate.ts";
import { parseInfo } from "../../src/video/header.ts";
import { PacketReader } from "../../src/video/packets.ts";

const every = (sec: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => i * sec);

describe("the frame rate of a clip", () => {
  test("is that of the header if the pictures support it", () => {
    const ntsc = { num: 24000, den: 1001 };
    expect(chooseRate(every(1001 / 24000, 48), 2.002, [ntsc])).toEqual(ntsc);
  });

  test("is not that of the header if the pictures do not support it", () => {
    const milliseconds = every(1 / 30, 61).map((sec) => Math.round(1000 * sec) / 1000);
    const fps = chooseRate(milliseconds, 61 / 30, [{ num: 1000, den: 1 }]);
    expect(fps).toEqual({ num: 30, den: 1 });
  });

  test("shows every picture of uneven delays", () => {
    const fps = chooseRate([0, 1, 1.1, 1.2, 1.3], 3.3, [{ num: 50, den: 33 }]);
    expect(fps).toEqual({ num: 10, den: 1 });
  });
});

test("the packet reader drops packets that are not shown, and uses the decoding time of those without a presentation time", () => {
  const reader = new PacketReader();
  for (const line of [
    "#tb 0: 1/12288",
    "0,      -7168,      -6144,      512,     6661, 0xf2c0eac7, F=0x5",
    "0,          0,          0,      512,     6661, 0xf2c0eac7",
    "0,        512, -9223372036854775808,      1024,     3088, 0xd8f702a4, F=0x0",
  ])
    reader.push(line);
  expect(reader.streams().get(0)).toEqual({
    times: [0, 512 / 12288],
    endSec: 1536 / 12288,
    lastSec: 1024 / 12288,
    timed: false,
  });
});

test("the default stream is selected, and no cover", () => {
  const words = `Input #0, mov,mp4, from 'clip.mp4':
  Stream #0:0: Video: png, rgb24(pc), 200x200, 90k tbr (attached pic)
  Stream #0:1(und): Video: h264 (High), yuv420p, 96x64, 24 fps, 24 tbr (default)
  Stream #0:2(eng): Audio: aac (LC), 44100 Hz, mono, fltp
  Stream #0:3(eng): Audio: opus, 48000 Hz, mono, fltp (default)`;
  expect(parseInfo(words)).toMatchObject({
    video: { stream: 1, width: 96 },
    audio: { stream: 3, codec: "opus" },
  });
});
