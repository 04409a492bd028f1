/** The picture of the frame at the playhead, as it is being dreamed. A change asks anew; the newest wins. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import type { ApiError } from "../../src/studio/api.ts";
import type { LookEvent, LookRequest, Started, StopRequest } from "../../src/studio/api-events.ts";
import { post, RequestError } from "./api-client.ts";
import { film, filmText } from "./check.ts";
import { clientId, onEvent, onReconnect } from "./connection.ts";
import { isEditByControl, loading, path, text } from "./document.ts";
import { frameUrl, isFinished } from "./finished.ts";
import { frame, motionShown, playing, shot } from "./playhead.ts";

export interface Picture {
  readonly url: string;
  readonly frame: number;
  readonly path: string;
  /** The text it was made from. */
  readonly text: string;
  readonly octave: number;
  readonly octaves: number;
  readonly done: boolean;
  readonly kind: "dream" | "render";
  readonly from?: LookEvent["from"];
  readonly exact?: boolean;
}

export const picture = signal<Picture | undefined>(undefined);
export const lookFailure = signal<ApiError | undefined>(undefined);
/** Whether a picture is being dreamed. */
export const dreaming = signal(false);
/** Width that pictures are dreamed at, px. */
export const lookWidth = signal(320);
/** Pictures of earlier texts, to compare with: newest first. */
export const versions = signal<readonly Picture[]>([]);
const mostVersions = 12;

/** The picture is of what is in the editor. */
export const isCurrent = computed(
  () =>
    picture.value !== undefined &&
    picture.value.path === path.value &&
    picture.value.text === text.value &&
    picture.value.frame === frame.value,
);

/** The picture on the stage is of another frame than the playhead's: it is shown darker until its own comes. */
export const isOfOtherFrame = computed(
  () =>
    !playing.value &&
    !motionShown.value &&
    picture.value !== undefined &&
    picture.value.frame !== frame.value,
);

interface Asked {
  readonly path: string;
  readonly text: string;
  readonly frame: number;
}

let id: string | undefined;
let asked: Asked | undefined;
let turn = 0;
/** Events may come before the answer that names their look. */
let early: LookEvent[] = [];

/** While a look has shown nothing yet, the next one waits: cancelling each would show nothing during a drag. */
const patienceMs = 700;
let waitsSince: number | undefined;
let next: Asked | undefined;
let patience: ReturnType<typeof setTimeout> | undefined;

function askNext(): void {
  waitsSince = undefined;
  clearTimeout(patience);
  const wanted = next;
  next = undefined;
  if (wanted) void ask(wanted);
}

async function ask(wanted: Asked): Promise<void> {
  const waited = waitsSince === undefined ? Infinity : performance.now() - waitsSince;
  if (waited < patienceMs && asked?.path === wanted.path) {
    next = wanted;
    clearTimeout(patience);
    patience = setTimeout(askNext, patienceMs - waited);
    return;
  }
  next = undefined;
  waitsSince = performance.now();
  const mine = ++turn;
  id = undefined;
  asked = wanted;
  early = [];
  dreaming.value = true;
  try {
    if (stopping) await stopping;
    if (mine !== turn) return;
    const body: LookRequest = {
      ...wanted,
      client: clientId,
      width: lookWidth.peek(),
      kind: "dream",
      sourceFirst: isSourceNearer(wanted),
    };
    const started = await post<Started>("look", body);
    if (mine !== turn) return;
    id = started.id;
    for (const event of early) take(event);
  } catch (error) {
    if (mine !== turn) return;
    dreaming.value = false;
    askNext();
    if (error instanceof RequestError && error.code !== "OFFLINE")
      lookFailure.value = {
        code: error.code,
        message: error.message,
        ...(error.hint ? { hint: error.hint } : {}),
      };
  }
}

function take(event: LookEvent): void {
  if (event.kind !== "dream" || !asked) return;
  if (id === undefined) {
    early.push(event);
    return;
  }
  if (event.id !== id) return;
  const of = asked;
  // A late picture of a scene that is no longer open.
  if (of.path !== path.peek()) return;
  if (event.done || event.error || (event.octave > 0 && event.url !== undefined))
    queueMicrotask(askNext);
  batch(() => {
    if (event.error) {
      dreaming.value = false;
      if (event.error.code !== "INTERRUPTED") lookFailure.value = event.error;
      return;
    }
    lookFailure.value = undefined;
    if (event.done) dreaming.value = false;
    const { octave, octaves, done, from, exact } = event;
    // The last event says how far the picture can be trusted; it has no new one.
    const url = event.url ?? (isOf(of) ? picture.peek()?.url : undefined);
    if (url === undefined) return;
    // What is not dreamed yet does not take the place of a dream of the same frame.
    if (octave === 0 && !done && isSameFrame(of)) return;
    keepVersion(of);
    picture.value = {
      ...of,
      url,
      octave,
      octaves,
      done,
      kind: "dream",
      ...(from === undefined ? {} : { from }),
      ...(exact === undefined ? {} : { exact }),
    };
  });
}

