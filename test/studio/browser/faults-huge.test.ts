/** Huge clips in the studio: very long, very large, and too large to be taken. */
import { readdirSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ffmpeg } from "../../helpers/media.ts";
import { inBrowser, type Opened, openPage, pictureStats } from "./browser.ts";

const limit = 40_000_000;

/** Memory of the processes that dream, MB. */
function childrenMegabytes(): number {
  let pages = 0;
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${id}/stat`, "utf8");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      const command = readFileSync(`/proc/${id}/cmdline`, "utf8");
      if (parent !== process.pid || !command.includes("host.")) continue;
      pages += Number(readFileSync(`/proc/${id}/statm`, "utf8").split(" ")[1]);
    } catch {
      // It has ended.
    }
  }
  return (pages * 4096) / 1e6;
}

/** Longest answer of the server and longest pause of the page while `work` goes on, ms. */
async function longest(page: Page, work: () => Promise<void>): Promise<[number, number]> {
  await page.evaluate(() => {
    const seen = { answer: 0, pause: 0, on: true };
    Object.assign(window, { seen });
    let last = performance.now();
    const tick = (now: number): void => {
      seen.pause = Math.max(seen.pause, now - last);
      last = now;
      if (seen.on) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    const ask = async (): Promise<void> => {
      const from = performance.now();
      await fetch("/api/studio");
      seen.answer = Math.max(seen.answer, performance.now() - from);
      if (seen.on) setTimeout(ask, 100);
    };
    void ask();
  });
  await work();
  return page.evaluate(() => {
    const { seen } = window as unknown as {
      seen: { answer: number; pause: number; on: boolean };
    };
    seen.on = false;
    return [seen.answer, seen.pause];
  });
}

/** Wait for the first picture of a frame. */
async function shown(page: Page, frame: number): Promise<void> {
  const words = new RegExp(`Dreaming frame ${frame}$|As it will be|A preview|A sketch`);
  await page.locator(".standing [role=status]", { hasText: words }).waitFor({ timeout: 60_000 });
}

async function goTo(page: Page, frame: number): Promise<void> {
  const field = page.locator(".transport .number").first();
  await field.fill(String(frame));
  await field.press("Enter");
}

inBrowser("huge clips in the studio", () => {
  let opened: Opened;
  const at = (name: string): string => join(opened.studio.folder, name);
  beforeAll(async () => {
    opened = await openPage({ maxUploadBytes: limit });
    await opened.page.waitForSelector(".knob");
    const quick = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
    const long = "testsrc=s=192x108:r=1:d=7200";
    await ffmpeg("-f", "lavfi", "-i", long, ...quick, "-g", "250", at("two-hours.mp4"));
    const large = "testsrc=s=7680x4320:r=4:d=1";
    await ffmpeg("-f", "lavfi", "-i", large, ...quick, at("8k.mp4"));
  }, 120_000);
  afterAll(() => opened?.close());

  const begin = async (clip: string): Promise<void> => {
    const { page } = opened;
    await page.getByRole("button", { name: "New scene" }).first().click();
    await page.getByTitle(clip).last().click();
    await page.getByRole("button", { name: "Create the scene" }).click();
  };

  for (const [clip, last, frames] of [
    ["two-hours.mp4", 7199, [7190, 3600]],
    ["8k.mp4", 3, [2]],
  ] as const)
    test(`${clip} becomes a scene whose frames dream, while page and server answer`, async () => {
      const { page } = opened;
      const [answer, pause] = await longest(page, async () => {
        await begin(clip);
        await page.locator(".transport", { hasText: `of ${last}` }).waitFor();
        await shown(page, 0);
        for (const frame of frames) {
          await goTo(page, frame);
          await shown(page, frame);
          expect((await pictureStats(page)).spread).toBeGreaterThan(8);
        }
        const lane = (await page.locator(".ruler").boundingBox())!;
        await page.mouse.move(lane.x + 40, lane.y + 8);
        await page.mouse.down();
        for (let i = 1; i <= 20; i++) await page.mouse.move(lane.x + 40 + i * 30, lane.y + 8);
        await page.mouse.up();
      });
      // Of a machine with other work; a server or page that waits for the clip stands for seconds.
      expect(answer).toBeLessThan(2000);
      expect(pause).toBeLessThan(2000);
      // Two processes with a network each. Ten pictures of 8K as float32 would be 4 GB.
      expect(childrenMegabytes()).toBeLessThan(2200);
    });

  test("a file above the limit is refused before it is sent, by the page and by the server", async () => {
    const { page } = opened;
    const file = await open(at(".large.mp4"), "w");
    await file.truncate(200_000_000);
    await file.close();
    const choose = async (): Promise<void> => {
      await page.getByRole("button", { name: "New scene" }).first().click();
      await page.locator(".new input[type=file]").setInputFiles(at(".large.mp4"));
    };
    const message = page.locator(".toast.bad");
    await choose();
    await expect
      .poll(() => message.allTextContents())
      .toEqual([expect.stringMatching(/200 MB, more than the 40 MB.*Copy it into the folder/)]);
    // The message is above the window, which a person closes next.
    await page.getByRole("button", { name: "Close the message" }).click();
    await page.keyboard.press("Escape");

    // A page of before a restart with another limit.
    await page.route("**/api/studio", async (route) => {
      const answer = await route.fetch();
      const json = { ...(await answer.json()), maxUploadBytes: 4e9 };
      await route.fulfill({ json });
    });
    await page.reload();
    await page.waitForSelector(".knob");
    await choose();
    await expect
      .poll(() => message.allTextContents(), { timeout: 20_000 })
      .toEqual([expect.stringMatching(/larger than 40 MB.*Copy it into the folder/)]);
    expect(readdirSync(opened.studio.folder).filter((name) => /partial|^large/.test(name))).toEqual(
      [],
    );
  });
});
