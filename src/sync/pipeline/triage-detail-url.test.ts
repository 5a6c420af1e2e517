import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { nomsNumberSchema } from "../../delius/person/person.ts";
import { buildDetailUrl, isTrustedDetailUrl } from "./triage.ts";
import { facts } from "../fact/outcome.ts";

const noms = nomsNumberSchema.parse("A1001AA");
const origins = ["https://mpc.example", "http://mpc.svc.cluster.local:8080"];
const path = "/api/allocation/A1001AA/primary_pom";
const isTrusted = (url: string) => isTrustedDetailUrl(url, origins, noms);

describe("a detail URL is trusted", () => {
  const trusted = [
    { name: "at the live path of an allocation", url: `https://mpc.example${path}` },
    { name: "at the live path of a handover", url: "https://mpc.example/api/handovers/A1001AA" },
    {
      name: "at another path of the API that holds the number",
      url: "https://mpc.example/api/v2/A1001AA/handover-dates",
    },
    { name: "about the number in small letters", url: "https://mpc.example/api/handovers/a1001aa" },
    { name: "at another origin of the list, with its port", url: `http://mpc.svc.cluster.local:8080${path}` },
  ];
  for (const { name, url } of trusted) {
    test(name, () => {
      assert.equal(isTrusted(url), true);
    });
  }

  test("where it was built, for every fact", () => {
    assert.deepEqual(
      facts.map((fact) => buildDetailUrl("https://mpc.example", fact, noms)),
      ["https://mpc.example/api/handovers/A1001AA", `https://mpc.example${path}`],
    );
    assert.ok(facts.every((fact) => isTrusted(buildDetailUrl("https://mpc.example", fact, noms))));
  });
});

describe("a detail URL is not trusted (rule E5)", () => {
  const untrusted = [
    { name: "at another host", url: `https://evil.example${path}` },
    { name: "at a host that begins like an allowed one", url: `https://mpc.example.evil.example${path}` },
    { name: "at a host behind a user name like an allowed one", url: `https://mpc.example@evil.example${path}` },
    { name: "with a user name and a password", url: `https://mpc.example:secret@evil.example${path}` },
    { name: "with credentials for an allowed host", url: `https://user@mpc.example${path}` },
    { name: "with a backslash after the host", url: `https://mpc.example\\@evil.example${path}` },
    { name: "with backslashes in its path", url: "https://mpc.example\\api\\handovers\\A1001AA" },
    { name: "with a tab in the host", url: `https://mpc\t.example${path}` },
    { name: "with a tab in its path", url: "https://mpc.example/api/handovers/A1001AA\t" },
    { name: "with a line feed in its path", url: "https://mpc.example/api/handovers/A1001AA\nX" },
    { name: "with white space before it", url: ` https://mpc.example${path}` },
    { name: "with an upper-case host", url: `https://MPC.example${path}` },
    { name: "with an upper-case scheme", url: `HTTPS://mpc.example${path}` },
    { name: "with a trailing dot after the host", url: `https://mpc.example.${path}` },
    { name: "with a look-alike letter in the host", url: `https://mрc.example${path}` },
    { name: "with an internationalised host", url: `https://xn--mc-emc.example${path}` },
    { name: "by http: where the origin is https:", url: `http://mpc.example${path}` },
    { name: "by https: where the origin is http:", url: `https://mpc.svc.cluster.local:8080${path}` },
    { name: "at another port", url: `https://mpc.example:8443${path}` },
    { name: "at the default port written out", url: `https://mpc.example:443${path}` },
    { name: "without the port of its origin", url: `http://mpc.svc.cluster.local${path}` },
    { name: "at a port that begins like that of its origin", url: `http://mpc.svc.cluster.local:80801${path}` },
    { name: "as a file", url: `file:///etc/passwd${path}` },
    { name: "as data", url: `data:text/plain,${path}` },
    { name: "without a scheme", url: `//mpc.example${path}` },
    { name: "as a path alone", url: path },
    { name: "outside the API", url: "https://mpc.example/admin/A1001AA" },
    { name: "at a path that only begins like the API", url: "https://mpc.example/apiary/A1001AA" },
    { name: "at the API's root", url: "https://mpc.example/api/" },
    { name: "with .. in its path", url: "https://mpc.example/api/../admin/A1001AA" },
    { name: "with .. at its end", url: "https://mpc.example/api/A1001AA/.." },
    { name: "with an encoded .. in its path", url: "https://mpc.example/api/%2e%2e/admin/A1001AA" },
    { name: "with an encoded / in its path", url: "https://mpc.example/api/..%2fadmin/A1001AA" },
    { name: "with an empty segment", url: "https://mpc.example/api//A1001AA" },
    { name: "with a query", url: `https://mpc.example${path}?next=A1002AA` },
    { name: "with a fragment", url: `https://mpc.example${path}#A1002AA` },
    { name: "about another person", url: "https://mpc.example/api/handovers/A1002AA" },
    { name: "about two people", url: "https://mpc.example/api/A1002AA/handovers/A1001AA" },
    { name: "about two people, in small letters", url: "https://mpc.example/api/handovers/A1001AA/a1002aa" },
    { name: "about two people in one segment", url: "https://mpc.example/api/A1001AA/compare-A1002AA_to" },
    { name: "about no one", url: "https://mpc.example/api/handovers" },
    { name: "about another person, in small letters", url: "https://mpc.example/api/handovers/a1002aa" },
    { name: "about a longer number", url: "https://mpc.example/api/handovers/A1001AAB" },
    { name: "at an IP address", url: `https://127.0.0.1${path}` },
    { name: "at an IP address in one number", url: `http://2130706433${path}` },
    { name: "at an IP address in octal", url: `http://0177.0.0.1${path}` },
    { name: "at an IP address of version 6", url: `https://[::1]${path}` },
    { name: "at the metadata service", url: `http://169.254.169.254${path}` },
    { name: "when it is empty", url: "" },
  ];
  for (const { name, url } of untrusted) {
    test(name, () => {
      assert.equal(isTrusted(url), false);
    });
  }

  test("anywhere while the list is empty", () => {
    assert.equal(isTrustedDetailUrl(`https://mpc.example${path}`, [], noms), false);
  });
});

test("a trusted detail URL is read by every reader of addresses as what it says", () => {
  const noise = fc.array(
    fc.constantFrom(
      "/",
      "\\",
      "@",
      ":",
      ".",
      "..",
      "%2e",
      "?",
      "#",
      "\t",
      "api",
      "A1001AA",
      "a1001aa",
      "evil.example",
      "é",
    ),
  );
  fc.assert(
    fc.property(
      fc.constantFrom("https://mpc.example", "https://mpc.example/api", "https://mpc.example/api/A1001AA"),
      noise,
      (start, parts) => {
        const text = start + parts.join("");
        if (!isTrusted(text)) return;
        const { origin, href, pathname } = new URL(text);
        assert.deepEqual([origin, href], ["https://mpc.example", text]);
        assert.ok(pathname.startsWith("/api/") && pathname.toUpperCase().split("/").includes("A1001AA"));
      },
    ),
    { numRuns: 5000 },
  );
});
