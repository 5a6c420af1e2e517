import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isSameName, nameKey } from "./officer-name.ts";

const zoe = { forename: "Zoë", surname: "Désiré" };

describe("two names are the same", () => {
  for (const [what, forename, surname] of [
    ["in capitals, accents too", "ZOË", "DÉSIRÉ"],
    ["with a tab behind", "Zoë\t", "Désiré\t"],
    ["with no-break spaces around", "\u00A0Zoë\u00A0", "\u00A0Désiré"],
    ["with a line end behind", "Zoë\r\n", "Désiré\u2028"],
    ["with other white space of Unicode around", "\u2003Zoë\u0085", "\u3000Désiré\u202F"],
  ] as const) {
    test(what, () => assert.ok(isSameName(zoe, { forename, surname })));
  }
});

describe("two names differ", () => {
  for (const [what, forename, surname] of [
    ["by the forename", "Zoé", "Désiré"],
    ["by the surname", "Zoë", "Désirée"],
    ["by an accent", "Zoë", "Desiré"],
    ["by white space inside", "Zo ë", "Désiré"],
  ] as const) {
    test(what, () => assert.ok(!isSameName(zoe, { forename, surname })));
  }
});

test("names that are the same have the same key, in whatever letters", () => {
  const letters = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(letters, fc.constantFrom("", " ", "\t", "\u00A0", "\r\n", "\uFEFF"), (surname, space) => {
      for (const other of [surname.toUpperCase(), surname.toLowerCase(), surname]) {
        const spaced = { forename: "", surname: `${space}${other}${space}` };
        if (isSameName({ forename: "", surname }, spaced)) assert.equal(nameKey(spaced.surname), nameKey(surname));
      }
    }),
  );
});
