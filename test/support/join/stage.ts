// What a scenario of `kubeadm join` needs, whatever cluster it runs on.
import type { Credential } from "../../../src/embedded/control-plane/index.ts";

export interface Stage {
  readonly kind: "embedded" | "lab";
  readonly cluster: StageCluster;
  /** A fresh machine, its kubelet installed and without configuration. Disposing of it takes it out of the cluster too. */
  addMachine(options?: { readonly hostname?: string }): Promise<Machine>;
  /** Serves one text at a path over HTTPS, where machines reach it. */
  serveText(text: string, path: string): Promise<ServedText>;
}

export interface ServedText extends AsyncDisposable {
  readonly url: string;
  /** Of the CA that the server's certificate is from: no machine knows it unless it is told. */
  readonly caCertificatePem: string;
}

export interface StageCluster {
  /** host:port of the API server. */
  readonly endpoint: string;
  readonly caPin: string;
  readonly caCertificatePem: string;
  /** A request by an administrator. Undefined where there is no such object; any other failure throws. */
  request(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<unknown>;
  /** A client certificate of the cluster's CA. */
  clientCredential(commonName: string, organization: string): Promise<Credential>;
}

export interface Machine extends AsyncDisposable {
  readonly hostname: string;
  /** Flags that give it its name, where the program could not find that out on this kind of machine. */
  readonly nameArguments: readonly string[];
  /** Flags that skip the checks that this kind of machine cannot satisfy. */
  readonly checkArguments: readonly string[];
  /** Runs the compiled program. */
  start(args: readonly string[], options?: RunSettings): RunningKubeadm;
  write(path: string, content: string, mode?: number): Promise<void>;
  read(path: string): Promise<string>;
  exists(path: string): boolean;
  /** Everything below the directories, one line each with its mode and, for files, a digest of what is in it. */
  tree(...directories: readonly string[]): Promise<readonly string[]>;
  /** What programs of this machine asked of the API server since it was made, in order. */
  requests(): Promise<readonly StageRequest[]>;
  /** Waits until its Node is Ready, and, on a cluster that can, runs a pod on it. */
  becomesNode(name: string): Promise<void>;
  /** Undoes a join: nothing of it is left on the machine, nor its Node in the cluster. */
  leave(name: string): Promise<void>;
}

export interface RunSettings {
  readonly environment?: Readonly<Record<string, string>>;
}

export interface RunningKubeadm {
  /** Everything that it has said so far, on either stream. */
  output(): string;
  readonly ended: Promise<Outcome>;
}

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StageRequest {
  readonly verb: string;
  readonly path: string;
  /** Undefined while a watch is open. */
  readonly code: number | undefined;
  readonly user: string;
  readonly userAgent: string;
}

export interface Scenario {
  /** A sentence: what happens. */
  readonly name: string;
  /** Why it runs on real Kubernetes only. */
  readonly labOnly?: string;
  run(stage: Stage): Promise<void>;
}
