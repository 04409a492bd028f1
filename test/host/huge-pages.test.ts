import { execa } from "execa";
import { expect, test } from "vitest";
import { keepFromChildren, withHugePages } from "../../src/host/huge-pages.ts";

test("tunables of the user stay as they are", () => {
  expect(withHugePages({ PATH: "/bin" })).toEqual({
    PATH: "/bin",
    GLIBC_TUNABLES: "glibc.malloc.hugetlb=1",
  });
  const own = { GLIBC_TUNABLES: "" };
  expect(withHugePages(own)).toBe(own);
});

/** Says what a program sees after `restartWithHugePages`: process, arguments, the tunables it began with and passes on. */
const program = `
  const { restartWithHugePages } = await import(${JSON.stringify(new URL("../../src/host/huge-pages.ts", import.meta.url).href)});
  restartWithHugePages(process.argv.slice(1));
  const { readFileSync } = await import("node:fs");
  const began = process.platform === "linux" ? readFileSync("/proc/self/environ", "latin1") : "";
  console.log(JSON.stringify([process.pid, process.argv.slice(1), began.split("\\0").filter((one) => one.startsWith("GLIBC")), process.env.GLIBC_TUNABLES]));`;

async function run(env: NodeJS.ProcessEnv): Promise<unknown[]> {
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", program];
  const child = execa(process.execPath, [...args, "--", "a b", "c"], {
    env: { ...process.env, ...env },
    extendEnv: false,
  });
  const { stdout, stderr } = await child;
  expect(stderr).toBe("");
  const [pid, words, began, passedOn] = JSON.parse(stdout);
  return [pid === child.pid, words, began, passedOn];
}

test.runIf(process.platform === "linux" && "execve" in process)(
  "a program that starts anew is the same process, with the same arguments, says nothing, and passes no tunables on",
  async () => {
    const began = ["GLIBC_TUNABLES=glibc.malloc.hugetlb=1"];
    const env = { GLIBC_TUNABLES: undefined };
    expect(await run(env)).toEqual([true, ["a b", "c"], began, null]);
  },
);

test("a program with tunables of the user does not start anew, and passes them on", async () => {
  const [same, words, , passedOn] = await run({ GLIBC_TUNABLES: "glibc.malloc.perturb=0" });
  expect([same, words, passedOn]).toEqual([true, ["a b", "c"], "glibc.malloc.perturb=0"]);
});

test("a process that dreams passes none on", () => {
  const env = withHugePages({ PATH: "/bin" });
  keepFromChildren(env);
  expect(env).toEqual({ PATH: "/bin" });
});
