import { z } from "zod";
import { callers } from "./credentials.ts";
import { readRunning, type RunningParts } from "./sandbox-state.ts";
import { chooseStart, locateState } from "./start-choice.ts";

type GivenEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * Does what a command is for on the sandbox that runs, and answers its exit code. Where none does, it says why on standard
 * error and answers 1; where the environment is that of a real service there is none, no matter what runs.
 */
export async function useSandbox(
  environment: GivenEnvironment,
  work: (parts: RunningParts) => Promise<number>,
): Promise<number> {
  const found = await findSandbox(environment);
  if (typeof found === "string") return fail(found);
  try {
    return await work(found);
  } catch (error) {
    // What fetch raises when no one answers.
    if (!(error instanceof TypeError) || error.cause === undefined) throw error;
    return fail("The sandbox does not answer: it is about to stop. Start it again with `npm start`.");
  }
}

function fail(explanation: string): number {
  process.stderr.write(`${explanation}\n`);
  return 1;
}

/** Where it is, or why there is none. */
async function findSandbox(environment: GivenEnvironment): Promise<RunningParts | string> {
  if (chooseStart(environment).kind !== "sandbox") {
    return "The environment names real parts of the service, and this command is for the sandbox alone: unset them first.";
  }
  const directory = locateState(environment);
  const running = await readRunning(directory);
  if (running === null) return `No sandbox runs in ${directory}: start one with \`npm start\`.`;
  return running.parts ?? `The sandbox in ${directory} is still starting: try again in a moment.`;
}

/** What a token may be for. */
export type Purpose = keyof typeof callers;

/** A token of the sandbox's HMPPS Auth. */
export interface Token {
  readonly text: string;
  readonly seconds: number;
}

const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() });

/** Asks the sandbox's HMPPS Auth for a token. */
export async function fetchToken({ auth }: RunningParts, purpose: Purpose): Promise<Token> {
  const { id, secret } = callers[purpose];
  const response = await fetch(auth.tokenUrl, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const { access_token: text, expires_in: seconds } = tokenSchema.parse(await response.json());
  return { text, seconds };
}
