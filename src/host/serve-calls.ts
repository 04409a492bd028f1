/** The side of a process that dreams for another: see `host-process.ts`. */
import { DreamError, messageOf } from "../errors.ts";
import { keepFromChildren } from "./huge-pages.ts";
import type { CallMap, FromHost, HostError, ToHost } from "./messages.ts";

/** One function for each call. */
export type Handlers<C extends CallMap> = {
  readonly [N in keyof C]: (
    request: C[N]["request"],
    report: (report: C[N]["report"]) => void,
    signal: AbortSignal,
  ) => Promise<C[N]["result"]>;
};

export interface ServeOptions {
  /** How an error is told; problems in a scene are added. */
  readonly describe?: (error: unknown) => Omit<HostError, "problems">;
  /** Called once the other process has ended. What then still runs has been cancelled. */
  readonly onEnd?: () => unknown;
}

/** Answer the calls of the process that started this one, until that ends. */
export function serveCalls<C extends CallMap>(
  handlers: Handlers<C>,
  { describe = plainError, onEnd }: ServeOptions = {},
): void {
  keepFromChildren();
  const running = new Map<number, AbortController>();

  const answer = async (id: number, name: string, request: unknown): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const report = (value: unknown): void => send({ type: "report", id, report: value });
      const result = await handlers[name as keyof C](request, report, controller.signal);
      send({ type: "result", id, result });
    } catch (error) {
      const problems = error instanceof DreamError ? error.problems : [];
      send({ type: "error", id, error: { ...describe(error), problems } });
    } finally {
      running.delete(id);
    }
  };

  process.on("message", (message: ToHost) => {
    if (message.type === "cancel") running.get(message.id)?.abort();
    else void answer(message.id, message.name, message.request);
  });

  // Ctrl-C reaches all processes of a terminal: the other process ends this one, with what is finished kept.
  process.on("SIGINT", () => {});

  // The other process has ended: what is finished is kept, and this one ends once nothing is left to do.
  process.once("disconnect", () => {
    for (const controller of running.values()) controller.abort();
    void onEnd?.();
  });
}

function send(message: FromHost): void {
  // The other process may end at any time.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function plainError(error: unknown): Omit<HostError, "problems"> {
  if (!(error instanceof DreamError))
    return {
      code: "INTERNAL",
      message: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
    };
  const { code, message, where, hint } = error;
  return { code, message: where ? `${where}: ${message}` : message, hint };
}
