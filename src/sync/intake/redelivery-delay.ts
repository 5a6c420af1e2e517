/**
 * How long a message that failed stays out of sight, in whole seconds: the delay of its receive, the last one repeating,
 * with full jitter so that messages which failed together do not come back together. Never nothing where there
 * is a delay: the message would come back at once, as if nothing had failed. `random` is in [0, 1).
 */
export function retryDelay(receives: number, delays: readonly number[], random: number): number {
  const delay = delays[Math.min(Math.max(receives, 1), delays.length) - 1] ?? 0;
  return delay === 0 ? 0 : Math.max(1, Math.round(delay * random));
}
