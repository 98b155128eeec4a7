import { expect } from "vitest";
import { parse, stringify } from "yaml";
import type { Credential } from "../../../src/embedded/control-plane/index.ts";
import { createToken, discoveryKubeconfig, type Fields, signingRequestsOf } from "./cluster-actions.ts";
import { isRefused, join, joins } from "./joining.ts";
import type { Scenario, StageCluster } from "./stage.ts";

const wrongPin = `sha256:${"0".repeat(64)}`;
/** What kubeadm binds every right to that a joining machine needs. */
const bootstrappers = "system:bootstrappers:kubeadm:default-node-token";

const byToken: readonly Scenario[] = [
  {
    name: "a token and the CA's pin",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const { cluster } = stage;
      const token = await createToken(cluster);
      await joins(machine, [
        ...["--discovery-token", token, "--discovery-token-ca-cert-hash", cluster.caPin],
        cluster.endpoint,
      ]);
      const requests = await signingRequestsOf(cluster, `system:bootstrap:${token.split(".")[0]}`);
      expect(requests).toHaveLength(1);
    },
  },
  {
    name: "several pins of which one fits",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const { cluster } = stage;
      const pins = ["--discovery-token-ca-cert-hash", wrongPin, "--discovery-token-ca-cert-hash", cluster.caPin];
      await joins(machine, [cluster.endpoint, "--token", await createToken(cluster), ...pins]);
    },
  },
  {
    name: "no pin that fits is refused",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const { cluster } = stage;
      const token = await createToken(cluster);
      const pin = ["--discovery-token-ca-cert-hash", wrongPin];
      isRefused(
        machine,
        await join(machine, [cluster.endpoint, "--token", token, ...pin]),
        `none of the public keys "${cluster.caPin}" are pinned`,
      );
    },
  },
  {
    name: "no pin but the unsafe switch",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const { cluster } = stage;
      const token = await createToken(cluster);
      await joins(machine, [cluster.endpoint, "--token", token, "--discovery-token-unsafe-skip-ca-verification"]);
    },
  },
  {
    name: "neither a pin nor the unsafe switch is refused",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const { cluster } = stage;
      const outcome = await join(machine, [cluster.endpoint, "--token", await createToken(cluster)]);
      isRefused(machine, outcome, "using token-based discovery without caCertHashes can be unsafe");
    },
  },
  {
    name: "one token to discover with, another to bootstrap with",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const { cluster } = stage;
      const discovery = await createToken(cluster, { authentication: false });
      const bootstrap = await createToken(cluster, { signing: false });
      await joins(machine, [
        cluster.endpoint,
        ...["--discovery-token", discovery, "--tls-bootstrap-token", bootstrap],
        ...["--discovery-token-ca-cert-hash", cluster.caPin],
      ]);
      const requests = await signingRequestsOf(cluster, `system:bootstrap:${bootstrap.split(".")[0]}`);
      expect(requests).toHaveLength(1);
    },
  },
];

const file = "/root/discovery.conf";

