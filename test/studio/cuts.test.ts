/** Cuts of clips: found in the background, and taken over from a render. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CutsEvent } from "../../src/studio/api-events.ts";
import type { CheckResult, CutsSummary } from "../../src/studio/api-scene.ts";
import { ffmpeg } from "../helpers/media.ts";
import { type Listening, openStudio, type TestStudio } from "../helpers/studio.ts";

let studio: TestStudio;
let page: Listening;

/** Three pieces of 12 frames each. */
const text = `output: { file: out/cuts.mp4, size: 64x48 }
source: { video: cuts.mp4 }
dream: { layers: { patterns1: 1 }, octaves: 1, iterations: 1 }
feedback: { amount: 0.5 }
`;

beforeAll(async () => {
  studio = await openStudio();
  const inputs = ["testsrc", "mandelbrot", "testsrc2"].flatMap((name) => [
    ...["-f", "lavfi", "-t", "1"],
    ...["-i", `${name}=size=128x96:rate=12`],
  ]);
  const join3 = "[0:v][1:v][2:v]concat=n=3:v=1,format=yuv420p";
  const file = join(studio.folder, "cuts.mp4");
  await ffmpeg(...inputs, "-filter_complex", join3, file);
  await writeFile(join(studio.folder, "cuts.yaml"), text);
  page = await studio.listen("page");
});

afterAll(async () => {
  page.close();
  await studio.close();
});

async function check(of: string): Promise<CutsSummary> {
  const request = { path: "cuts.yaml", text: of };
  return (await studio.call<CheckResult>("POST", "/api/check", request)).scene!.cuts;
}

const whole = (frames: number) => (event: CutsEvent) => event.cuts.to === frames - 1;

test("the cuts of a clip come after its check, and the next check knows them", async () => {
  expect(await check(text)).toEqual({ frames: [], to: -1 });
  const { path, cuts } = await page.wait("cuts", whole(36));
  expect(path).toBe("cuts.yaml");
  expect(cuts.frames).toEqual([12, 24]);
  // Another edit changes nothing of the clip.
  expect(await check(`${text}mix: 0.5\n`)).toEqual(cuts);
});

test("a clip that begins later cuts earlier", async () => {
  const later = text.replace("cuts.mp4 }", "{ file: cuts.mp4, start: 0.5s } }");
  await check(later);
  const { cuts } = await page.wait("cuts", whole(30));
  expect(cuts.frames).toEqual([6, 18]);
});

test("a scene without a clip has no cuts to look for", async () => {
  const still = "source: { noise: {} }\nduration: 1s\n";
  expect(await check(still)).toEqual({ frames: [], to: 23 });
});

test("what a render has found is taken over", async () => {
  await studio.call("POST", "/api/renders", { path: "cuts.yaml" });
  await page.wait("render", ({ renders }) => renders[0]?.state === "done");
  const cache = join(studio.folder, "out/cuts.mp4.work");
  const name = (await readdir(cache)).find((file) => file.startsWith("cuts-"))!;
  const kept = JSON.parse(await readFile(join(cache, name), "utf8"));
  kept.segments.push({ first: 30 });
  await writeFile(join(cache, name), JSON.stringify(kept));
  await studio.restart();
  const again = await studio.listen("again");
  await check(text);
  expect((await again.wait("cuts", whole(36))).cuts.frames).toEqual([12, 24, 30]);
  again.close();
});
