/** Runs onnxruntime in a worker thread: onnxruntime-node computes on the calling thread and blocks it. */
import { Worker } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { messageOf } from "../../errors.ts";
import type { Tensor } from "../../graph/graph.ts";
import { programFile } from "../../package.ts";
import { ThreadEnded } from "./error.ts";

type SessionOptions = ort.InferenceSession.SessionOptions;

/** A request to the thread, which processes requests one at a time. */
export type HostRequest = { readonly id: number; readonly session: number } & Request;

type Request =
  | { readonly type: "create"; readonly bytes: Uint8Array; readonly options: SessionOptions }
  | { readonly type: "run"; readonly feeds: Readonly<Record<string, Tensor>> }
  | { readonly type: "release" };

/** A reply of the thread. */
export interface HostReply {
  readonly id: number;
  readonly results?: Readonly<Record<string, Tensor>>;
  readonly error?: unknown;
}

/** The part of a session that engines use, on this thread or another. */
export interface HostedSession {
  run(feeds: Readonly<Record<string, ort.Tensor>>): Promise<Record<string, ort.Tensor>>;
  release(): Promise<void>;
}

interface Waiting {
  readonly resolve: (results: Readonly<Record<string, Tensor>>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sessions in a worker thread. The thread starts with the first session and keeps the process alive only while it
 * works.
 */
export class OrtWorker {
  readonly #script: URL;
  readonly #waiting = new Map<number, Waiting>();
  readonly #asked = new Set<Promise<unknown>>();
  #thread: Worker | undefined;
  /** Why the thread ended; undefined while it may run. */
  #end: Error | undefined;
  #count = 0;

  /** `script` is the thread's entry point. */
  constructor(script: URL = programFile("runtime/ort/worker-host.js")) {
    this.#script = script;
  }

  /**
   * Create a session from the `bytes` of an ONNX file, which are transferred to the thread. Throws the errors of
   * onnxruntime.
   */
  async create(bytes: Uint8Array, options: SessionOptions): Promise<HostedSession> {
    const session = this.#count++;
    await this.#ask(session, { type: "create", bytes, options }, [bytes.buffer as ArrayBuffer]);
    return {
      run: async (values) => {
        // The copy is transferred; the caller keeps its own array.
        const feeds = mapValues(values, copyOf);
        const buffers = Object.values(feeds).map(({ data }) => data.buffer as ArrayBuffer);
        const results = await this.#ask(session, { type: "run", feeds }, buffers);
        return mapValues(
          results,
          ({ type, data, dims }) => new ort.Tensor(type, data as never, dims),
        );
      },
      release: async () => {
        // A thread that ended has released its sessions.
        if (!this.#end) await this.#ask(session, { type: "release" });
      },
    };
  }

  /** End the thread and all its sessions after pending requests are answered. */
  async dispose(): Promise<void> {
    this.#end ??= new ThreadEnded("its thread was ended");
    // Terminating the thread during a computation crashes the process.
    await Promise.allSettled(this.#asked);
    await this.#thread?.terminate();
  }

  #ask(
    session: number,
    request: Request,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Readonly<Record<string, Tensor>>> {
    if (this.#end) return Promise.reject(this.#end);
    this.#thread ??= this.#start();
    const thread = this.#thread;
    const id = this.#count++;
    const answer = new Promise<Readonly<Record<string, Tensor>>>((resolve, reject) => {
      thread.postMessage({ id, session, ...request } satisfies HostRequest, transfer);
      this.#waiting.set(id, { resolve, reject });
      thread.ref();
    });
    this.#asked.add(answer);
    const forget = (): void => void this.#asked.delete(answer);
    answer.then(forget, forget);
    return answer;
  }

  #start(): Worker {
    // Loaders of this process do not apply to the thread.
    const thread = new Worker(this.#script, { execArgv: [], name: "onnxruntime" });
    thread.on("message", ({ id, results, error }: HostReply) => {
      const asked = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) thread.unref();
      if (results) asked?.resolve(results);
      else asked?.reject(error);
    });
    let cause: unknown;
    thread.on("error", (error) => {
      cause = error;
    });
    thread.on("exit", (code) => {
      const why = cause === undefined ? `exit code ${code}` : messageOf(cause);
      this.#end ??= new ThreadEnded(`its thread died: ${why}`, { cause });
      for (const { reject } of this.#waiting.values()) reject(this.#end);
      this.#waiting.clear();
    });
    return thread;
  }
}

function copyOf({ type, dims, data }: ort.Tensor): Tensor {
  return { type, dims, data: (data as Float32Array).slice() } as Tensor;
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, to: (a: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, to(value)]));
}
