/** Pictures for the pages: each page has one look at a time, and the newest wins. */
import { DreamError } from "../errors.ts";
import { apiError } from "./answer.ts";
import type { LookRequest, MotionRequest, StopRequest, TilesState } from "./api-events.ts";
import type { CheckRequest, CheckResult, Names, SoundSummary } from "./api-scene.ts";
import { Background } from "./background.ts";
import type { AtlasResult, LookCall, SceneNow } from "./calls.ts";
import { problemsOf } from "./check-problems.ts";
import { type DreamProcess, dreamProcess } from "./dream-process.ts";
import type { EventHub } from "./events.ts";
import { FinishedFilms } from "./finished-films.ts";
import { KnownMedia } from "./media-facts.ts";
import { Pictures } from "./pictures.ts";
import { isSound, type SceneFolder } from "./scene-folder.ts";

/** What a page may have going on at once, one of each. */
const slots = ["look", "source", "motion"] as const;

export class DreamService {
  readonly pictures: Pictures = new Pictures();
  readonly films: FinishedFilms;
  readonly media: KnownMedia;
  /** Told of the last picture of each look that dreams. */
  onLook: ((path: string, frame: number, jpeg: Uint8Array) => void) | undefined;
  /** Told when pages begin and end to wait for pictures. */
  onLooking: (() => void) | undefined;
  readonly #folder: SceneFolder;
  readonly #hub: EventHub;
  /** Dreams. A step of a dream keeps its process busy, so what is answered at once has a process of its own. */
  // While they compute, the browser has to draw: a key that is dragged must not stutter.
  readonly #live = dreamProcess(4);
  readonly #quick = dreamProcess(2);
  /** By client and kind: a page has one of each. */
  readonly #looks = new Map<string, AbortController>();
  readonly #sounds = new Map<string, SoundSummary | null>();
  readonly #background: Background;
  #count = 0;

