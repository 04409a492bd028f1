/** A film on the farm as a person sees it: the choice, the frames, the workers, the film. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFarm, type TestFarm, type TestWorker } from "../../helpers/live-farm.ts";
import { noRedis } from "../../helpers/redis.ts";
import { smallScene } from "../../helpers/studio.ts";
import { inBrowser, type Opened, openPage } from "./browser.ts";

describe.skipIf(noRedis)("with a farm", { timeout: 120_000 }, () => {
  inBrowser("the page", () => {
    let farm: TestFarm;
    let opened: Opened;
    let worker: TestWorker | undefined;
    beforeAll(async () => {
      farm = await startFarm();
      opened = await openPage({ farm: farm.place });
      await writeFile(
        join(opened.studio.folder, "film.yaml"),
        smallScene
          .replace("out/small.mp4", "out/film.mp4")
          .replace("64x48", "128x96")
          .replace("iterations: [1, 1]", "iterations: 60")
          .replace("duration: 1s", "duration: 2s"),
      );
      await opened.page.goto(`http://127.0.0.1:${opened.studio.studio.port}/#/scene/film.yaml`);
      await opened.page.waitForSelector(".knob");
    }, 120_000);
    afterAll(async () => {
      await opened?.close();
      await worker?.stop();
      await farm?.[Symbol.asyncDispose]();
    });

    test("the render button asks where; a film on the farm waits, and says why", async () => {
      const { page } = opened;
      await page.getByRole("button", { name: "Render the film" }).click();
      await page.getByRole("menuitem", { name: "On this machine" }).waitFor();
      await page.getByRole("menuitem", { name: "On the farm" }).click();
      const row = page.locator(".render.on-farm");
      await row.locator(".why", { hasText: "no worker runs" }).waitFor();
      await page.locator(".farm", { hasText: "No worker runs" }).waitFor();
    });

    test("a paused film waits for its person, and goes on", async () => {
      const { page } = opened;
      await page.getByRole("button", { name: "Pause film" }).click();
      await page.locator(".render.paused", { hasText: "Paused" }).waitFor();
      await page.getByRole("button", { name: "Go on with film" }).click();
      await page.locator(".render.waiting").waitFor();
    });

    test("workers are shown with what they dream, and frames appear on the filmstrip", async () => {
      const { page } = opened;
      worker = await farm.worker("atlas");
      const shown = page.locator(".farm .worker", { hasText: "atlas" });
      await shown.locator(".about", { hasText: "film.yaml: shot 1, frames 0 to 15" }).waitFor();
      await page.locator(".strip .cell img").first().waitFor();
      await page.locator(".render .about", { hasText: /of 16 frames, .* left/ }).waitFor();
      await page.locator(".render.done").waitFor({ timeout: 80_000 });
      expect(await page.locator(".names", { hasText: "Frames 16" }).count()).toBe(1);
      await shown.locator(".about", { hasText: "Waits for work" }).waitFor();
    });

    test("the film has been delivered and plays", async () => {
      const { page } = opened;
      await page.getByRole("link", { name: "Play" }).click();
      const video = page.locator("video");
      await video.waitFor();
      await expect
        .poll(() => video.evaluate((element: HTMLVideoElement) => element.videoWidth))
        .toBe(128);
      await page.getByRole("button", { name: "Back to the scene" }).click();
    });

    test("a farm that does not answer is shown with its address, and comes back", async () => {
      const { page } = opened;
      await farm.server.kill();
      await page.locator(".farm .away", { hasText: farm.place.redis.shown }).waitFor();
      await page.getByRole("button", { name: "Render the film" }).click();
      await page.getByRole("menuitem", { name: "does not answer" }).waitFor();
      await page.keyboard.press("Escape");
      await farm.server.start();
      await page.locator(".farm .away").waitFor({ state: "detached" });
      expect(opened.errors).toEqual([]);
    });
  });
});
