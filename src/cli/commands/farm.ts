import type { AddCommand } from "../terminal/output.ts";
import { addChange } from "./farm-change.ts";
import { addFarmLogs } from "./farm-logs.ts";
import { addFarmStatus } from "./farm-status.ts";
import { addSubmit } from "./farm-submit.ts";
import { addWorker } from "./farm-worker.ts";
import { addFarmWorkers } from "./farm-workers.ts";

/** `dreamreel farm worker | submit | status | pause | resume | cancel | retry | logs | workers` */
export function addFarm(command: AddCommand): void {
  const farm = command("farm")
    .description("render on many machines that share a folder")
    .addHelpText(
      "after",
      `
Every machine sees one folder (--share, or DREAMREEL_SHARE) and one Redis (--redis, or REDIS_URL):

  redis-server --appendonly yes --maxmemory-policy noeviction
  dreamreel farm worker --share /mnt/dreams --redis redis://host:6379     on each machine

The farm needs two packages more: npm install bullmq@6 ioredis@6

Example:
  dreamreel farm submit film.yaml --wait`,
    );
  const add = farm.command.bind(farm);
  addWorker(add);
  addSubmit(add);
  addFarmStatus(add);
  addChange(add, "pause", "stop a film's pieces at a checkpoint, until it is resumed");
  addChange(add, "resume", "go on with a paused film");
  addChange(add, "cancel", "stop a film for good; its finished frames are kept in the share");
  addChange(add, "retry", "try failed pieces again, and take back machines that were set aside");
  addFarmLogs(add);
  addFarmWorkers(add);
}
