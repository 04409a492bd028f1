/** The process-wide state must be the same before and after a program uses the library. */
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

const script = `
import { runInNewContext } from "node:vm";
import { env } from "onnxruntime-common";
import jsep from "jsep";
import sharp from "sharp";
// zod creates its own global state on its first import.
import "zod";

const look = () => ({
  globals: Object.getOwnPropertyNames(globalThis).sort(),
  prototypes: [Array, Object, Map, Promise, String, Uint8Array].map((one) =>
    Reflect.ownKeys(one.prototype).map(String).sort()),
  variables: { ...process.env },
  listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
  jsep: [Object.entries(jsep.binary_ops).sort(), Object.entries(jsep.unary_ops).sort(),
    [...jsep.right_associative].sort(), jsep.max_binop_len, jsep("a ^ b * c")],
  onnxruntime: env.logLevel,
  sharp: [sharp.concurrency(), sharp.cache(), sharp.simd()].map(({ memory, files, items, ...rest }) =>
    ({ ...rest, memory: memory?.max, files: files?.max, items: items?.max })),
  collector: runInNewContext("typeof gc"),
  stack: Error.stackTraceLimit,
});
const states = [look()];
const { loadNetwork, parseScene } = await import(process.argv[1]);
states.push(look());
parseScene('source: { noise: {} }\\nduration: 1s\\nmix: "1 - t ^ 2 / 9"');
try { parseScene('source: { noise: {} }\\nmix: "1 ^^ t"'); } catch {}
const net = await loadNetwork("pocket", { engine: "cpu" });
// Large enough to trigger the handling of memory.
const large = { data: new Float32Array(3 * 1501 * 1000).fill(0.5), height: 1501, width: 1000 };
await net.dream(large, { octaves: 1, iterations: 0 });
await net.dispose();
states.push(look());
console.log(JSON.stringify(states));
`;

test("importing and using the library changes no global state", async () => {
  const { stdout } = await execa(
    process.execPath,
    [
      ...["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", script],
      join(import.meta.dirname, "../src/index.ts"),
    ],
    { cwd: join(import.meta.dirname, "..") },
  );
  const [before, imported, used] = JSON.parse(stdout);
  expect(before.collector).toBe("undefined");
  expect(imported).toEqual(before);
  expect(used).toEqual(before);
});
