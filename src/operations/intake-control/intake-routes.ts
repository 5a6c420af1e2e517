import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import { operators, viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Database, Executor, Transaction } from "../../platform/database/database.ts";
import { parseInput, requireCaller, securedRoute, workWithin } from "../../platform/web/secured-route.ts";
import { badReason, reasonRequestSchema } from "../action/action.ts";
import { insertAction } from "../action/action-store.ts";
import { intakeAnswerSchema, intakeExample, intakeSchema, replicaExamples } from "./intake-schema.ts";
import { listReplicas } from "./replica-store.ts";
import { getIntakeState, setIntakeState, type IntakeOrder } from "../../sync/intake/intake-state-store.ts";

/** What the routes of the intake are built from. */
export interface IntakeRoutesSettings {
  readonly reads: Executor;
  readonly database: Database;
  /** Aborts when the service stops: what is under way is then broken off. */
  readonly stopping: AbortSignal;
}

const tag = "Intake";
const changeMs = 8_000;

/** Adds whether messages are let in, and how that is changed for every replica. */
export function addIntakeRoutes(app: FastifyInstance, { reads, database, stopping }: IntakeRoutesSettings): void {
  app.get("/operations/intake", stateRoute, () => describeIntake(reads));
  const change =
    (running: boolean) =>
    (request: FastifyRequest): Promise<z.infer<typeof intakeAnswerSchema>> => {
      const { reason } = parseInput(reasonRequestSchema, request.body, badReason);
      const { actor } = requireCaller(request);
      return workWithin({ milliseconds: changeMs, stopping }, (signal) =>
        database.transaction((tx) => changeIntake(tx, { running, actor, reason }), signal),
      );
    };
  app.post("/operations/intake/pause", changeRoute("pause"), change(false));
  app.post("/operations/intake/resume", changeRoute("resume"), change(true));
}

async function describeIntake(reads: Executor): Promise<z.infer<typeof intakeSchema>> {
  const [state, replicas] = await Promise.all([getIntakeState(reads), listReplicas(reads)]);
  return { ...state, replicas: [...replicas] };
}

/** Pauses or resumes the intake on every replica and records who did it and why; says whether that changed anything. */
export async function changeIntake(tx: Transaction, order: IntakeOrder) {
  const { running, actor, reason } = order;
  const changed = await setIntakeState(tx, order);
  if (changed === null) return { commit: false, value: { ...(await getIntakeState(tx)), changed: false } };
  await insertAction(tx, { actor, action: running ? "resume" : "pause", reason, subject: {} });
  return { commit: true, value: { ...changed, changed: true } };
}

const stateRoute = securedRoute(viewers, {
  tag,
  operationId: "getIntakeState",
  summary: "Whether messages are let in, and how each replica stands",
  answer: {
    description: "The state, since when, by whose order and why; and the replicas that have been seen lately",
    schema: intakeSchema,
    example: { ...intakeExample, replicas: replicaExamples },
  },
});

function changeRoute(name: "pause" | "resume") {
  const running = name === "resume";
  const { reason } = intakeExample;
  return securedRoute(operators, {
    tag,
    operationId: `${name}Intake`,
    summary: running ? "Lets messages in again, on every replica" : "Lets no more messages in, on any replica",
    body: { schema: reasonRequestSchema, example: { reason } },
    answer: {
      description: "The state that holds now",
      schema: intakeAnswerSchema,
      example: { ...intakeExample, running, changed: true },
    },
    errors: { 400: describeError(400, badReason) },
  });
}
