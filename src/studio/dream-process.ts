/** The processes that dream for the studio's server. */
import { HostProcess } from "../host/host-process.ts";
import type { Calls } from "./calls.ts";

export type DreamProcess = HostProcess<Calls>;

/** `niceness` from 0 to 19: how much the process gives way to other processes. */
export function dreamProcess(niceness = 0): DreamProcess {
  return new HostProcess("studio/host.ts", { owner: "the studio", niceness });
}