  constructor(folder: SceneFolder, hub: EventHub) {
    this.#folder = folder;
    this.#hub = hub;
    this.#background = new Background(hub, this.#live, this.#quick);
    this.media = new KnownMedia(
      (file) => this.#quick.call("media", { file, kind: isSound(file) ? "sound" : "video" }),
      hub,
    );
    this.films = new FinishedFilms((now) => this.#quick.call("finished", now));
  }

  /** Start the process that checks while the page takes in the text of a scene. The one that dreams starts with the first check. */
  warmUp(): void {
    this.#quick.warmUp();
  }

  /** A scene's text as the processes take it. Throws `Refused`. */
  async sceneNow(path: string, text?: string): Promise<SceneNow> {
    const file = await this.#folder.confines.writable(path);
    const own = text ?? (await this.#folder.read(path)).text;
    return { file, folder: this.#folder.confines.folder, text: own };
  }

  /**
   * Problems and summary. The sound is listened to once, and comes as an event when it is known; so do cuts of clips as they
   * are found.
   */
  async check({ path, text }: CheckRequest): Promise<CheckResult> {
    const now = await this.sceneNow(path, text);
    const result = await this.#quick.call("check", now);
    this.#live.warmUp();
    if (!result.scene) return result;
    const known = this.#sounds.get(`${path}\n${text}`);
    if (result.scene.cuts.to < result.scene.frames - 1) void this.#background.findCuts(path, now);
    if (known !== undefined) return { ...result, scene: { ...result.scene, sound: known } };
    void this.#listen(path, now);
    return result;
  }

  async names(path: string, text?: string): Promise<Omit<Names, "files">> {
    return this.#quick.call("names", await this.sceneNow(path, text));
  }

  /** Begin a look; the one before it of the same page ends. Gives its number. */
  async look(request: LookRequest): Promise<string> {
    const { client, frame, kind } = request;
    const { id, slot, controller } = this.#begin(client, kind === "source" ? "source" : "look");
    const now = await this.sceneNow(request.path, request.text);
    if (kind === "dream") this.#background.hold(slot, kind);
    const started = performance.now();
    const event = { type: "look", id, frame, kind } as const;
    const since = (): number => Math.round(performance.now() - started);
    let last: Uint8Array | undefined;
    if (kind === "dream" && request.sourceFirst)
      void this.#picture({ ...now, frame, kind: "source", width: request.width }, controller.signal)
        .then((jpeg) => {
          if (last || controller.signal.aborted) return;
          const url = this.pictures.keep(jpeg);
          const none = { octave: 0, octaves: 0, done: false };
          this.#hub.send({ ...event, ...none, url, milliseconds: since() }, client);
        })
        // The dream says what is wrong.
        .catch(() => {});
    this.#hostOf(kind)
      .call(
        "look",
        { ...now, frame, kind, width: request.width },
        {
          signal: controller.signal,
          onReport: ({ jpeg, octave, octaves }) => {
            if (controller.signal.aborted) return;
            last = jpeg;
            const url = this.pictures.keep(jpeg);
            this.#hub.send(
              { ...event, octave, octaves, url, done: false, milliseconds: since() },
              client,
            );
          },
        },
      )
      .then(
        (result) => {
          const end = { octave: 1, octaves: 1, done: true, milliseconds: since() };
          this.#hub.send({ ...event, ...end, ...result }, client);
          if (last && kind === "dream") this.onLook?.(request.path, frame, last);
        },
        (error: unknown) => {
          if (controller.signal.aborted) return;
          const problems = error instanceof DreamError ? problemsOf(error) : [];
          const end = { octave: 0, octaves: 0, done: true };
          this.#hub.send({ ...event, ...end, error: apiError(error), problems }, client);
        },
      )
      .finally(() => this.#end(slot, controller));
    return id;
  }

  /** Names of the layers and channels that have been dreamed. */
  async dreamedTiles(path: string): Promise<readonly string[]> {
    return this.#quick.call("tiles", await this.sceneNow(path));
  }

  /** What the layer browser's pictures are doing. */
  get tiles(): TilesState {
    return this.#background.tiles;
  }

  /** Begin to make the movement; it ends with the next one of the page. */
  async motion({ client, path, text, frames, width }: MotionRequest): Promise<string> {
    const { id, slot, controller } = this.#begin(client, "motion");
    const now = await this.sceneNow(path, text);
    this.#background.hold(slot, "motion");
    const event = { type: "motion", id } as const;
    let last = frames[0];
    this.#live
      .call(
        "motion",
        { ...now, frames, width },
        {
          signal: controller.signal,
          onReport: ({ jpeg, frame }) => {
            last = frame;
            const url = this.pictures.keep(jpeg);
            if (!controller.signal.aborted)
              this.#hub.send({ ...event, frame, url, done: false }, client);
          },
        },
      )
      .then(
        () => this.#hub.send({ ...event, frame: last, done: true }, client),
        (error: unknown) => {
          if (!controller.signal.aborted)
            this.#hub.send({ ...event, frame: last, done: true, error: apiError(error) }, client);
        },
      )
      .finally(() => this.#end(slot, controller));
    return id;
  }

  /** A small picture of a photo or clip. JPEG. Throws what reading it throws. */
  mediaPicture(file: string): Promise<Uint8Array> {
    return this.#quick.call("mediaPicture", { file });
  }

  /** The source picture of a scene, small. Throws what the look throws. */
  async sourcePicture(path: string, width: number): Promise<Uint8Array> {
    const now = await this.sceneNow(path);
    return this.#picture({ ...now, frame: 0, kind: "source", width });
  }

  /** The picture of a layer or channel. Those that are there do not wait; the others are dreamed one by one, the newest first. */
  async tile(path: string, layer: string, channel?: number): Promise<AtlasResult> {
    const now = await this.sceneNow(path);
    const call = { ...now, layer, ...(channel === undefined ? {} : { channel }) };
    return (await this.#quick.call("keptTile", call)) ?? this.#background.tile(path, call);
  }

  /** A frame from the middle of a scene, dreamed while nobody waits for a look. JPEG. */
  async dreamThumbnail(path: string, width: number): Promise<Uint8Array> {
    const now = await this.sceneNow(path);
    return this.#background.thumbnail(path, async (signal) => {
      const { scene } = await this.#quick.call("check", now, { signal });
      const frame = Math.floor((scene?.frames ?? 0) / 2);
      return this.#picture({ ...now, frame, kind: "dream", width }, signal);
    });
  }

  /** Whether a page waits for a picture. */
  get isLooking(): boolean {
    return this.#looks.size > 0;
  }

  /** End what a page asked for. */
  stop({ client, what }: StopRequest): void {
    for (const kind of what ? [what] : slots) this.#end(`${client} ${kind}`);
  }

  /** A file that is no scene has changed: what was opened is opened again. */
  forget(): void {
    this.films.forget();
    this.#sounds.clear();
    for (const host of [this.#live, this.#quick]) host.call("forget", null).catch(() => {});
  }

  async close(): Promise<void> {
    for (const controller of this.#looks.values()) controller.abort();
    await Promise.all([this.#live.close(), this.#quick.close()]);
  }

  #hostOf(kind: LookRequest["kind"]): DreamProcess {
    return kind === "source" ? this.#quick : this.#live;
  }

  #begin(
    client: string,
    kind: (typeof slots)[number],
  ): { readonly id: string; readonly slot: string; readonly controller: AbortController } {
    const slot = `${client} ${kind}`;
    this.#end(slot);
    const controller = new AbortController();
    this.#looks.set(slot, controller);
    this.onLooking?.();
    return { id: String(++this.#count), slot, controller };
  }

  /** Stop what a page has going on in a slot, and let others go on; `own` is what has ended by itself. */
  #end(slot: string, own = this.#looks.get(slot)): void {
    if (this.#looks.get(slot) !== own) return;
    own?.abort();
    if (this.#looks.delete(slot)) this.onLooking?.();
    this.#background.release(slot);
  }

  /** The last picture of a look. */
  async #picture(call: LookCall, signal?: AbortSignal): Promise<Uint8Array> {
    let picture: Uint8Array | undefined;
    await this.#hostOf(call.kind).call("look", call, {
      ...(signal ? { signal } : {}),
      onReport: ({ jpeg }) => {
        picture = jpeg;
      },
    });
    return picture!;
  }

  async #listen(path: string, now: SceneNow): Promise<void> {
    const sound = await this.#quick.call("sound", now).catch(() => null);
    if (this.#sounds.size > 200) this.#sounds.clear();
    this.#sounds.set(`${path}\n${now.text}`, sound);
    this.#hub.send({ type: "sound", path, text: now.text, sound });
  }
}