function isSameFrame({ path: scene, frame: at }: Asked): boolean {
  const now = picture.peek();
  return now?.path === scene && now.frame === at && now.octave > 0;
}

/** Whether the source says more of a frame than what is on the stage: another frame of a clip, or nothing. */
function isSourceNearer({ path: scene, frame: at }: Asked): boolean {
  const now = picture.peek();
  if (now?.path !== scene) return true;
  return now.frame !== at && shot.peek()?.kind === "video";
}

function isOf(of: Asked): boolean {
  const now = picture.peek();
  return now?.path === of.path && now.text === of.text && now.frame === of.frame;
}

/** Before a picture of another text is shown, the finished one of the text before is kept. */
function keepVersion(next: Asked): void {
  const now = picture.peek();
  if (!now?.done || now.path !== next.path || now.text === next.text) return;
  const others = versions.peek().filter((old) => old.text !== now.text || old.frame !== now.frame);
  versions.value = [now, ...others].slice(0, mostVersions);
}

/** What is under way is of no use any more. */
function leaveLook(): void {
  turn++;
  next = undefined;
  waitsSince = undefined;
  id = undefined;
  if (dreaming.peek()) stopLook();
  dreaming.value = false;
}

/** A stop that is under way must not end what is asked for after it. */
let stopping: Promise<unknown> | undefined;

function stopLook(): void {
  const stop: StopRequest = { client: clientId, what: "look" };
  const mine = post("stop", stop)
    .catch(() => {})
    .then(() => {
      if (stopping === mine) stopping = undefined;
    });
  stopping = mine;
}

function showFinished(wanted: Asked): void {
  batch(() => {
    leaveLook();
    lookFailure.value = undefined;
    keepVersion(wanted);
    picture.value = {
      ...wanted,
      url: frameUrl(wanted.frame),
      octave: 1,
      octaves: 1,
      done: true,
      kind: "render",
      exact: true,
    };
  });
}

/** Scrubbing asks for a frame only when the playhead rests this long, ms. */
const scrubPauseMs = 60;

/** What was asked for last; the same is not asked for twice. */
let last: (Asked & { readonly width: number }) | undefined;

export function startLook(): void {
  onEvent("look", take);
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const scene = path.value;
    // The text is still that of the scene before.
    if (scene === undefined || !film.value || loading.value) return;
    // An edit by a control is right by itself; typed text waits for the parser.
    if (text.value !== filmText.value && !isEditByControl()) return;
    const wanted = { path: scene, text: text.value, frame: frame.value, width: lookWidth.value };
    const finished = isFinished(wanted.frame);
    // The movement is made at full speed.
    const running = playing.value || motionShown.value;
    untracked(() => {
      // What was asked for last may still wait for its timer.
      if (!finished && !running && isSame(last, wanted)) return;
      clearTimeout(timer);
      if (finished) showFinished(wanted);
      else if (running) leaveLook();
      if (finished || running) {
        last = undefined;
        return;
      }
      const moved = last?.path === scene && last.text === wanted.text;
      last = wanted;
      if (moved) timer = setTimeout(ask, scrubPauseMs, wanted);
      else void ask(wanted);
    });
  });
  effect(() => {
    if (path.value === picture.peek()?.path) return;
    last = undefined;
    batch(() => {
      picture.value = undefined;
      versions.value = [];
      lookFailure.value = undefined;
    });
  });
  onReconnect(() => {
    if (asked) void ask(asked);
  });
  document.addEventListener("visibilitychange", () => {
    // A page that nobody sees leaves the machine to others.
    if (document.hidden && dreaming.peek()) {
      waitsSince = undefined;
      stopLook();
    } else if (!document.hidden && dreaming.peek() && asked) void ask(asked);
  });
}

function isSame(a: typeof last, b: NonNullable<typeof last>): boolean {
  return a?.path === b.path && a.text === b.text && a.frame === b.frame && a.width === b.width;
}
