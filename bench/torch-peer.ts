/** PyTorch beside us: a process that does one piece of work at a time, so that its runs and ours can take turns. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface TorchPeer {
  readonly version: string;
  readonly threads: number;
  /** Do `task` for NETWORK:LAYER:SIZE once; milliseconds. */
  run(task: "gradient" | "frame", key: string): Promise<number>;
  close(): void;
}

/** The Python that has PyTorch; DREAMREEL_PYTHON names another. */
export const python: string = process.env.DREAMREEL_PYTHON ?? "/usr/bin/python3";

/** Start PyTorch; undefined where it is not installed. `exported`: folder of the network of this name, see `exported.ts`. */
export async function startTorch(exported?: string): Promise<TorchPeer | undefined> {
  const script = fileURLToPath(new URL("peers/torch_server.py", import.meta.url));
  const child = spawn(python, exported === undefined ? [script] : [script, exported], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.on("error", () => {});
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    told = (told + text).slice(-2000);
  });
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
      if (answer.done) throw new Error(`PyTorch gave up on ${task} ${key}:\n${told}`);
      return Number(answer.value);
    },
    close: () => child.stdin.end(),
  };
}
