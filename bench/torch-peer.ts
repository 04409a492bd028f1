/** A PyTorch process that does one task at a time, so that its runs and ours can alternate. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface TorchPeer {
  readonly version: string;
  readonly threads: number;
  /** Run `task` for NETWORK:LAYER:SIZE once; returns its time, ms. */
  run(task: "gradient" | "frame", key: string): Promise<number>;
  close(): void;
}

/** Start PyTorch; undefined if it is not installed. DREAMREEL_PYTHON names another Python. */
export async function startTorch(): Promise<TorchPeer | undefined> {
  const script = fileURLToPath(new URL("peers/torch_server.py", import.meta.url));
  const child = spawn(process.env.DREAMREEL_PYTHON ?? "/usr/bin/python3", [script], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const hello = await lines.next();
  if (hello.done) return undefined;
  const [version = "", threads] = hello.value.split(" ");
  return {
    version,
    threads: Number(threads),
    async run(task, key) {
      child.stdin.write(`${task} ${key}\n`);
      const answer = await lines.next();
      if (answer.done) throw new Error(`PyTorch gave up on ${task} ${key}`);
      return Number(answer.value);
    },
    close: () => child.stdin.end(),
  };
}
