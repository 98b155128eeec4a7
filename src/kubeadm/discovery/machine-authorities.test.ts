import { expect, test } from "vitest";
import { memoryHost } from "../../host/memory.ts";
import { machineAuthorities } from "./machine-authorities.ts";

const certificate = (name: string) => `-----BEGIN CERTIFICATE-----\n${btoa(name)}\n-----END CERTIFICATE-----\n`;
const debian = "/etc/ssl/certs/ca-certificates.crt";

test.each([
  {
    what: "the distribution's bundle, and single files next to it, each certificate once",
    files: {
      [debian]: `# a comment\n${certificate("one")}\n${certificate("two")}\n`,
      "/etc/ssl/certs/added.pem": certificate("added"),
      "/etc/ssl/certs/one.pem": certificate("one"),
      "/etc/ssl/cert.pem": certificate("of a later bundle"),
    },
    found: ["one", "two", "added"],
  },
  { what: "another distribution's bundle", files: { "/etc/ssl/cert.pem": certificate("alpine") }, found: ["alpine"] },
  {
    what: "what SSL_CERT_FILE and SSL_CERT_DIR name, and nothing else",
    files: {
      [debian]: certificate("unwanted"),
      "/opt/ca.pem": certificate("file"),
      "/opt/a/x": certificate("a"),
      "/opt/b/x": certificate("b"),
    },
    environment: { SSL_CERT_FILE: "/opt/ca.pem", SSL_CERT_DIR: "/opt/a:/opt/b" },
    found: ["file", "a", "b"],
  },
])("the machine's CAs are $what", async ({ files, environment = {}, found }) => {
  const text = await machineAuthorities(memoryHost({ files }).files, environment);
  expect(text).toBe(found.map(certificate).join("\n"));
});

test("a machine without CAs trusts nobody, rather than whom the runtime trusts", async () => {
  const reading = machineAuthorities(memoryHost({ files: { [debian]: "nothing" } }).files, {});
  await expect(reading).rejects.toMatchObject({ code: "DISCOVERY_TLS_UNTRUSTED" });
});
