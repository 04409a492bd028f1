import { execa } from "execa";
import { expect, test } from "vitest";
import { withHugePages } from "../../src/host/huge-pages.ts";

test("tunables of the user stay as they are", () => {
  expect(withHugePages({ PATH: "/bin" })).toEqual({
    PATH: "/bin",
    GLIBC_TUNABLES: "glibc.malloc.hugetlb=1",
  });
  const own = { GLIBC_TUNABLES: "" };
  expect(withHugePages(own)).toBe(own);
});

/** Says what a program sees after `restartWithHugePages`: its process, arguments and tunables. */
const program = `
  const { restartWithHugePages } = await import(${JSON.stringify(new URL("../../src/host/huge-pages.ts", import.meta.url).href)});
  restartWithHugePages(process.argv.slice(1));
  console.log(JSON.stringify([process.pid, process.argv.slice(1), process.env.GLIBC_TUNABLES]));`;

async function run(env: NodeJS.ProcessEnv): Promise<[boolean, string[], string | undefined]> {
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", program];
  const child = execa(process.execPath, [...args, "--", "a b", "c"], {
    env: { ...process.env, ...env },
    extendEnv: false,
  });
  const { stdout, stderr } = await child;
  expect(stderr).toBe("");
  const [pid, words, tunables] = JSON.parse(stdout);
  return [pid === child.pid, words, tunables];
}

test.runIf(process.platform === "linux" && "execve" in process)(
  "a program that starts anew is the same process, with the same arguments, and says nothing",
  async () => {
    const env = { GLIBC_TUNABLES: undefined };
    expect(await run(env)).toEqual([true, ["a b", "c"], "glibc.malloc.hugetlb=1"]);
  },
);

test("a program with tunables does not start anew", async () => {
  expect(await run({ GLIBC_TUNABLES: "" })).toEqual([true, ["a b", "c"], ""]);
});
