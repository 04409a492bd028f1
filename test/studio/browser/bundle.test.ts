/** What the page loads: little, and from this machine alone. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { builtPage } from "./browser.ts";

test("the first load of the studio's page is below 250 kB, and names no address outside the machine", async () => {
  let bytes = 0;
  for (const name of await readdir(builtPage, { recursive: true })) {
    if (!/\.(html|js|css|svg)$/.test(name)) continue;
    const content = await readFile(join(builtPage, name));
    bytes += gzipSync(content).length;
    const addresses = content.toString().match(/https?:\/\/[\w.-]+/g) ?? [];
    // Names of XML namespaces are no addresses that anything asks.
    expect(
      addresses.filter((address) => !address.endsWith("//www.w3.org")),
      name,
    ).toEqual([]);
  }
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(250_000);
});
