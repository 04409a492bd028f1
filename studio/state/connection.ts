/** The stream of events from the server, and whether the server is there. */
import { signal } from "@preact/signals";
import type { StudioEvent } from "../../src/studio/api.ts";
import { apiUrl } from "./api-client.ts";

/** This page among all that are open; a new one for each load. */
export const clientId: string = crypto.randomUUID();

export const connection = signal<"connecting" | "online" | "offline">("connecting");

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

/** Listen until the page closes. `EventSource` gives up after some errors, so a closed one is replaced. */
export function connect(): void {
  const source = new EventSource(apiUrl("events", { client: clientId }));
  source.onopen = () => {
    const again = connection.value === "offline";
    connection.value = "online";
    if (again) for (const listener of reconnected) listener();
  };
  source.onerror = () => {
    connection.value = "offline";
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(connect, 1000);
  };
  for (const type of [
    "look",
    "motion",
    "frame",
    "file",
    "atlas",
    "hello",
    "render",
    "sound",
  ] as const)
    source.addEventListener(type, (message) => {
      const event = JSON.parse((message as MessageEvent<string>).data) as never;
      for (const listener of listeners.get(type) ?? []) listener(event);
    });
}
