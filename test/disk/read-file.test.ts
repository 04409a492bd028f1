import { execFileSync } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFileBytes } from "../../src/disk/read-file.ts";
import { dreamreel } from "../helpers/command.ts";
import { temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(at("file"), "twelve bytes");
});
afterAll(() => folder.remove());

test("a file is read to its end, also through a link", async () => {
  await symlink(at("file"), at("link"));
  for (const name of ["file", "link"])
    expect((await readFileBytes(at(name), { maxBytes: 12 })).toString()).toBe("twelve bytes");
});

test("a file above the size limit is refused unread", async () => {
  await expect(readFileBytes(at("file"), { maxBytes: 11 })).rejects.toMatchObject({
    code: "TOO_LARGE",
  });
});

describe.skipIf(process.platform === "win32")("a device and a pipe are refused at once", () => {
  beforeAll(() => void execFileSync("mkfifo", [at("pipe"), at("pipe.onnx")]));

  test("by the reader", async () => {
    for (const file of ["/dev/zero", at("pipe"), folder.path])
      await expect(readFileBytes(file, { maxBytes: 9 })).rejects.toMatchObject({
        code: "NOT_A_FILE",
      });
  });

  test("as scene, network and labels", async () => {
    const noise = "source: { noise: {} }\nduration: 2f\noutput: { file: x.mp4, size: 32x24 }\n";
    const network = join(import.meta.dirname, "../../models/pocket.onnx");
    await writeFile(at("network.yaml"), `${noise}model: pipe.onnx\n`);
    await writeFile(
      at("labels.yaml"),
      `${noise}model: { file: "${network}", labels: /dev/zero }\n`,
    );
    for (const scene of ["/dev/zero", at("pipe"), at("network.yaml"), at("labels.yaml")]) {
      const { stderr, exitCode } = await dreamreel(["check", scene, "--quiet"], {
        timeout: 30_000,
      });
      expect(stderr).toMatch(/^NOT_A_FILE/);
      expect(exitCode).toBe(1);
    }
  });
});
