import { createPublicKey, X509Certificate } from "node:crypto";
import { abortable } from "../../async/signal.ts";
import { messageOf } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import { localClock } from "../../host/local/clock.ts";
import { keyPairFromPem } from "../../pki/keys.ts";
import { type ContainerProcess, type ContainerProgram, ProgramFailure } from "../container-program.ts";
import { startApiServer, systemClock } from "../control-plane/index.ts";
import { carriedEndpoint } from "../network/loopback-network.ts";
import { Arguments } from "./arguments.ts";
import { behaviorOf } from "./component-behavior.ts";
import type { ComponentWorld, StorageBackend } from "./component-world.ts";

/** Flags that kubeadm writes, and those that test clusters may add. */
const knownFlags = [
  "advertise-address",
  "allow-privileged",
  "anonymous-auth",
  "audit-log-path",
  "audit-policy-file",
  "authorization-mode",
  "bind-address",
  "client-ca-file",
  "enable-admission-plugins",
  "enable-bootstrap-token-auth",
  "etcd-cafile",
  "etcd-certfile",
  "etcd-keyfile",
  "etcd-servers",
  "feature-gates",
  "kubelet-client-certificate",
  "kubelet-client-key",
  "kubelet-preferred-address-types",
  "profiling",
  "proxy-client-cert-file",
  "proxy-client-key-file",
  "requestheader-allowed-names",
  "requestheader-client-ca-file",
  "requestheader-extra-headers-prefix",
  "requestheader-group-headers",
  "requestheader-username-headers",
  "runtime-config",
  "secure-port",
  "service-account-issuer",
  "service-account-key-file",
  "service-account-signing-key-file",
  "service-cluster-ip-range",
  "tls-cert-file",
  "tls-private-key-file",
  "v",
];

/** Pairs of flags whose files must belong together. */
const keyPairs: readonly (readonly [string, string])[] = [
  ["tls-cert-file", "tls-private-key-file"],
  ["kubelet-client-certificate", "kubelet-client-key"],
  ["proxy-client-cert-file", "proxy-client-key-file"],
];
/** The real one waits this long for etcd before it exits. */
const etcdDeadlineMs = 20_000;
const etcdRetryMs = 50;

/** kube-apiserver from its manifest: every file that it names is read, and etcd must accept its client certificate. */
export function kubeApiServer(world: ComponentWorld): ContainerProgram {
  return async (container) => {
    const flags = new Arguments(container, knownFlags);
    const backend = await etcdOf(flags, container, world);
    const server = await startApiServer({
      ...tlsFiles(flags, container),
      ...serviceAccounts(flags, container),
      storage: backend.storage,
      storageFailure: () => backend.failure(),
      clock: systemClock,
      ...carriedEndpoint(world.place, {
        host: flags.get("bind-address", "0.0.0.0"),
        port: flags.number("secure-port", 6443),
      }),
      serviceSubnet: flags.list("service-cluster-ip-range")[0] ?? "10.0.0.0/24",
      version: container.image.replace(/^.*:/, ""),
      endpoint: `${flags.get("advertise-address")}:${flags.get("secure-port", "6443")}`,
      anonymousAuth: flags.get("anonymous-auth", "true") === "true",
    }).catch((error: unknown) => {
      throw new ProgramFailure(`"command failed" err="failed to create listener: ${messageOf(error)}"`, error);
    });
    if (behaviorOf(world.behaviors, container).health === "fail")
      server.health.fail("poststarthook/rbac/bootstrap-roles");
    const takeBack = world.serves(server);
    container.log(`Serving securely on [::]:${flags.get("secure-port", "6443")}`);
    try {
      await abortable(new Promise<never>(() => undefined), container.signal);
    } catch (error) {
      if (!container.signal.aborted) throw error;
    } finally {
      takeBack();
      await server.close();
    }
    return 0;
  };
}

function tlsFiles(flags: Arguments, container: ContainerProcess) {
  for (const [certificate, key] of keyPairs) {
    const parsed = certificateIn(flags, certificate, container);
    if (!parsed.checkPrivateKey(keyPairFromPem(flags.file(key, container)).privateKey)) {
      throw new ProgramFailure(`"command failed" err="tls: private key does not match public key"`);
    }
  }
  for (const ca of ["client-ca-file", "requestheader-client-ca-file"]) certificateIn(flags, ca, container);
  return {
    certificatePem: flags.file("tls-cert-file", container),
    privateKeyPem: flags.file("tls-private-key-file", container),
    clientCaPem: flags.file("client-ca-file", container),
  };
}

function certificateIn(flags: Arguments, flag: string, container: ContainerProcess): X509Certificate {
  try {
    return new X509Certificate(flags.file(flag, container));
  } catch (error) {
    if (error instanceof ProgramFailure) throw error;
    throw new ProgramFailure(`"command failed" err="unable to load certificates of ${flags.get(flag)}"`, error);
  }
}

function serviceAccounts(flags: Arguments, container: ContainerProcess) {
  const { privateKey } = keyPairFromPem(flags.file("service-account-signing-key-file", container));
  const publicKey = createPublicKey(flags.file("service-account-key-file", container));
  return { serviceAccountIssuer: flags.get("service-account-issuer"), serviceAccountKeys: { privateKey, publicKey } };
}

async function etcdOf(flags: Arguments, container: ContainerProcess, world: ComponentWorld): Promise<StorageBackend> {
  const credentials = {
    certificateAuthority: flags.file("etcd-cafile", container),
    clientCertificate: flags.file("etcd-certfile", container),
    clientKey: new Secret(flags.file("etcd-keyfile", container)),
  };
  const deadline = localClock.monotonic() + etcdDeadlineMs;
  for (;;) {
    try {
      return await world.reachEtcd(flags.list("etcd-servers"), credentials, container.signal);
    } catch (error) {
      container.signal.throwIfAborted();
      if (localClock.monotonic() > deadline) {
        throw new ProgramFailure(`"command failed" err="context deadline exceeded: ${messageOf(error)}"`, error);
      }
    }
    await localClock.sleep(etcdRetryMs, container.signal);
  }
}
