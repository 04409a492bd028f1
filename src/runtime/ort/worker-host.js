/** Runs onnxruntime in a worker thread, for `ort-worker.ts`. JavaScript: Node 20 starts no thread with TypeScript. */
import { parentPort } from "node:worker_threads";
import * as ort from "onnxruntime-node";

/** @import { HostReply, HostRequest } from "./worker.ts" */
/** @import { Tensor } from "../../graph/graph.ts" */

ort.env.logLevel = "fatal";

/** @type {Map<number, ort.InferenceSession>} */
const sessions = new Map();

// One after the other: a session that is released may have been asked for something just before.
let before = Promise.resolve();
parentPort?.on("message", (/** @type {HostRequest} */ request) => {
  before = before.then(() => reply(request));
});

/** @param {HostRequest} request */
async function reply(request) {
  /** @type {HostReply} */
  let answered;
  try {
    answered = { id: request.id, results: await answer(request) };
  } catch (error) {
    answered = { id: request.id, error };
  }
  const buffers = Object.values(answered.results ?? {}).map(({ data }) => data.buffer);
  parentPort?.postMessage(answered, /** @type {ArrayBuffer[]} */ (buffers));
}

/**
 * @param {HostRequest} request
 * @returns {Promise<Record<string, Tensor>>}
 */
async function answer(request) {
  if (request.type === "create") {
    const { session, bytes, options } = request;
    sessions.set(session, await ort.InferenceSession.create(bytes, options));
    return {};
  }
  const session = /** @type {ort.InferenceSession} */ (sessions.get(request.session));
  if (request.type === "release") {
    sessions.delete(request.session);
    await session.release();
    return {};
  }
  /** @type {Record<string, ort.Tensor>} */
  const feeds = {};
  for (const [name, { type, data, dims }] of Object.entries(request.feeds))
    feeds[name] = new ort.Tensor(type, /** @type {never} */ (data), dims);
  /** @type {Record<string, Tensor>} */
  const results = {};
  for (const [name, { type, data, dims }] of Object.entries(await session.run(feeds)))
    results[name] = /** @type {Tensor} */ ({ type, data, dims });
  return results;
}
