/** A real redis-server on a free port, with a temporary folder. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { type RedisAddress, redisAddress } from "../../src/farm/queue/redis.ts";
import { temporaryFolder } from "./media.ts";

const program = "redis-server";

/** Why tests with Redis are skipped; undefined if they run. With DREAMREEL_TEST_REDIS=required it must be there. */
export const noRedis: string | undefined = (() => {
  const { error } = spawnSync(program, ["--version"]);
  if (!error) return undefined;
  if (process.env.DREAMREEL_TEST_REDIS === "required")
    throw new Error(`${program} is required and does not start: ${error.message}`);
  return `skipped: ${program} is not installed`;
})();
if (noRedis) process.stderr.write(`tests with Redis are ${noRedis}\n`);

export interface TestRedis extends AsyncDisposable {
  readonly address: RedisAddress;
  readonly port: number;
  /** Kill it, as `kill -9` does. */
  kill(): Promise<void>;
  /** Start it again in the same folder. */
  start(): Promise<void>;
}

export interface RedisOptions {
  readonly appendOnly?: boolean;
  readonly password?: string;
  /** More arguments. */
  readonly more?: readonly string[];
}

export async function startRedis({
  appendOnly = true,
  password,
  more = [],
}: RedisOptions = {}): Promise<TestRedis> {
  const folder = await temporaryFolder();
  const port = await freePort();
  let server: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    const own = server;
    server = undefined;
    if (!own || own.exitCode !== null || own.signalCode !== null) return;
    own.kill("SIGKILL");
    await once(own, "exit");
  };
  const start = async (): Promise<void> => {
    server = spawn(
      program,
      [
        ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder.path, "--save", ""],
        ...["--maxmemory-policy", "noeviction"],
        ...["--appendonly", appendOnly ? "yes" : "no", "--appendfsync", "always"],
        ...(password === undefined ? [] : ["--requirepass", password]),
        ...more,
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    const own = server;
    let text = "";
    own.stdout!.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    while (!text.includes("Ready to accept connections")) {
      if (own.exitCode !== null) throw new Error(`redis-server ended: ${text}`);
      await wait(20);
    }
  };
  await start();
  const secret = password === undefined ? "" : `:${password}@`;
  return {
    address: redisAddress(`redis://${secret}127.0.0.1:${port}`),
    port,
    kill,
    start,
    async [Symbol.asyncDispose]() {
      await kill();
      await folder.remove();
    },
  };
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return (address as { port: number }).port;
}
