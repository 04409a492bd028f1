/** The built studio on a folder of its own, and its page in a browser. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";

export const root: string = join(import.meta.dirname, "../..");

export interface OpenedStudio {
  readonly page: Page;
  close(): Promise<void>;
}

/**
 * Start `dist/` on `folder`, with its cache in `cache`. The browser is chromium on PATH, or CHROMIUM. Rejects where the
 * studio has not been built.
 */
export async function openStudio(
  folder: string,
  cache: string,
  viewport: { readonly width: number; readonly height: number },
): Promise<OpenedStudio> {
  const server = spawn(
    process.execPath,
    [join(root, "dist/cli/main.js"), "studio", folder, "--no-open", "--port", "0"],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, DREAMREEL_CACHE: cache } },
  );
  const address = await new Promise<string>((resolve, reject) => {
    server.stdout.on("data", (data) => resolve(String(data).trim()));
    server.once("exit", () => reject(new Error("the studio ended; npm run build first")));
  });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  const page = await browser.newPage({ viewport });
  await page.clock.install();
  // Pictures name no folder of the machine that they were made on.
  await page.addInitScript(() =>
    addEventListener("DOMContentLoaded", () => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(".about.file { display: none }");
      document.adoptedStyleSheets = [sheet];
    }),
  );
  await page.goto(address);
  return {
    page,
    async close() {
      await browser.close();
      server.kill("SIGINT");
      await new Promise((resolve) => server.once("exit", resolve));
    },
  };
}
