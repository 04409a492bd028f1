/** Lists of renders that survive a restart of the server. */

/** Most jobs that have ended and are still listed. */
const maxEnded = 20;

/** `jobs` without the oldest of those that have ended. */
export function withoutOldest<Job>(jobs: readonly Job[], hasEnded: (job: Job) => boolean): Job[] {
  const ended = jobs.filter(hasEnded);
  const dropped = new Set(ended.slice(0, Math.max(0, ended.length - maxEnded)));
  return jobs.filter((job) => !dropped.has(job));
}

/** A list that was kept as JSON. One that cannot be read is lost; the frames are not. */
export function keptJobs<Job>(text: string): Job[] {
  try {
    const jobs: unknown = JSON.parse(text);
    return Array.isArray(jobs) ? jobs : [];
  } catch {
    return [];
  }
}
