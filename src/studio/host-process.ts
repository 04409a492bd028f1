/**
 * A process that dreams for the server. Not a thread: onnxruntime computes on the calling thread and cannot be ended there,
 * a driver that crashes takes its process with it, and a process can have a lower priority than the live picture.
 */
import { type ChildProcess, fork } from "node:child_process";
import { setPriority } from "node:os";
import { DreamError, type ErrorCode } from "../errors.ts";
import { programFile } from "../package.ts";
import type { CallName, Calls, FromHost, ToHost } from "./calls.ts";

interface Waiting {
  readonly onReport: ((report: unknown) => void) | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface CallOptions<N extends CallName> {
  readonly signal?: AbortSignal;
  readonly onReport?: (report: Calls[N]["report"]) => void;
}

const closeMs = 2000;

export class HostProcess {
  readonly #waiting = new Map<number, Waiting>();
  readonly #niceness: number;
  #process: ChildProcess | undefined;
  #count = 0;
  #closed = false;

  /** `niceness` from 0 to 19: how much it gives way to other processes. */
  constructor(niceness = 0) {
    this.#niceness = niceness;
  }

  /** Start before the first call. */
  warmUp(): void {
    if (!this.#closed) this.#process ??= this.#start();
  }

  /**
   * Ask the process for something; it is started where it does not run. Throws the `DreamError`s of the work,
   * `INTERRUPTED` soon after `signal` fires, `INTERNAL` if the process ends.
   */
  call<N extends CallName>(
    name: N,
    request: Calls[N]["request"],
    { signal, onReport }: CallOptions<N> = {},
  ): Promise<Calls[N]["result"]> {
    if (this.#closed) return Promise.reject(new DreamError("INTERRUPTED", "the studio is closed"));
    if (signal?.aborted) return Promise.reject(new DreamError("INTERRUPTED", "interrupted"));
    this.warmUp();
    const id = this.#count++;
    const cancel = (): void => this.#send({ type: "cancel", id });
    signal?.addEventListener("abort", cancel, { once: true });
    return new Promise<Calls[N]["result"]>((resolve, reject) => {
      this.#waiting.set(id, {
        onReport: onReport as Waiting["onReport"],
        resolve: resolve as Waiting["resolve"],
        reject,
      });
      this.#send({ type: "call", id, name, request });
    }).finally(() => signal?.removeEventListener("abort", cancel));
  }

  /** Cancel all calls and end the process. */
  async close(): Promise<void> {
    this.#closed = true;
    const own = this.#process;
    if (!own) return;
    const ended = new Promise<void>((resolve) => own.once("exit", () => resolve()));
    // Without its parent it cancels everything, keeps what is finished, and ends.
    if (own.connected) own.disconnect();
    const timer = setTimeout(() => own.kill("SIGKILL"), closeMs);
    if (own.exitCode === null && own.signalCode === null) await ended;
    clearTimeout(timer);
  }

  #send(message: ToHost): void {
    if (this.#process?.connected) this.#process.send(message, () => {});
  }

  #start(): ChildProcess {
    const script = programFile("studio/host.ts");
    const isSource = script.href.endsWith(".ts");
    const own = fork(script, {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: ["--expose-gc", ...(isSource ? ["--import", import.meta.resolve("tsx")] : [])],
    });
    // Not every system has priorities.
    if (this.#niceness > 0 && own.pid !== undefined) {
      try {
        setPriority(own.pid, this.#niceness);
      } catch {}
    }
    own.on("message", (message: FromHost) => this.#receive(message));
    own.on("error", () => {});
    own.once("exit", (code, signal) => {
      if (this.#process === own) this.#process = undefined;
      const error = this.#closed
        ? new DreamError("INTERRUPTED", "the studio is closed")
        : new DreamError("INTERNAL", `the process that dreams ended: ${signal ?? `code ${code}`}`, {
            hint: "It is started again with the next request. It may have needed more memory than there is.",
          });
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    return own;
  }

  #receive(message: FromHost): void {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    if (message.type === "report") {
      waiting.onReport?.(message.report);
      return;
    }
    this.#waiting.delete(message.id);
    if (message.type === "result") {
      waiting.resolve(message.result);
      return;
    }
    const { code, message: text, hint } = message.error;
    waiting.reject(
      new DreamError(code as ErrorCode, text, {
        ...(hint === undefined ? {} : { hint }),
        problems: message.problems,
      }),
    );
  }
}
