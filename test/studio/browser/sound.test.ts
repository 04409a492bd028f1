/** Sound in the studio: it starts with the frames, stays with them, and stops, moves and loops with them. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeAtomically } from "../../../src/disk/write-atomically.ts";
import { ffmpeg } from "../../helpers/media.ts";
import { holdBack, inBrowser, type Opened, openPage } from "./browser.ts";

/** A film of 7 s whose sound lasts 5.5 s. */
const film = `output: { file: out/film.mp4, size: 48x32, fps: 24 }
source: { noise: { seed: 3 } }
duration: 7s
audio: beat.wav
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1, laplacian: 0 }
`;
const soundSec = 5.5;

interface Heard {
  readonly paused: boolean;
  readonly at: number;
  readonly src: string;
  /** How often it was moved. */
  readonly moves: number;
}

inBrowser("sound in the studio", () => {
  let opened: Opened;
  const heard = (): Promise<Heard> =>
    opened.page.evaluate(() => {
      const { audio, moves } = window as unknown as { audio: HTMLAudioElement; moves: number };
      return { paused: audio.paused, at: audio.currentTime, src: audio.src, moves };
    });
  const frameNow = async (): Promise<number> =>
    Number(await opened.page.locator(".transport .number").first().inputValue());
  const open = async (name: string, last: number): Promise<void> => {
    await opened.page.locator(".entry", { hasText: name }).click();
    await opened.page.locator(".transport", { hasText: `of ${last}` }).waitFor();
  };
  const press = (name: string): Promise<void> =>
    opened.page.getByRole("button", { name, exact: true }).click();

  beforeAll(async () => {
    opened = await openPage();
    const { page, studio } = opened;
    const at = (name: string): string => join(studio.folder, name);
    const beeps = `aevalsrc='0.3*sin(2*PI*440*t)*lt(mod(t,0.5),0.05)':d=${soundSec}`;
    await ffmpeg("-f", "lavfi", "-i", beeps, at("beat.wav"));
    await ffmpeg(
      ...["-f", "lavfi", "-i", "testsrc=s=64x48:r=8:d=3", "-f", "lavfi", "-i", "sine=d=3"],
      ...["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", at("talk.mp4")],
    );
    await writeFile(at("film.yaml"), film);
    const clip = film
      .replace("{ noise: { seed: 3 } }", "{ video: { file: talk.mp4, start: 1s } }")
      .replace("duration: 7s\naudio: beat.wav\n", "")
      .replace("fps: 24", "fps: 8");
    await writeFile(at("clip.yaml"), clip.replace("film.mp4", "clip.mp4"));
    await page.addInitScript(() => {
      const Own = window.Audio;
      window.Audio = function audio(): HTMLAudioElement {
        const made = new Own();
        Object.assign(window, { audio: made, moves: 0 });
        made.addEventListener("seeking", () => {
          (window as unknown as { moves: number }).moves++;
        });
        return made;
      } as unknown as typeof Audio;
    });
    await page.reload();
    await open("film.yaml", 167);
    await page.getByRole("button", { name: "Sound off" }).waitFor();
    await page.keyboard.press("Control+Enter");
    await page.locator(".render.done").waitFor({ timeout: 100_000 });
    await page.locator(".names", { hasText: "Frames 168" }).waitFor();
  }, 150_000);
  afterAll(() => opened?.close());

  test("finished frames and sound stay in step for five seconds at 24 frames a second", async () => {
    const { page } = opened;
    await press("First frame");
    await press("Play");
    await expect.poll(async () => (await heard()).paused).toBe(false);
    const apart = await page.evaluate(async () => {
      const { audio } = window as unknown as { audio: HTMLAudioElement };
      const field = document.querySelector<HTMLInputElement>(".transport .number")!;
      const found: number[] = [];
      while (audio.currentTime < 5) {
        await new Promise(requestAnimationFrame);
        // A frame is shown for 1/24 s: its middle is compared.
        if (audio.currentTime > 0.5)
          found.push((Number(field.value) + 0.5) / 24 - audio.currentTime);
      }
      return found;
    });
    const sorted = apart.map(Math.abs).sort((a, b) => a - b);
    const mean = (part: readonly number[]): number => part.reduce((a, b) => a + b, 0) / part.length;
    const third = Math.floor(apart.length / 3);
    const drift = mean(apart.slice(-third)) - mean(apart.slice(0, third));
    const middle = sorted[Math.floor(sorted.length / 2)]!;
    const most = sorted[Math.floor(sorted.length * 0.95)]!;
    console.log(`apart: median ${middle} s, 95 % ${most} s, drift ${drift} s, ${apart.length}`);
    expect(apart.length).toBeGreaterThan(40);
    expect(middle).toBeLessThan(0.03);
    expect(most).toBeLessThan(0.1);
    expect(Math.abs(drift)).toBeLessThan(0.03);
  });

  test("after its end the film goes on in silence", async () => {
    const { page } = opened;
    await expect.poll(frameNow).toBeGreaterThan(soundSec * 24 + 4);
    const before = await heard();
    expect(before.paused).toBe(true);
    await page.waitForTimeout(400);
    const after = await heard();
    expect(after.paused || after.at < 1).toBe(true);
    expect(after.moves - before.moves).toBeLessThanOrEqual(1);
    await press("Pause");
  });

  test("pause stops it where the picture is, and a press on the ruler moves both", async () => {
    const { page } = opened;
    await press("First frame");
    await press("Play");
    await expect.poll(frameNow).toBeGreaterThan(12);
    await press("Pause");
    const stood = await heard();
    expect(stood.paused).toBe(true);
    expect(Math.abs(stood.at - (await frameNow()) / 24)).toBeLessThan(0.15);
    const ruler = (await page.locator(".ruler").boundingBox())!;
    await page.mouse.click(ruler.x + ruler.width / 2, ruler.y + 10);
    const there = await frameNow();
    expect(there).toBeGreaterThan(70);
    expect((await heard()).paused).toBe(true);
    await press("Play");
    await expect.poll(async () => (await heard()).at).toBeGreaterThan(there / 24);
    const [playing, shown] = [await heard(), await frameNow()];
    expect(playing.paused).toBe(false);
    expect(Math.abs(playing.at - shown / 24)).toBeLessThan(0.25);
    await press("Pause");
  });

  test("a range is looped with its sound", async () => {
    const { page } = opened;
    const field = page.locator(".transport .number").first();
    for (const [frame, key] of [
      [24, "["],
      [48, "]"],
    ] as const) {
      await field.fill(String(frame));
      await field.press("Enter");
      await page.locator(".stage").click({ position: { x: 4, y: 4 } });
      await page.keyboard.press(key);
    }
    await press("Play");
    const seen = await page.evaluate(async () => {
      const { audio } = window as unknown as { audio: HTMLAudioElement };
      const number = document.querySelector<HTMLInputElement>(".transport .number")!;
      const end = performance.now() + 3500;
      const found: [number, number][] = [];
      while (performance.now() < end) {
        await new Promise(requestAnimationFrame);
        if (!audio.seeking) found.push([Number(number.value), audio.currentTime]);
      }
      return found;
    });
    await press("Pause");
    const turns = seen.filter(([frame], i) => i > 0 && frame < seen[i - 1]![0]).length;
    expect(turns).toBeGreaterThanOrEqual(2);
    const settled = seen.slice(20);
    expect(Math.min(...settled.map(([, at]) => at))).toBeGreaterThan(0.85);
    expect(Math.max(...settled.map(([, at]) => at))).toBeLessThan(2.4);
    await page.keyboard.press("x");
  });

  test("the sound waits where the picture waits", async () => {
    const { page } = opened;
    // A text that is not saved has no finished frames: its movement is made first, and that is held up.
    const release = await holdBack(page, "**/api/motion");
    const saturation = page.getByRole("textbox", { name: "saturation" });
    await page.getByRole("tab", { name: "Knobs" }).click();
    await saturation.fill("1.1");
    await saturation.press("Enter");
    await page.getByRole("button", { name: "Sound off" }).waitFor();
    await press("First frame");
    await press("Play");
    await page.locator(".standing", { hasText: "Waits here" }).waitFor();
    await page.waitForTimeout(300);
    const first = await heard();
    expect(first.paused).toBe(true);
    release();
    await expect.poll(frameNow, { timeout: 20_000 }).toBeGreaterThan(2);
    await expect.poll(async () => (await heard()).paused).toBe(false);
    await press("Pause");
    await page.unroute("**/api/motion");
    await page.getByRole("button", { name: "Undo" }).click();
  });

  test("an edit while it plays keeps it, even where the event comes before the parser's answer", async () => {
    const { page } = opened;
    await page.route("**/api/check", async (route) => {
      const response = await route.fetch();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await route.fulfill({ response });
    });
    await press("First frame");
    await press("Play");
    await expect.poll(async () => (await heard()).at).toBeGreaterThan(0.3);
    const missing = page.evaluate(async () => {
      const end = performance.now() + 3500;
      let count = 0;
      while (performance.now() < end) {
        await new Promise(requestAnimationFrame);
        if (!document.querySelector("[aria-label='Sound off']")) count++;
      }
      return count;
    });
    const stepSize = page.getByRole("textbox", { name: "step size" });
    await stepSize.fill("2.5");
    await stepSize.press("Enter");
    expect(await missing).toBe(0);
    await expect.poll(async () => (await heard()).paused).toBe(false);
    await press("Pause");
    await page.unroute("**/api/check");
    await page.getByRole("button", { name: "Undo" }).click();
  });

  test("another track in the text is the one that is heard", async () => {
    const { page, studio } = opened;
    await ffmpeg("-f", "lavfi", "-i", "sine=d=2", join(studio.folder, "other.wav"));
    await writeAtomically(film.replace("beat.wav", "other.wav"), join(studio.folder, "film.yaml"));
    await expect.poll(async () => (await heard()).src).toContain("other.wav");
    await page.getByRole("button", { name: "Sound off" }).waitFor();
    await writeAtomically(film, join(studio.folder, "film.yaml"));
    await expect.poll(async () => (await heard()).src).toContain("beat.wav");
  });

  test("a clip is heard from where the film begins in it", async () => {
    const { page } = opened;
    await open("clip.yaml", 15);
    await page.getByRole("button", { name: "Sound off" }).waitFor();
    await press("Play");
    await expect.poll(async () => (await heard()).src).toContain("talk.mp4");
    await expect.poll(async () => (await heard()).at, { timeout: 20_000 }).toBeGreaterThan(1.1);
    await press("Pause");
    const { at } = await heard();
    expect(Math.abs(at - 1 - (await frameNow()) / 8)).toBeLessThan(0.3);
  });

  test("a film without sound plays in silence, and has no button for it", async () => {
    const { page } = opened;
    await open("small.yaml", 7);
    await page.locator(".standing", { hasText: /As it will be/ }).waitFor();
    await press("Play");
    await expect.poll(frameNow, { timeout: 20_000 }).toBeGreaterThan(2);
    expect((await heard()).paused).toBe(true);
    expect(await page.getByRole("button", { name: /^Sound o/ }).count()).toBe(0);
    await press("Pause");
  });

  test("nothing went wrong in the page meanwhile", () => {
    expect(opened.errors).toEqual([]);
  });
});
