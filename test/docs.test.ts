import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const read = (path: string): Promise<string> =>
  readFile(join(import.meta.dirname, "..", path), "utf8");

test("the troubleshooting guide explains every error code, and no other", async () => {
  const union = /export type ErrorCode =([\s\S]*?);/.exec(await read("src/errors.ts"))![1]!;
  const codes = [...union.matchAll(/"([A-Z_]+)"/g)].map((match) => match[1]!);
  const table = /## By code([\s\S]*?)\n## /.exec(await read("docs/troubleshooting.md"))![1]!;
  const explained = table
    .split("\n")
    .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([A-Z_]+)`/g)].map((m) => m[1]!));
  expect(codes.length).toBeGreaterThan(25);
  expect([...explained].sort()).toEqual([...codes].sort());
});
