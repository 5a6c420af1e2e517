import type { Dependency, DependencyError } from "./dependency-error.ts";

const reasons: Readonly<Record<Dependency, string>> = {
  mpc: "Manage POM Cases cannot be asked at the moment",
  auth: "HMPPS Auth gives no token at the moment, so Manage POM Cases cannot be asked",
  database: "The database cannot be read at the moment",
  queue: "The queue cannot be asked at the moment",
  directory: "The staff directory cannot be asked at the moment",
};

/** Why something cannot be found out, for the person who asked: what failed, and not what was waiting for it. */
export function describeFailure({ dependency }: DependencyError): string {
  return reasons[dependency];
}
