/** Short messages that leave by themselves; failures stay until they are closed. */
import { signal } from "@preact/signals";
import { RequestError } from "./api-client.ts";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly hint?: string;
  readonly bad: boolean;
}

export const toasts = signal<readonly Toast[]>([]);
let last = 0;

function show(toast: Omit<Toast, "id">): number {
  const id = ++last;
  // The same message again replaces the older one.
  toasts.value = [...toasts.value.filter(({ text }) => text !== toast.text), { ...toast, id }];
  return id;
}

export function tell(text: string): void {
  const id = show({ text, bad: false });
  setTimeout(() => closeToast(id), 4000);
}

/** Say what failed. Being offline is shown in the bar already. */
export function tellFailure(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  if (error instanceof RequestError) {
    if (error.code === "OFFLINE") return;
    show({ text: error.message, bad: true, ...(error.hint ? { hint: error.hint } : {}) });
    return;
  }
  show({ text: error instanceof Error ? error.message : String(error), bad: true });
}

export function closeToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}
