import { describe, expect, it } from "vitest";
import { memoryHost } from "../../host/memory.ts";
import { containerCauseLine, containerLog, isHopeless } from "./container-log.ts";

const path = "/var/log/pods/kube-system_etcd-cp1_u1/etcd/0.log";
const read = (content: string, lines = 10) =>
  containerLog(path, lines, memoryHost({ files: { [path]: content } }).files);

describe("the log of a container", () => {
  it.each([
    ["of a CRI runtime", "2026-01-01T00:00:00.1Z stderr F E0101 boom\n2026-01-01T00:00:01Z stdout F end\n"],
    ["of cri-dockerd", '{"log":"E0101 boom\\n","stream":"stderr","time":"x"}\n{"log":"end\\n","stream":"stdout"}\n'],
  ])("%s loses its frame", async (_name, content) => {
    expect(await read(content)).toEqual(["E0101 boom", "end"]);
  });

  it.each([
    ["that points to another file", { [path]: { target: "/etc/shadow" } }, path],
    [
      "in which a directory leads elsewhere",
      { "/var/log/pods/kube-system_etcd-cp1_u1": { target: "/etc" } },
      "/var/log/pods/kube-system_etcd-cp1_u1/shadow",
    ],
    ["that is elsewhere", {}, "/etc/shadow"],
    ["that climbs out", {}, "/var/log/pods/../../../etc/shadow"],
    ["that is no file", { [path]: { kind: "other" as const } }, path],
  ])("%s is not read: a runtime or a container has named it", async (_name, files, named) => {
    const host = memoryHost({
      files: { "/etc/shadow": "root:hash", "/var/log/pods": { kind: "directory" }, ...files },
    });
    expect(await containerLog(named, 10, host.files)).toEqual([]);
  });

  it.each([
    ["of Docker", "/var/lib/docker/containers/c1/c1-json.log", undefined],
    ["where the kubelet's configuration puts it", "/data/pods/etcd/0.log", "podLogsDir: /data/pods"],
  ])("%s is read, also through a link", async (_name, target, setting) => {
    const configuration = `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${setting ?? ""}\n`;
    const { files } = memoryHost({
      files: { [target]: "a line", [path]: { target }, "/var/lib/kubelet/config.yaml": configuration },
    });
    expect(await containerLog(path, 10, files)).toEqual(["a line"]);
    expect(await containerLog(target, 10, files)).toEqual(["a line"]);
  });

  it("of etcd keeps level, message and error of its objects", async () => {
    const line = '{"level":"fatal","ts":"x","caller":"y","msg":"discovery failed","error":"member count is unequal"}';
    expect(await read(`2026-01-01T00:00:00Z stderr F ${line}\n`)).toEqual([
      "fatal: discovery failed: member count is unequal",
    ]);
  });

  it("is given from its end, without blank lines and secrets", async () => {
    expect(await read("a\nb\n\ntoken abcdef.0123456789abcdef\n", 3)).toEqual(["a", "b", "token abcdef.[redacted]"]);
  });

  it("leaves out lines that hold only their frame", async () => {
    expect(await read("2026-01-01T00:00:00Z stderr F a\n2026-01-01T00:00:00Z stderr F \n")).toEqual(["a"]);
  });

  it("is empty where there is none, or it cannot be read", async () => {
    const { files } = memoryHost();
    expect(await containerLog("", 10, files)).toEqual([]);
    expect(await containerLog(path, 10, files)).toEqual([]);
  });

  it.each([
    ["an error of klog", ["I0101 a", "E0101 00:00:00 x.go:1] b", "I0101 c"], "E0101 00:00:00 x.go:1] b"],
    ["cobra's last word", ["Usage:", "Error: unknown flag: --x", "  -h"], "Error: unknown flag: --x"],
    [
      "Go's own parser before its page of usage",
      ["flag provided but not defined: -x", "Usage:", "etcd"],
      "flag provided but not defined: -x",
    ],
    ["etcd's end", ["info: a", "fatal: b", "info: c"], "fatal: b"],
    [
      "what etcd logs before it panics",
      ["panic: failed to create WAL: no space left on device", "panic: failed to create WAL", "goroutine 1 [running]:"],
      "panic: failed to create WAL: no space left on device",
    ],
    [
      "a lease that was lost, whatever is logged after it",
      ['E0101 00:00:00 x.go:413] "leaderelection lost/stopped"', 'E0101 00:00:00 y.go:227] "Failed to watch"'],
      'E0101 00:00:00 x.go:413] "leaderelection lost/stopped"',
    ],
    [
      "what CoreDNS says of its Corefile, whatever the order of its two streams",
      [
        "Corefile:2 - Error during parsing: Unknown directive 'x'",
        "maxprocs: Leaving GOMAXPROCS=2: CPU quota undefined",
      ],
      "Corefile:2 - Error during parsing: Unknown directive 'x'",
    ],
    ["the last line where none tells more", ["a", "b"], "b"],
    ["nothing where etcd only tells what it does", ["a", "info: serving client traffic securely"], ""],
    ["nothing where klog only tells what it does", ["I0101 00:00:00 x.go:1] serving"], ""],
    ["nothing of nothing", [], ""],
  ])("tells why the program ended: %s", (_name, lines, expected) => {
    expect(containerCauseLine(lines)).toBe(expected);
  });

  it.each([
    ["Error: unknown flag: --x", true],
    ['E0101 run.go:72] "command failed" err="open /x/sa.key: no such file or directory"', true],
    ["fatal: open /etc/kubernetes/pki/etcd/server.key: permission denied", true],
    ['Error: invalid argument "x" for "--v" flag', true],
    ["panic: failed to create WAL: no space left on device", true],
    ["fatal: listen tcp 192.0.2.77:2380: bind: cannot assign requested address", true],
    ["error: the member has been permanently removed from the cluster", true],
    ["F0101 connection refused", false],
    ["dial unix /run/x.sock: connect: no such file or directory", false],
    ["fatal: context deadline exceeded", false],
  ])("%s: no further attempt helps: %s", (line, expected) => {
    expect(isHopeless(line)).toBe(expected);
  });
});
