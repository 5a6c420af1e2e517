import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Tries to listen on a port; answers the port that it listens on. */
export type Listen = (port: number) => Promise<number>;

/**
 * Listens on the preferred port, or on any free one where that is taken by someone else. It tries instead of asking
 * first, so no one can come in between.
 */
export async function listenOnFreePort(preferred: number, listen: Listen): Promise<number> {
  try {
    return await listen(preferred);
  } catch (error) {
    if (preferred === 0 || !isTaken(error)) throw error;
    return listen(0);
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EADDRINUSE" || error.code === "EACCES");
}

/** The port of a server's address. Raises when it does not listen on one. */
export function portOf(address: { readonly port: number } | string | null): number {
  if (address === null || typeof address === "string") throw new Error("The server listens on no port.");
  return address.port;
}

/** Makes a server listen for loopback callers. Raises when the port is taken. */
export async function listenOn(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return portOf(server.address());
}

// Systems choose their own ports above these, for callers and for listeners that name none.
const chosenPorts = { first: 10_000, last: 32_767 };

/**
 * A port that no one listens on at this moment, for a program that has to be given one. It is one that no system chooses by
 * itself, so that no connection takes it before the program listens.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    await using probe = createServer();
    try {
      return await listenOn(probe, randomInt(chosenPorts.first, chosenPorts.last + 1));
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
}
