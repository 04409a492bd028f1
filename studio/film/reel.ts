/// <reference lib="dom" />
/**
 * Records a page picture by picture. Time on the film passes by the pictures that are taken, not by the clock: what the page
 * waits for is shortened, and a busy machine gives the same film.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Locator, Page } from "playwright-core";
import sharp, { type OverlayOptions } from "sharp";
import { findFfmpeg } from "../../src/video/ffmpeg.ts";

/** Pictures a second. */
export const rate = 14;

const arrow = `<path d="M2 1.5v19l4.6-4.3 3 7 3.4-1.5-3-6.8 6.4-.4z" fill="#fff" stroke="#111" stroke-width="1.6" stroke-linejoin="round"/>`;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export class Reel {
  readonly page: Page;
  /** PNG, CSS px; drawn beside the pointer while a file is carried. */
  carried: Buffer | undefined;
  readonly #folder: string;
  #at: Point = { x: 640, y: 520 };
  #pressed = false;
  #count = 0;

  constructor(page: Page, folder: string) {
    this.page = page;
    this.#folder = folder;
  }

  /** Seconds so far. */
  get seconds(): number {
    return this.#count / rate;
  }

  /** Take a picture and show it for a number of film pictures. */
  async hold(pictures = 1): Promise<void> {
    if (pictures < 1) return;
    const shot = await this.page.screenshot();
    const picture = await sharp(shot)
      .composite(this.#overlays())
      .png({ compressionLevel: 1 })
      .toBuffer();
    for (let i = 0; i < pictures; i++)
      await writeFile(join(this.#folder, `${String(this.#count++).padStart(4, "0")}.png`), picture);
  }

  /** Move the pointer as a hand does: slowly at both ends. */
  async moveTo(to: Point, pictures = 6): Promise<void> {
    const from = this.#at;
    for (let i = 1; i <= pictures; i++) {
      const share = (1 - Math.cos((Math.PI * i) / pictures)) / 2;
      this.#at = { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
      if (!this.carried) await this.page.mouse.move(this.#at.x, this.#at.y);
      await this.hold();
    }
  }

  async press(): Promise<void> {
    this.#pressed = true;
    await this.page.mouse.down();
  }

  async release(): Promise<void> {
    await this.page.mouse.up();
    this.#pressed = false;
  }

  /** Go to a point, press there and let go. */
  async click(at: Point, pictures = 6): Promise<void> {
    await this.moveTo(at, pictures);
    await this.press();
    await this.hold();
    await this.release();
    await this.hold();
  }

  async drag(from: Point, to: Point, pictures = 8): Promise<void> {
    await this.moveTo(from);
    await this.press();
    await this.hold(2);
    await this.moveTo(to, pictures);
    await this.release();
    await this.hold();
  }

  /**
   * Take a picture whenever `state` changes, until `done` says so of it; each is shown for `each` film pictures, and no
   * more than `most` are taken. Throws after ten minutes.
   */
  async watch(
    state: () => Promise<string>,
    done: (state: string) => boolean,
    { each = 3, most = 12 }: { readonly each?: number; readonly most?: number } = {},
  ): Promise<void> {
    let last = "";
    let taken = 0;
    for (const end = Date.now() + 600_000; Date.now() < end; ) {
      const now = await state();
      // With an ellipsis the picture is still another frame's.
      if (now !== last && taken < most && !now.includes("…")) {
        // The picture is decoded a moment after its event.
        await this.page.waitForTimeout(60);
        await this.hold(each);
        taken++;
      }
      last = now;
      if (done(now)) {
        await this.page.waitForTimeout(200);
        return this.hold(each);
      }
      await this.page.waitForTimeout(40);
    }
    throw new Error(`the film waits in vain; the page says: ${last}`);
  }

  /** Write the film, as an animated WebP that plays for ever. */
  async write(
    file: string,
    { width, quality }: { readonly width: number; readonly quality: number },
  ): Promise<void> {
    const { ffmpeg } = await findFfmpeg();
    await execa(ffmpeg, [
      ...["-v", "error", "-y", "-framerate", String(rate), "-i", join(this.#folder, "%04d.png")],
      ...["-vf", `scale=${width}:-2:flags=lanczos`, "-c:v", "libwebp_anim", "-loop", "0"],
      ...["-quality", String(quality), "-compression_level", "6", file],
    ]);
  }

  #overlays(): OverlayOptions[] {
    const { x, y } = this.#at;
    const ring = this.#pressed
      ? `<circle cx="24" cy="24" r="17" fill="#f5b866" fill-opacity=".35" stroke="#f5b866" stroke-width="2"/>`
      : "";
    const pointer = `<svg xmlns="http://www.w3.org/2000/svg" width="72" height="72">${ring}<g transform="translate(22 22) scale(1.25)">${arrow}</g></svg>`;
    const left = Math.round(x - 24);
    const top = Math.round(y - 24);
    const list: OverlayOptions[] = [{ input: Buffer.from(pointer), left, top }];
    if (this.carried) list.unshift({ input: this.carried, left: left + 40, top: top + 44 });
    return list;
  }
}

/** The point at a share of a box of the page. */
export async function pointIn(part: Locator, x = 0.5, y = 0.5): Promise<Point> {
  await part.scrollIntoViewIfNeeded();
  const box = await part.boundingBox();
  if (!box) throw new Error("a part of the page is not shown");
  return { x: box.x + box.width * x, y: box.y + box.height * y };
}
