import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

/** A certificate and its private key, as PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority that signs certificates of servers. */
export interface Authority {
  readonly certificate: string;
  /** A certificate for a host name. */
  issue(host: string): Certificate;
}

// Distinguished encoding (X.690): a tag, a length, and what it holds.
function encode(tag: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const { length } = content;
  const header = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

const sequence = (...parts: readonly Buffer[]) => encode(0x30, ...parts);
const identifier = (hex: string) => encode(0x06, Buffer.from(hex, "hex"));
const octets = (content: Buffer) => encode(0x04, content);
const bits = (content: Buffer) => encode(0x03, Buffer.from([0]), content);
const yes = encode(0x01, Buffer.from([0xff]));
const ecdsaWithSha256 = sequence(identifier("2a8648ce3d040302"));
const commonName = (name: string) => sequence(encode(0x31, sequence(identifier("550403"), encode(0x0c, name))));
const isAuthority = sequence(identifier("551d13"), yes, octets(sequence(yes)));
const isForHost = (host: string) => sequence(identifier("551d11"), octets(sequence(encode(0x82, host))));
const validity = sequence(encode(0x17, "200101000000Z"), encode(0x18, "21200101000000Z"));

interface Signing {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly extension: Buffer;
  readonly signer: KeyObject;
}

const authorityName = "Authority of the tests";

function writeCertificate({ subject, publicKey, extension, signer }: Signing): string {
  const body = sequence(
    encode(0xa0, encode(0x02, Buffer.from([2]))),
    encode(0x02, Buffer.from([1, ...randomBytes(8)])),
    ecdsaWithSha256,
    commonName(authorityName),
    validity,
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    encode(0xa3, sequence(extension)),
  );
  const whole = sequence(body, ecdsaWithSha256, bits(sign("sha256", body, signer)));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** Makes an authority that no one knows of. */
export function createAuthority(): Authority {
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signer = own.privateKey;
  return {
    certificate: writeCertificate({
      subject: authorityName,
      publicKey: own.publicKey,
      extension: isAuthority,
      signer,
    }),
    issue: (host) => {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const certificate = writeCertificate({ subject: host, publicKey, extension: isForHost(host), signer });
      return { certificate, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    },
  };
}
