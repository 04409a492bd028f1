/** A worker in a process of its own, for tests that kill it: its options as JSON are the argument. */
import { redisAddress } from "../../src/farm/queue/redis.ts";
import { runWorker } from "../../src/farm/worker/run-worker.ts";
import { startFromBuild } from "../../src/package.ts";

startFromBuild();
const { redis, ...options } = JSON.parse(process.argv[2]!);
const controller = new AbortController();
process.once("SIGTERM", () => controller.abort());
await runWorker({
  ...options,
  redis: redisAddress(redis),
  signal: controller.signal,
  onReady: ({ id }) => process.stdout.write(`ready ${id}\n`),
  onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
});