const byFile: readonly Scenario[] = [
  {
    name: "a discovery file with a token in it",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      await machine.write(file, await discoveryFile(stage.cluster, { token: await createToken(stage.cluster) }));
      await joins(machine, ["--discovery-file", file]);
    },
  },
  {
    name: "a discovery file with a client certificate in it",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const { certificatePem, privateKeyPem } = await bootstrapCredential(stage.cluster);
      const user = {
        "client-certificate-data": base64(certificatePem),
        "client-key-data": base64(privateKeyPem),
      };
      await machine.write(file, await discoveryFile(stage.cluster, user));
      await joins(machine, ["--discovery-file", file]);
    },
  },
  {
    name: "a discovery file with a client certificate in files of its own",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const { certificatePem, privateKeyPem } = await bootstrapCredential(stage.cluster);
      await machine.write("/root/client.crt", certificatePem);
      await machine.write("/root/client.key", privateKeyPem, 0o600);
      const user = { "client-certificate": "/root/client.crt", "client-key": "/root/client.key" };
      await machine.write(file, await discoveryFile(stage.cluster, user));
      await joins(machine, ["--discovery-file", file]);
    },
  },
  {
    name: "a discovery file with the token in a file of its own",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      await machine.write("/root/token", `${await createToken(stage.cluster)}\n`, 0o600);
      await machine.write(file, await discoveryFile(stage.cluster, { tokenFile: "/root/token" }));
      await joins(machine, ["--discovery-file", file]);
    },
  },
  {
    name: "a discovery file whose CA stands among other things, which are not written",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const { caCertificatePem } = stage.cluster;
      const alias = caCertificatePem.replaceAll(" CERTIFICATE-", " X509 CERTIFICATE-");
      const data = base64(`Subject: CN = kubernetes\r\n${alias}${caCertificatePem.replaceAll("\n", "\r\n")}${alias}`);
      const user = { token: await createToken(stage.cluster) };
      const text = await discoveryFile(stage.cluster, user, { "certificate-authority-data": data });
      await machine.write(file, text);
      await joins(machine, ["--discovery-file", file]);
      expect(await machine.read("/etc/kubernetes/pki/ca.crt")).toBe(caCertificatePem);
      const kubeconfig = await machine.read("/etc/kubernetes/kubelet.conf");
      expect(kubeconfig).toContain(`certificate-authority-data: ${base64(caCertificatePem)}\n`);
    },
  },
  {
    name: "a discovery file with an exec plugin",
    labOnly: "a program of another root is run by chroot, which only root may",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const token = await createToken(stage.cluster);
      const credential = {
        kind: "ExecCredential",
        apiVersion: "client.authentication.k8s.io/v1",
        status: { token },
      };
      await machine.write("/usr/local/bin/test-token", `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`, 0o755);
      const exec = {
        apiVersion: credential.apiVersion,
        command: "/usr/local/bin/test-token",
        interactiveMode: "Never",
      };
      await machine.write(file, await discoveryFile(stage.cluster, { exec }));
      await joins(machine, ["--discovery-file", file]);
    },
  },
  {
    name: "a discovery file without credentials, and a token to bootstrap with",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      await machine.write(file, await discoveryKubeconfig(stage.cluster));
      const token = await createToken(stage.cluster, { signing: false });
      await joins(machine, ["--discovery-file", file, "--tls-bootstrap-token", token]);
    },
  },
  {
    name: "a discovery file without credentials and no token is refused",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      await machine.write(file, await discoveryKubeconfig(stage.cluster));
      const outcome = await join(machine, ["--discovery-file", file]);
      isRefused(machine, outcome, "could not find authentication credentials for the TLS bootstrap process");
    },
  },
  {
    name: "a discovery file at an https URL, by a CA that the machine trusts",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const token = await createToken(stage.cluster);
      await using served = await stage.serveText(await discoveryFile(stage.cluster, { token }), "/cluster.conf");
      const bundle = [stage.cluster.caCertificatePem, served.caCertificatePem].join("\n");
      await machine.write("/etc/ssl/certs/ca-certificates.crt", bundle);
      await joins(machine, ["--discovery-file", served.url]);
    },
  },
  {
    name: "a discovery file at an https URL, by a CA that the machine does not know, is refused",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const token = await createToken(stage.cluster);
      await using served = await stage.serveText(await discoveryFile(stage.cluster, { token }), "/cluster.conf");
      await machine.write("/etc/ssl/certs/ca-certificates.crt", stage.cluster.caCertificatePem);
      const outcome = await join(machine, ["--discovery-file", served.url]);
      isRefused(machine, outcome, `Get "${served.url}": tls: failed to verify certificate`);
    },
  },
];

export const discoveryScenarios: readonly Scenario[] = [...byToken, ...byFile];

async function discoveryFile(cluster: StageCluster, user: Fields, more: Fields = {}): Promise<string> {
  const { clusters } = parse(await discoveryKubeconfig(cluster)) as { clusters: readonly { cluster: Fields }[] };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { ...clusters[0]?.cluster, ...more } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

function bootstrapCredential(cluster: StageCluster): Promise<Credential> {
  return cluster.clientCredential("joining-machine", bootstrappers);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
