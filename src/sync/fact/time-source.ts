/** What tells when an event happened; null when nothing does. */
export type TimeSource = "event" | "SNS" | null;
