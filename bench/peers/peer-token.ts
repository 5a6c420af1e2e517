import { createPublicKey, type KeyObject } from "node:crypto";
import type { NextFunction, Request, Response } from "express";
import jwt from "jsonwebtoken";
import { request } from "undici";
import { z } from "zod";

const keysSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string() })) });
const claimsSchema = z.object({ authorities: z.array(z.string()) });

/** Express's way to let someone through or not. */
export type Guard = (request: Request, response: Response, next: NextFunction) => void;

/** Makes the guard of case data: a good token of this issuer, with the role. The keys are fetched once. */
export async function createGuard(jwksUrl: string, issuer: string, role: string): Promise<Guard> {
  const answer = await request(jwksUrl);
  const { keys } = keysSchema.parse(await answer.body.json());
  const known = new Map<string | undefined, KeyObject>(
    keys.map((key) => [key.kid, createPublicKey({ key, format: "jwk" })]),
  );
  const findKey: jwt.GetPublicKeyOrSecret = ({ kid }, done) => {
    const key = known.get(kid);
    if (key === undefined) done(new Error("The key is not known."));
    else done(null, key);
  };
  return ({ headers: { authorization = "" } }, response, next) => {
    const token = authorization.replace(/^Bearer /i, "");
    jwt.verify(token, findKey, { algorithms: ["RS256"], issuer }, (error, claims) => {
      const authorities = claimsSchema.safeParse(claims).data?.authorities ?? [];
      if (error !== null) response.status(401).json({ status: 401, message: "A valid token is needed" });
      else if (!authorities.includes(role))
        response.status(403).json({ status: 403, message: "You do not have permission to do this" });
      else next();
    });
  };
}
