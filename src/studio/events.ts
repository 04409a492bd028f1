/** Server-sent events: what happens, told to every page that listens. */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { StudioEvent } from "./api-events.ts";

/** Most events that wait for a page that does not read; it is then closed, and connects again by itself. */
const maxWaiting = 2000;
const heartbeatMs = 15_000;

interface Listener {
  readonly client: string;
  readonly send: (event: StudioEvent) => void;
}

export class EventHub {
  readonly #listeners = new Set<Listener>();
  readonly #onGone: (client: string) => void;

  /** `onGone` is called when the last page of a client has left. */
  constructor(onGone: (client: string) => void) {
    this.#onGone = onGone;
  }

  /** To all pages, or to those of one client. */
  send(event: StudioEvent, client?: string): void {
    for (const listener of this.#listeners)
      if (client === undefined || listener.client === client) listener.send(event);
  }

  /** The answer to a page that listens. `first` are events that it starts with. */
  open(c: Context, client: string, first: readonly StudioEvent[]): Response {
    return streamSSE(c, async (stream) => {
      const waiting: StudioEvent[] = [...first];
      let wake = (): void => {};
      let open = true;
      const close = (): void => {
        open = false;
        wake();
      };
      const listener: Listener = {
        client,
        send: (event) => {
          waiting.push(event);
          if (waiting.length > maxWaiting) close();
          wake();
        },
      };
      stream.onAbort(close);
      this.#listeners.add(listener);
      try {
        while (open) {
          for (let event = waiting.shift(); event && open; event = waiting.shift())
            await stream.writeSSE({ event: event.type, data: JSON.stringify(event) });
          if (!open) break;
          let timer: NodeJS.Timeout | undefined;
          const quiet = await new Promise<boolean>((resolve) => {
            wake = () => resolve(false);
            timer = setTimeout(() => resolve(true), heartbeatMs);
            if (waiting.length > 0 || !open) resolve(false);
          });
          clearTimeout(timer);
          // A comment finds out whether the page is still there.
          if (quiet) await stream.write(": still here\n\n");
        }
      } finally {
        this.#listeners.delete(listener);
        if (![...this.#listeners].some((other) => other.client === client)) this.#onGone(client);
      }
    });
  }

  /** End all streams. */
  close(): void {
    this.#listeners.clear();
  }
}
