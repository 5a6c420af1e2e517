/** How one part of the service, or something that it leans on, is. */
export interface ComponentHealth {
  readonly status: "UP" | "DOWN";
  readonly details?: Readonly<Record<string, unknown>>;
}

/** How the service is as a whole (spec 4.7). */
export interface Health {
  readonly status: "UP" | "DOWN";
  readonly components: Readonly<Record<string, ComponentHealth>>;
}

/** The whole is up when every component is. */
export function toHealth(components: Health["components"]): Health {
  const isUp = Object.values(components).every(({ status }) => status === "UP");
  return { status: isUp ? "UP" : "DOWN", components };
}
