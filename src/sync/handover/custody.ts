import { z } from "zod";
import type { KeyDateType } from "../fact/delius-codes.ts";
import type { IsoDate } from "../../platform/time/london-time.ts";

/** Delius's key of a custody: the custodial part of one sentence. */
export const custodyIdSchema = z.int().brand<"CustodyId">();

/** Delius's key of a key date. */
export const keyDateIdSchema = z.int().brand<"KeyDateId">();

/** See {@link custodyIdSchema}. */
export type CustodyId = z.infer<typeof custodyIdSchema>;

/** A handover key date in Delius, live or deleted. */
export interface KeyDate {
  readonly keyDateId: z.infer<typeof keyDateIdSchema>;
  readonly rowVersion: number;
  readonly type: KeyDateType;
  readonly date: IsoDate;
}

/** The custody of an active custodial sentence. */
export interface Custody {
  readonly custodyId: CustodyId;
  /** The live handover dates, the oldest first. */
  readonly keyDates: readonly KeyDate[];
  /** Those that are deleted: Delius takes no second row of the same custody, type and date, so they come back. */
  readonly deletedKeyDates: readonly KeyDate[];
}
