import { z } from "zod";
import { sharedDependencies } from "../../sync/intake/trouble.ts";
import { instantSchema } from "../../platform/web/paging.ts";

/** How the intake of one replica may stand. */
const replicaStates = ["running", "waiting", "pausing", "paused", "stopping", "not receiving"] as const;

const report = {
  state: z
    .enum(replicaStates)
    .describe(
      "`waiting`: for a dependency that is down; `pausing`: an operator has paused it, and it finishes what it has begun; `not receiving`: it runs without a consumer",
    ),
  inWork: z.int().describe("Messages that it has begun"),
  held: z.int().describe("Messages that it has received and not begun"),
};

/** How the intake of a replica stands. */
export const replicaSchema = z
  .object({
    name: z.string().describe("Name of its host, which is that of the pod"),
    ...report,
    waitsFor: z.enum(sharedDependencies).optional(),
    seenAt: instantSchema.describe("When it said so; replicas that have not for 20 seconds are left out"),
  })
  .meta({ title: "Replica" });

/** See {@link replicaSchema}. */
export type Replica = Readonly<z.infer<typeof replicaSchema>>;

/** What a replica says of its intake. */
export type ReplicaReport = Readonly<Pick<Replica, "state" | "inWork" | "held">> & {
  readonly waitsFor: NonNullable<Replica["waitsFor"]> | null;
};

/** What the state of an intake is read off. */
export interface IntakeFacts {
  /** Null where the replica runs without a consumer. */
  readonly gate: { readonly state: "running" | "paused" | "waiting"; readonly waitsFor?: Replica["waitsFor"] } | null;
  readonly inWork: number;
  readonly inHand: number;
  readonly isStopping: boolean;
}

/** How an intake stands. A paused one that has messages in work is still pausing; one that only holds some is paused. */
export function describeReplica({ gate, inWork, inHand, isStopping }: IntakeFacts): ReplicaReport {
  const counts = { inWork, held: Math.max(inHand - inWork, 0) };
  if (gate === null) return { ...counts, state: "not receiving", waitsFor: null };
  if (isStopping) return { ...counts, state: "stopping", waitsFor: null };
  const state = gate.state === "paused" && inWork > 0 ? "pausing" : gate.state;
  return { ...counts, state, waitsFor: gate.waitsFor ?? null };
}
