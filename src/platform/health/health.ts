import { z } from "zod";
import { instantSchema } from "../web/paging.ts";

/** Whether something is as it should be. */
export const statusSchema = z.object({ status: z.enum(["UP", "DOWN"]) }).meta({ title: "Status" });

const componentSchema = z
  .object({
    status: statusSchema.shape.status,
    since: instantSchema
      .optional()
      .describe("With `DOWN`: when this replica found it down first; it may have been down for longer"),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ title: "ComponentHealth" });

/** How the service is as a whole, and everything that it leans on. */
export const healthSchema = z
  .object({ status: statusSchema.shape.status, components: z.record(z.string(), componentSchema) })
  .meta({ title: "Health" });

/** How one part of the service, or something that it leans on, is. */
export type ComponentHealth = Readonly<z.infer<typeof componentSchema>>;

export type Health = Readonly<z.infer<typeof healthSchema>>;

/** The whole is up when every component is. */
export function toHealth(components: Health["components"]): Health {
  const isUp = Object.values(components).every(({ status }) => status === "UP");
  return { status: isUp ? "UP" : "DOWN", components };
}
