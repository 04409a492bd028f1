/**
 * A process that dreams for this one. Not a thread: onnxruntime computes on the calling thread and cannot be ended there,
 * a driver that crashes takes its process with it, and a process can have a lower priority.
 */
import { type ChildProcess, fork } from "node:child_process";
import { setPriority } from "node:os";
import { DreamError, type ErrorCode } from "../errors.ts";
import { programFile } from "../package.ts";
import { withHugePages } from "./huge-pages.ts";
import type { CallMap, FromHost, ToHost } from "./messages.ts";

interface Waiting {
  readonly onReport: ((report: unknown) => void) | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface CallOptions<Report> {
  readonly signal?: AbortSignal;
  readonly onReport?: (report: Report) => void;
}

export interface HostOptions {
  /** What is closed with the process, in messages: `the studio`. */
  readonly owner: string;
  /** From 0 to 19: how much it gives way to other processes. Default 0. */
  readonly niceness?: number;
  /** Told what the process and its drivers print on stderr; default: it is printed. */
  readonly onText?: (text: string) => void;
  /** How long it may take to keep what is finished when it is closed, ms. Default 2000. */
  readonly closeMs?: number;
}

export class HostProcess<C extends CallMap> {
  readonly #waiting = new Map<number, Waiting>();
  readonly #script: string;
  readonly #options: HostOptions;
  #process: ChildProcess | undefined;
  #count = 0;
  #closed = false;

  /** `script` answers with `serveCalls`; its path is below `src`: `studio/host.ts`. */
  constructor(script: string, options: HostOptions) {
    this.#script = script;
    this.#options = options;
  }

  /** Start before the first call. */
  warmUp(): void {
    if (!this.#closed) this.#process ??= this.#start();
  }

  /**
   * Ask the process for something; it is started where it does not run. Throws the `DreamError`s of the work,
   * `INTERRUPTED` soon after `signal` fires, `INTERNAL` if the process ends.
   */
  call<N extends keyof C & string>(
    name: N,
    request: C[N]["request"],
    { signal, onReport }: CallOptions<C[N]["report"]> = {},
  ): Promise<C[N]["result"]> {
    if (this.#closed) return Promise.reject(this.#closedError());
    if (signal?.aborted) return Promise.reject(new DreamError("INTERRUPTED", "interrupted"));
    this.warmUp();
    const id = this.#count++;
    const cancel = (): void => this.#send({ type: "cancel", id });
    signal?.addEventListener("abort", cancel, { once: true });
    return new Promise<C[N]["result"]>((resolve, reject) => {
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
    const timer = setTimeout(() => own.kill("SIGKILL"), this.#options.closeMs ?? 2000);
    if (own.exitCode === null && own.signalCode === null) await ended;
    clearTimeout(timer);
  }

  #closedError(): DreamError {
    return new DreamError("INTERRUPTED", `${this.#options.owner} is closed`);
  }

  #send(message: ToHost): void {
    if (this.#process?.connected) this.#process.send(message, () => {});
  }

  #start(): ChildProcess {
    const script = programFile(this.#script);
    const isSource = script.href.endsWith(".ts");
    const { niceness = 0, onText } = this.#options;
    const own = fork(script, {
      env: withHugePages(process.env),
      serialization: "advanced",
      stdio: ["ignore", "ignore", onText ? "pipe" : "inherit", "ipc"],
      execArgv: ["--expose-gc", ...(isSource ? ["--import", import.meta.resolve("tsx")] : [])],
    });
    if (onText) own.stderr?.setEncoding("utf8").on("data", onText);
    // Not every system has priorities.
    if (niceness > 0 && own.pid !== undefined) {
      try {
        setPriority(own.pid, niceness);
      } catch {}
    }
    own.on("message", (message: FromHost) => this.#receive(message));
    own.on("error", () => {});
    own.once("exit", (code, signal) => {
      if (this.#process === own) this.#process = undefined;
      const error = this.#closed
        ? this.#closedError()
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
    const { code, message: text, hint, problems } = message.error;
    waiting.reject(
      new DreamError(code as ErrorCode, text, {
        ...(hint === undefined ? {} : { hint }),
        problems,
      }),
    );
  }
}
