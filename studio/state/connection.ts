/** The stream of events from the server, and whether the server is there. */
import { signal } from "@preact/signals";
import type { StudioEvent } from "../../src/studio/api-events.ts";
import { apiUrl } from "./api-client.ts";

/** This page among all that are open; a new one for each load. */
export const clientId: string = crypto.randomUUID();

export const connection = signal<"connecting" | "online" | "offline" | "locked">("connecting");

/** Each type of event: none is forgotten. */
const types: Readonly<Record<StudioEvent["type"], true>> = {
  look: true,
  motion: true,
  frame: true,
  file: true,
  tiles: true,
  hello: true,
  render: true,
  sound: true,
  thumbnail: true,
  cuts: true,
  media: true,
  frames: true,
  farm: true,
};

const listeners = new Map<StudioEvent["type"], ((event: never) => void)[]>();
const reconnected: (() => void)[] = [];

/** Call `listener` for each event of a type. */
export function onEvent<Type extends StudioEvent["type"]>(
  type: Type,
  listener: (event: Extract<StudioEvent, { type: Type }>) => void,
): void {
  listeners.set(type, [...(listeners.get(type) ?? []), listener]);
}

/** Call `listener` when the server is there again: what was asked before is lost. */
export function onReconnect(listener: () => void): void {
  reconnected.push(listener);
}

async function retry(): Promise<void> {
  const status = await fetch(apiUrl("studio")).then(
    (response) => response.status,
    () => 0,
  );
  if (status === 401 || status === 403) connection.value = "locked";
  setTimeout(connect, status === 401 || status === 403 ? 5000 : 1000);
}

/** Listen until the page closes. `EventSource` gives up after some errors, so a closed one is replaced. */
export function connect(): void {
  const source = new EventSource(apiUrl("events", { client: clientId }));
  source.onopen = () => {
    const again = connection.value !== "connecting";
    connection.value = "online";
    if (again) for (const listener of reconnected) listener();
  };
  source.onerror = () => {
    connection.value = "offline";
    // The browser tries again by itself, but not where the server refused.
    if (source.readyState === EventSource.CLOSED) void retry();
  };
  for (const type of Object.keys(types))
    source.addEventListener(type, (message) => {
      const event = JSON.parse((message as MessageEvent<string>).data) as never;
      for (const listener of listeners.get(type as StudioEvent["type"]) ?? []) listener(event);
    });
}
