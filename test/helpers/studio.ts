/** A studio on a folder of its own, and a page that talks to it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StudioEvent } from "../../src/studio/api-events.ts";
import { type Studio, type StudioOptions, startStudio } from "../../src/studio/server.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as JSON. */
  json<T = Record<string, unknown>>(): T;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
}

export interface TestStudio {
  readonly folder: string;
  readonly studio: Studio;
  /** Of the page. */
  readonly cookie: string;
  /** As the studio's own page sends it: with cookie and Origin. */
  send(path: string, sent?: Sent): Promise<Answer>;
  /** Only what is given. */
  raw(path: string, sent?: Sent): Promise<Answer>;
  /** Send JSON, and give the answer's. Throws where the status is 400 or more. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Events from now on. */
  listen(client: string): Promise<Listening>;
  /** End the server, and start one on the same folder and port. The page keeps its cookie. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface Listening {
  readonly events: StudioEvent[];
  /** The first event that fits, among those that came and those to come. */
  wait<T extends StudioEvent["type"]>(
    type: T,
    fits?: (event: Extract<StudioEvent, { type: T }>) => boolean,
  ): Promise<Extract<StudioEvent, { type: T }>>;
  close(): void;
}

/** A small scene that dreams in tens of milliseconds a frame. */
export const smallScene = `# small
output: { file: out/small.mp4, size: 64x48, fps: 8 }
source: { noise: { seed: 3 } }
duration: 1s
dream:
  layers: { patterns1: 1 } # quick
  octaves: 2
  iterations: [1, 1]
motion: { zoom: 1.5 }
`;

export async function openStudio(options: Partial<StudioOptions> = {}): Promise<TestStudio> {
  const folder = await mkdtemp(join(tmpdir(), "studio-"));
  process.env.DREAMREEL_CACHE = join(folder, ".cache");
  await writeFile(join(folder, "small.yaml"), smallScene);
  const start = (port: number): Promise<Studio> => startStudio({ folder, port, ...options });
  let studio = await start(0);
  const cookie = await cookieOf(studio);
  const send = (path: string, sent: Sent = {}): Promise<Answer> => {
    const origin = `http://127.0.0.1:${studio.port}`;
    return ask(studio.port, path, { ...sent, headers: { cookie, origin, ...sent.headers } });
  };
  return {
    folder,
    get studio() {
      return studio;
    },
    get cookie() {
      return cookie;
    },
    send,
    raw: (path, sent = {}) => ask(studio.port, path, sent),
    async call<T>(method: string, path: string, body?: unknown) {
      const answer = await send(path, {
        method,
        headers: { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (answer.status >= 400) throw new Error(`${answer.status}: ${answer.body.toString()}`);
      return answer.json<T>();
    },
    listen: (client) => listen(studio.port, client, cookie),
    async restart() {
      const { port } = studio;
      await studio.close();
      studio = await start(port);
    },
    async close() {
      await studio.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function cookieOf(studio: Studio): Promise<string> {
  const { pathname, search } = new URL(studio.address);
  const answer = await ask(studio.port, pathname + search, {});
  return answer.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}

function ask(
  port: number,
  path: string,
  { method = "GET", headers = {}, body }: Sent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const given = Object.entries(headers).filter((entry) => entry[1] !== undefined);
    const own = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method,
        agent: false,
        headers: Object.fromEntries(given) as Record<string, string>,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const whole = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: whole,
            json: () => JSON.parse(whole.toString()),
          });
        });
      },
    );
    own.on("error", reject);
    own.end(body);
  });
}

function listen(port: number, client: string, cookie: string): Promise<Listening> {
  const events: StudioEvent[] = [];
  const waiting = new Set<() => void>();
  return new Promise((resolve, reject) => {
    const own = request(
      {
        host: "127.0.0.1",
        port,
        path: `/api/events?client=${client}`,
        agent: false,
        headers: { cookie },
      },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
          const parts = text.split("\n\n");
          text = parts.pop()!;
          for (const part of parts) {
            const data = /^data: (.*)$/m.exec(part)?.[1];
            if (data !== undefined) events.push(JSON.parse(data));
          }
          for (const look of waiting) look();
        });
        response.on("error", () => {});
        resolve({
          events,
          wait: (type, fits = () => true) =>
            new Promise((found) => {
              const look = (): void => {
                const event = events.find((one) => one.type === type && fits(one as never));
                if (!event) return;
                waiting.delete(look);
                found(event as never);
              };
              waiting.add(look);
              look();
            }),
          close: () => own.destroy(),
        });
      },
    );
    own.on("error", reject);
    own.end();
  });
}
