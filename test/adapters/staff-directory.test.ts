import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startLdapServer, userBase, type LdapServerSettings } from "../../sandbox/ldap-server.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { openStaffDirectory } from "../../src/delius/staff/staff-directory.ts";

const binding = { bindDn: "cn=admin,dc=moj,dc=com", password: "password" };
const dana = { name: "DanaOkafor", surname: "Okafor", mail: "dana.okafor@example.com" };
const mikael = { name: "MikaelDubois", surname: "Dubois" };
const asked = ["DanaOkafor", "MikaelDubois", "Nobody"];

async function findEmails(directory: Pick<LdapServerSettings, "users" | "referral" | "sizeLimit">) {
  await using server = await startLdapServer({ ...binding, ...directory });
  const { bindDn, password } = binding;
  await using client = openStaffDirectory({ url: server.url, bindDn, password: secret(password), userBase });
  return await client.findEmails(asked);
}

describe("the staff directory", () => {
  it("says that a user has no address where it has none in the one entry, and where there is no entry", async () => {
    assert.deepEqual(await findEmails({ users: [dana, mikael] }), [dana.mail, null, null]);
  });

  it("does not know of users without an entry where it refers to another server for a part of them", async () => {
    const referral = "ldap://other.example/ou=Users,dc=moj,dc=com";
    assert.deepEqual(await findEmails({ users: [dana, mikael], referral }), [dana.mail, null, undefined]);
  });

  it("fails as a whole where the directory shows only a part of what was asked for: no one is taken for one without an address", async () => {
    const failure = { name: "DependencyError", dependency: "directory", errorClass: "SizeLimitExceededError" };
    await assert.rejects(findEmails({ users: [dana, mikael], sizeLimit: 1 }), failure);
    assert.deepEqual(await findEmails({ users: [dana, mikael], sizeLimit: 2 }), [dana.mail, null, null]);
  });

  it("does not know an address that is not UTF-8, and goes on with those that are", async () => {
    const mail = Buffer.from("d\u00FAna@example.com", "latin1");
    assert.deepEqual(await findEmails({ users: [{ ...dana, mail }, mikael] }), [undefined, null, null]);
  });

  it("takes an address that can be read from one of two entries", async () => {
    const broken = { ...dana, name: "danaokafor", mail: Buffer.from([0xff]) };
    assert.deepEqual(await findEmails({ users: [broken, dana] }), [dana.mail, null, null]);
  });
});
