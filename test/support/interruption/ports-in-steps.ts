// The ports of a machine, with every change, request and service action as a step that a test can stop or make fail.
import type { HttpRequest, HttpResponse, TransportConnection } from "../../../src/cluster/transport.ts";
import type { MachinePorts } from "../../../src/embedded/index.ts";
import type { Etcd } from "../../../src/etcd/etcd.ts";
import type { Files } from "../../../src/host/host.ts";
import type { Services } from "../../../src/host/service-manager.ts";

/** A step of a program: what it does to a machine, to the cluster or to etcd. */
export type Step = { readonly name: string } & (
  | { readonly kind: "file"; readonly path: string; readonly change: "write" | "make" | "link" | "remove" }
  | { readonly kind: "service"; readonly service: string }
  | { readonly kind: "command" }
  | { readonly kind: "request"; readonly request: HttpRequest; readonly signal: AbortSignal }
  | { readonly kind: "etcd" }
);

export interface StepWatch {
  /** Called for each step; calls `action` to take it. */
  step<T>(step: Step, action: () => Promise<T>): Promise<T>;
  /** Called for what only reads. */
  read<T>(action: () => Promise<T>): Promise<T>;
  /** Called instead of `step` for a request, as its answer can be replaced. */
  send(step: Step & { readonly kind: "request" }, action: () => Promise<HttpResponse>): Promise<HttpResponse>;
}

export function portsInSteps(ports: MachinePorts, watch: StepWatch): MachinePorts {
  const { host } = ports;
  return {
    ...ports,
    host: {
      ...host,
      files: filesInSteps(host.files, watch),
      services: servicesInSteps(host.services, watch),
      commands: {
        find: (name) => watch.read(() => host.commands.find(name)),
        run: (argv, options) => {
          const run = () => host.commands.run(argv, options);
          return argv[0] === "cp" || argv[0] === "mv"
            ? watch.step({ name: argv.join(" "), kind: "command" }, run)
            : watch.read(run);
        },
      },
      clock: { ...host.clock, sleep: (ms, signal) => watch.read(() => host.clock.sleep(ms, signal)) },
    },
    connectTransport: (tls) => transportInSteps(ports.connectTransport(tls), watch),
    connectEtcd: (endpoints, credentials) => etcdInSteps(ports.connectEtcd(endpoints, credentials), watch),
  };
}

function filesInSteps(files: Files, { step, read }: StepWatch): Files {
  const change = (kind: "write" | "make" | "link" | "remove", path: string) =>
    ({ name: `${kind} ${path}`, kind: "file", path, change: kind }) as const;
  return {
    read: (path, options) => read(() => files.read(path, options)),
    readText: (path, options) => read(() => files.readText(path, options)),
    status: (path) => read(() => files.status(path)),
    list: (directory) => read(() => files.list(directory)),
    changed: (directory, signal) => read(() => files.changed(directory, signal)),
    write: (path, content, options) => step(change("write", path), () => files.write(path, content, options)),
    writeStream: (path, content, options) =>
      step(change("write", path), () => files.writeStream(path, content, options)),
    availableBytes: (path) => read(() => files.availableBytes(path)),
    makeDirectory: (path, options) => step(change("make", path), () => files.makeDirectory(path, options)),
    changeMode: (path, mode, isMeant) => step(change("write", path), () => files.changeMode(path, mode, isMeant)),
    link: (path, target) => step(change("link", path), () => files.link(path, target)),
    remove: (path, options) => step(change("remove", path), () => files.remove(path, options)),
  };
}

function servicesInSteps(services: Services, { step, read }: StepWatch): Services {
  const action = (verb: string, service: string) => ({ name: `${verb} ${service}`, kind: "service", service }) as const;
  return {
    manager: () => read(() => services.manager()),
    status: (service, signal) => read(() => services.status(service, signal)),
    enableCommand: (service) => read(() => services.enableCommand(service)),
    journal: (service, options) => read(() => services.journal(service, options)),
    start: (service, signal) => step(action("start", service), () => services.start(service, signal)),
    stop: (service, signal) => step(action("stop", service), () => services.stop(service, signal)),
    restart: (service, signal) => step(action("restart", service), () => services.restart(service, signal)),
    reloadDefinitions: (signal) => step(action("reload", "all units"), () => services.reloadDefinitions(signal)),
  };
}

function transportInSteps({ send, close }: TransportConnection, watch: StepWatch): TransportConnection {
  return {
    close,
    send: (request, signal) => {
      const name = `${request.method} ${new URL(request.url).pathname}`;
      return watch.send({ name, kind: "request", request, signal }, () => send(request, signal));
    },
  };
}

function etcdInSteps(etcd: Etcd, { step, read }: StepWatch): Etcd {
  const call = (name: string) => ({ name: `${name} etcd member`, kind: "etcd" }) as const;
  return {
    members: (options) => read(() => etcd.members(options)),
    status: (endpoint, options) => read(() => etcd.status(endpoint, options)),
    snapshot: (endpoint, options) => etcd.snapshot(endpoint, options),
    close: () => etcd.close(),
    addLearner: (peerUrl, options) => step(call("add"), () => etcd.addLearner(peerUrl, options)),
    promote: (memberId, options) => step(call("promote"), () => etcd.promote(memberId, options)),
    moveLeader: (endpoint, memberId, options) =>
      step({ name: "move the leader of etcd", kind: "etcd" }, () => etcd.moveLeader(endpoint, memberId, options)),
    remove: (memberId, options) => step(call("remove"), () => etcd.remove(memberId, options)),
  };
}
