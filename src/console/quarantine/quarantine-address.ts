import type { OrderName } from "../../operations/quarantine/quarantine-schema.ts";
import { writeAddress } from "../web/navigation.ts";

/** Where the quarantine is shown by reason. */
export const quarantinePath = "/console/quarantine";

/** Where its messages are listed. */
export const listPath = `${quarantinePath}/messages`;

/** Where the replays of whole groups are shown, each by its number. */
export const groupsPath = `${quarantinePath}/groups`;

/** Where one is previewed and ordered. */
export const groupReplayPath = `${groupsPath}/replay`;

/** By what the list is filtered. */
export type QuarantineFilters = Readonly<Partial<Record<"reason" | "state" | "before", string | undefined>>>;

/** The list with filters, as its address holds them. */
export function listAddress({ reason, state, before }: QuarantineFilters): string {
  return writeAddress(listPath, { reason, state: state === "held" ? undefined : state, before });
}

/** The page that previews an order about a group. */
export function groupAddress(name: OrderName, query: Readonly<Record<"group" | "from", string>>): string {
  return writeAddress(`${quarantinePath}/${name}`, query);
}
