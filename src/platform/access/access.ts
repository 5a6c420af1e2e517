/** Who may call a route: anybody, or a token with one of these authorities. */
export type Access = "open" | readonly string[];

/** Who calls, by a verified token: the client that it was given to, and who acts: the person behind it, or the client. */
export interface Caller {
  readonly client: string;
  readonly actor: string;
  readonly authorities: ReadonlySet<string>;
}

/** The authorities that case data needs by default; one of them is enough. */
export const caseDetailRoles = ["ROLE_PROBATION_API__MANAGE_POM_CASES__CASE_DETAIL", "ROLE_MANAGE_POM_CASES"] as const;

/** Who may see how the service does its work, and whom the work is about. */
export const viewers = ["ROLE_MPC_DELIUS_VIEW", "ROLE_MPC_DELIUS_OPERATE"] as const;

/** Who may change how it goes on. */
export const operators = ["ROLE_MPC_DELIUS_OPERATE"] as const;

/** Who may reach into the queues themselves. */
export const queueAdmins = ["ROLE_QUEUE_ADMIN"] as const;

/** Whether a caller holds one of the authorities that a route asks for. */
export function isAllowed({ authorities }: Pick<Caller, "authorities">, access: readonly string[]): boolean {
  return access.some((authority) => authorities.has(authority));
}
