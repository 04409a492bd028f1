/** A worker of the farm: takes pieces of films from the queues and dreams them, until it is told to end. */
import { availableParallelism } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import type { EngineChoice } from "../../choices.ts";
import { messageOf } from "../../errors.ts";
import { HostProcess } from "../../host/host-process.ts";
import { listen } from "../queue/control.ts";
import { announce, type LiveWorker, leave } from "../queue/live.ts";
import { queuesFor } from "../queue/names.ts";
import { loadQueuePackages } from "../queue/packages.ts";
import { PieceQueues } from "../queue/piece-queues.ts";
import { PieceTaker } from "../queue/piece-taker.ts";
import { connectForever, type RedisAddress, settingsNotes } from "../queue/redis.ts";
import { proveShare } from "../queue/same-share.ts";
import { openShare } from "../share/share.ts";
import { Bell } from "./bell.ts";
import type { WorkerCalls } from "./calls.ts";
import { Films } from "./films.ts";
import { driverNotes, queueNotes, watchConnection } from "./notes.ts";
import { pacesOf } from "./paces.ts";
import { MachineFailures } from "./rules.ts";
import { WorkerSelf } from "./self.ts";
import { runSlot } from "./slot.ts";
import { Tender } from "./tend.ts";
import type { WorkerEvent, WorkerTools } from "./tools.ts";

export interface WorkerOptions {
  readonly redis: RedisAddress;
  /** The folder that all machines share. */
  readonly share: string;
  readonly tags?: readonly string[];
  /** Pieces at once. Default 1. */
  readonly jobs?: number;
  /** Default `auto`: a GPU if it is clearly faster. */
  readonly engine?: EngineChoice;
  /** Threads for all jobs on the CPU; default: all cores. */
  readonly threads?: number;
  /** Name of the machine; default: its host name. */
  readonly machine?: string;
  /** Time after which the piece of a killed worker is taken over, ms. Default 90 s. */
  readonly lockMs?: number;
  /** Pause after a first failure, ms; twice as long after each more. Default 5 s. */
  readonly backoffMs?: number;
  readonly signal: AbortSignal;
  /** Called once it takes pieces. */
  readonly onReady: (worker: LiveWorker) => void;
  readonly onEvent: (event: WorkerEvent) => void;
}

/** Time between two signs of life, ms. */
const aliveMs = 4000;
/** Signs of life between two records in the share. */
const recordEvery = 15;
/** Time that a dreaming process has to keep what is finished, ms: a step of a large dream takes long. */
const stopMs = 30_000;

/**
 * Work until `signal` fires; then the current pieces stop at a checkpoint and are handed back. Throws `PACKAGE_MISSING`,
 * `SHARE_NOT_FOUND`, `SHARE_UNUSABLE`, `SHARE_DIFFERS`, `REDIS_UNAVAILABLE`, `ENGINE_UNAVAILABLE`.
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { tags = [], jobs = 1, signal, onEvent } = options;
  const paces = pacesOf(options.lockMs);
  const packages = await loadQueuePackages();
  const share = await openShare(options.share);
  const redis = await connectForever(packages, options.redis);
  const queues = new PieceQueues(packages, redis);
  const threads = Math.max(1, Math.floor((options.threads ?? availableParallelism()) / jobs));
  const drivers = driverNotes(onEvent);
  const hosts = Array.from(
    { length: jobs },
    () =>
      new HostProcess<WorkerCalls>("farm/worker/host.ts", {
        owner: "the worker",
        closeMs: stopMs,
        onText: drivers,
      }),
  );
  let taker: PieceTaker | undefined;
  let deafen = (): void => {};
  try {
    for (const message of await settingsNotes(redis)) onEvent({ type: "note", message });
    await proveShare(redis, share);
    const facts = await hosts[0]!.call("engine", { engine: options.engine ?? "auto" }, { signal });
    const self = new WorkerSelf(share, facts, { ...options, tags, jobs, threads });
    taker = new PieceTaker(packages, redis, {
      worker: self.id,
      queues: queuesFor({ ...facts, tags }),
      lockMs: paces.lockMs,
      onError: queueNotes(onEvent),
    });
    const films = new Films(share);
    const failures = new MachineFailures();
    const bell = new Bell();
    const tools: WorkerTools = {
      ...{ share, redis, queues, taker, facts, films, failures, self, threads, paces },
      ...{ firstMs: options.backoffMs, onEvent, signal },
    };
    const forgive = (): void => {
      failures.clear();
      self.state = "ready";
      self.why = undefined;
      bell.ring();
    };
    deafen = await listen(redis, (message) => {
      if (message.type === "film") {
        failures.forgetFilm(message.film);
        films.forget(message.film);
        if (self.state === "set aside" && !failures.areTooMany) forgive();
        void films.check(message.film);
      } else if (message.type === "forgive") forgive();
      bell.ring();
    });
    await taker.start();
    await self.keep();
    const first = await self.describe();
    await announce(redis, first);
    options.onReady(first);
    const tender = new Tender(tools);
    const changed = new Bell();
    self.onChange = () => changed.ring();
    // What waits for Redis is answered when it is back; it must not pile up.
    const stopTelling = repeat(changed, onEvent, async () => {
      if (redis.status === "ready") await announce(redis, await self.describe());
    });
    const stopTending = repeat(new Bell(), onEvent, async (count) => {
      if (redis.status !== "ready") return;
      await films.check();
      await tender.tend();
      if (count % recordEvery === 0) await self.keep();
    });
    watchConnection(redis, options.redis, signal, bell, onEvent);
    const slots = Promise.all(hosts.map((host) => runSlot(host, bell, tools)));
    try {
      await untilEnded(slots, redis, signal);
    } finally {
      stopTelling();
      stopTending();
      self.state = "stopping";
      if (redis.status === "ready") await leave(redis, self.id);
    }
  } finally {
    deafen();
    await Promise.all(hosts.map((host) => host.close()));
    if (redis.status === "ready") {
      await taker?.close();
      await queues.close();
    }
    redis.disconnect();
  }
}

/** Wait for the slots. Without Redis, they cannot hand back what they have, and it is taken over later. */
async function untilEnded(
  slots: Promise<unknown>,
  redis: { readonly status: string },
  signal: AbortSignal,
): Promise<void> {
  let ended = false;
  const all = slots.finally(() => {
    ended = true;
  });
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([all, aborted]);
  const began = performance.now();
  while (!ended) {
    const patience = redis.status === "ready" ? stopMs : 2000;
    if (performance.now() - began > patience) return;
    await Promise.race([all, wait(100)]);
  }
  await all;
}

/** Run `work` every `aliveMs` and at each ring, one run at a time, until the returned function is called. */
function repeat(
  bell: Bell,
  onEvent: WorkerOptions["onEvent"],
  work: (count: number) => Promise<void>,
): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  void (async () => {
    let last = "";
    for (let count = 1; !signal.aborted; count++) {
      try {
        await work(count);
        last = "";
      } catch (error) {
        const message = messageOf(error);
        if (message !== last && !signal.aborted) onEvent({ type: "note", message });
        last = message;
      }
      await bell.wait(aliveMs, signal);
    }
  })();
  return () => controller.abort();
}
