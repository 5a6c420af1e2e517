/** Replays of one message at most (rule O3). */
export const maxReplays = 5;

/** The key that a replay is settled under (rule O3). */
export function replayKey(inboxKey: string, replay: number): string {
  return `${inboxKey}#${replay}`;
}

/** The key of the message itself, also where the key is that of one of its replays. */
export function originalKey(inboxKey: string): string {
  return inboxKey.replace(/#\d$/, "");
}

/** The keys under which anything may be recorded of a message: its own and those of its replays. */
export function keysOf(inboxKey: string): readonly string[] {
  return [inboxKey, ...Array.from({ length: maxReplays }, (_, index) => replayKey(inboxKey, index + 1))];
}
