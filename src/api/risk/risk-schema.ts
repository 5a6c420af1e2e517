import { z } from "zod";

/** A case's MAPPA registration: how closely agencies work together on it, and in which category of offenders. */
export const mappaSchema = z
  .object({
    level: z.int().min(0).max(3).optional().describe("Absent where the registration has no level"),
    levelDescription: z.string().optional(),
    category: z.int().min(0).max(4).optional().describe("0 is nominal; absent where the registration has no category"),
    categoryDescription: z.string().optional(),
    startDate: z.iso.date().describe("Day of the registration"),
    reviewDate: z.iso.date().optional(),
  })
  .meta({ title: "Mappa" });

export type Mappa = Readonly<z.infer<typeof mappaSchema>>;

/** An example, for the document. */
export const mappaExample = {
  level: 2,
  levelDescription: "MAPPA Level 2",
  category: 1,
  categoryDescription: "MAPPA Cat 1",
  startDate: "2026-01-05",
  reviewDate: "2026-07-05",
};

/** A case's risk of serious harm, from the day on which it was registered. */
export const roshSchema = z
  .object({
    level: z.enum(["LOW", "MEDIUM", "HIGH", "VERY_HIGH"]),
    startDate: z.iso.date().describe("Day of the registration"),
  })
  .meta({ title: "Rosh" });

export type Rosh = Readonly<z.infer<typeof roshSchema>>;

/** An example, for the document. */
export const roshExample = { level: "HIGH", startDate: "2026-01-09" };
