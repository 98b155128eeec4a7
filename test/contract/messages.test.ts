import { describe, expect, it } from "vitest";
import * as cri from "../../src/cri/cri-messages.ts";
import * as pods from "../../src/embedded/cri/pod-messages.ts";
import * as etcd from "../../src/etcd/etcd-messages.ts";
import type { Message } from "../../src/grpc/message.ts";

const header = { clusterId: 0x992a_0d40_c4c0_2a3an, memberId: 1n };
const member = {
  ID: 0xdbfe_65aa_f312_9999n,
  name: "node-1",
  peerURLs: ["https://10.0.0.1:2380"],
  clientURLs: ["https://10.0.0.1:2379", "https://[fd00::1]:2379"],
  isLearner: true,
};
/** Its fields are all defaults: it is sent without content. */
const nothing = { ID: 0n, name: "", peerURLs: [], clientURLs: [], isLearner: false };
/** So long that its length takes two bytes. */
const long = "cni plugin not initialized; ".repeat(8);

interface Sample {
  readonly name: string;
  readonly message: unknown;
  readonly hex: string;
  readonly encoded: () => Uint8Array;
  readonly decoded: (bytes: Uint8Array) => unknown;
  readonly value: unknown;
}

function sample<T>(name: string, message: Message<T>, value: T, hex: string): Sample {
  return { name, message, hex, value, encoded: () => message.encode(value), decoded: message.decode };
}

/** Values, and the bytes that the code of ts-proto 2.18.0 made of them, which had talked to real servers until then. */
const samples: readonly Sample[] = [
  sample(
    "MemberAddRequest",
    etcd.MemberAddRequest,
    { peerURLs: ["https://10.0.0.2:2380", ""], isLearner: true },
    "0a1568747470733a2f2f31302e302e302e323a323338300a001001",
  ),
  sample("MemberAddRequest", etcd.MemberAddRequest, { peerURLs: [], isLearner: false }, ""),
  sample(
    "MemberAddResponse",
    etcd.MemberAddResponse,
    { header, member, members: [member, nothing] },
    "0a0d08bad480a68ca8839599011001125b0899b3ca98afb599ffdb0112066e6f64652d311a1568747470733a2f2f31302e302e302e313a32333830221568747470733a2f2f31302e302e302e313a32333739221668747470733a2f2f5b666430303a3a315d3a3233373928011a5b0899b3ca98afb599ffdb0112066e6f64652d311a1568747470733a2f2f31302e302e302e313a32333830221568747470733a2f2f31302e302e302e313a32333739221668747470733a2f2f5b666430303a3a315d3a3233373928011a00",
  ),
  sample("MemberAddResponse", etcd.MemberAddResponse, { header: undefined, member: undefined, members: [] }, ""),
  sample("MemberRemoveRequest", etcd.MemberRemoveRequest, { ID: 0xdbfe_65aa_f312_9999n }, "0899b3ca98afb599ffdb01"),
  sample("MemberRemoveRequest", etcd.MemberRemoveRequest, { ID: 0n }, ""),
  sample(
    "MemberRemoveResponse",
    etcd.MemberRemoveResponse,
    { header: { clusterId: 0n, memberId: 0n }, members: [member] },
    "0a00125b0899b3ca98afb599ffdb0112066e6f64652d311a1568747470733a2f2f31302e302e302e313a32333830221568747470733a2f2f31302e302e302e313a32333739221668747470733a2f2f5b666430303a3a315d3a323337392801",
  ),
  sample("MemberListRequest", etcd.MemberListRequest, { linearizable: true }, "0801"),
  sample("MemberListRequest", etcd.MemberListRequest, { linearizable: false }, ""),
  sample(
    "MemberListResponse",
    etcd.MemberListResponse,
    { header, members: [nothing, member, nothing] },
    "0a0d08bad480a68ca88395990110011200125b0899b3ca98afb599ffdb0112066e6f64652d311a1568747470733a2f2f31302e302e302e313a32333830221568747470733a2f2f31302e302e302e313a32333739221668747470733a2f2f5b666430303a3a315d3a3233373928011200",
  ),
  sample("MemberPromoteRequest", etcd.MemberPromoteRequest, { ID: 2n ** 64n - 1n }, "08ffffffffffffffffff01"),
  sample(
    "MemberPromoteResponse",
    etcd.MemberPromoteResponse,
    { header, members: [] },
    "0a0d08bad480a68ca8839599011001",
  ),
  sample("StatusRequest", etcd.StatusRequest, {}, ""),
  sample(
    "StatusResponse",
    etcd.StatusResponse,
    {
      header,
      version: "3.7.3",
      dbSize: 2n ** 63n - 1n,
      leader: 2n ** 63n,
      raftAppliedIndex: 12_345_678_901n,
      errors: ["NOSPACE", "CORRUPT"],
      dbSizeInUse: -1n,
      isLearner: true,
      dbSizeQuota: -(2n ** 63n),
    },
    "0a0d08bad480a68ca88395990110011205332e372e3318ffffffffffffffff7f208080808080808080800138b5b8f0fe2d42074e4f53504143454207434f525255505448ffffffffffffffffff0150016080808080808080808001",
  ),
  sample(
    "StatusResponse",
    etcd.StatusResponse,
    {
      header: undefined,
      version: "",
      dbSize: 0n,
      leader: 0n,
      raftAppliedIndex: 0n,
      errors: [],
      dbSizeInUse: 0n,
      isLearner: false,
      dbSizeQuota: 0n,
    },
    "",
  ),
  sample("SnapshotRequest", etcd.SnapshotRequest, {}, ""),
  sample(
    "SnapshotResponse",
    etcd.SnapshotResponse,
    { remainingBytes: 300n, blob: Uint8Array.of(0, 1, 128, 255) },
    "10ac021a04000180ff",
  ),
  sample("SnapshotResponse", etcd.SnapshotResponse, { remainingBytes: 0n, blob: new Uint8Array(0) }, ""),
  sample("MoveLeaderRequest", etcd.MoveLeaderRequest, { targetID: 127n }, "087f"),
  sample("MoveLeaderResponse", etcd.MoveLeaderResponse, { header }, "0a0d08bad480a68ca8839599011001"),
  sample("VersionRequest", cri.VersionRequest, { version: "" }, ""),
  sample("VersionRequest", cri.VersionRequest, { version: "0.1.0" }, "0a05302e312e30"),
  sample(
    "VersionResponse",
    cri.VersionResponse,
    { version: "0.1.0", runtimeName: "containerd", runtimeVersion: "v2.4.2", runtimeApiVersion: "v1" },
    "0a05302e312e30120a636f6e7461696e6572641a0676322e342e3222027631",
  ),
  sample("StatusRequest", cri.StatusRequest, { verbose: true }, "0801"),
  sample(
    "StatusResponse",
    cri.StatusResponse,
    {
      status: {
        conditions: [
          { type: "RuntimeReady", status: true, reason: "", message: "" },
          { type: "NetworkReady", status: false, reason: "NetworkPluginNotReady", message: long },
        ],
      },
      info: [
        { key: "config", value: '{"sandboxImage":"registry.k8s.io/pause:3.10.2"}' },
        { key: "__proto__", value: "" },
        { key: "", value: "ü" },
      ],
    },
    "0a9d020a100a0c52756e74696d65526561647910010a88020a0c4e6574776f726b52656164791a154e6574776f726b506c7567696e4e6f74526561647922e001636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b2012390a06636f6e666967122f7b2273616e64626f78496d616765223a2272656769737472792e6b38732e696f2f70617573653a332e31302e32227d120b0a095f5f70726f746f5f5f12041202c3bc",
  ),
  sample("StatusResponse", cri.StatusResponse, { status: { conditions: [] }, info: [] }, "0a00"),
  sample("RuntimeConfigRequest", cri.RuntimeConfigRequest, {}, ""),
  sample("RuntimeConfigResponse", cri.RuntimeConfigResponse, { linux: undefined }, ""),
  sample(
    "RuntimeConfigResponse",
    cri.RuntimeConfigResponse,
    { linux: { cgroupDriver: cri.CgroupDriver.SYSTEMD } },
    "0a00",
  ),
  sample(
    "RuntimeConfigResponse",
    cri.RuntimeConfigResponse,
    { linux: { cgroupDriver: cri.CgroupDriver.CGROUPFS } },
    "0a020801",
  ),
  sample(
    "ImageStatusRequest",
    cri.ImageStatusRequest,
    { image: { image: "registry.k8s.io/pause:3.10.2" } },
    "0a1e0a1c72656769737472792e6b38732e696f2f70617573653a332e31302e32",
  ),
  sample("ImageStatusResponse", cri.ImageStatusResponse, { image: { id: "sha256:1" } }, "0a0a0a087368613235363a31"),
  sample("ImageStatusResponse", cri.ImageStatusResponse, { image: undefined }, ""),
  sample(
    "PullImageRequest",
    cri.PullImageRequest,
    { image: { image: long } },
    "0ae3010ae001636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20636e6920706c7567696e206e6f7420696e697469616c697a65643b20",
  ),
  sample("PullImageResponse", cri.PullImageResponse, { imageRef: "sha256:1" }, "0a087368613235363a31"),
  sample("ImageFsInfoRequest", cri.ImageFsInfoRequest, {}, ""),
  sample("ImageFsInfoResponse", cri.ImageFsInfoResponse, {}, ""),
  sample("ListPodSandboxRequest", cri.ListPodSandboxRequest, { filter: undefined }, ""),
  // The bytes of the selector, a map in the API, follow from the encoding of maps.
  sample(
    "ListPodSandboxRequest",
    cri.ListPodSandboxRequest,
    {
      filter: {
        labelSelector: [
          { key: "io.kubernetes.pod.namespace", value: "kube-system" },
          { key: "io.kubernetes.pod.name", value: "etcd-n1" },
        ],
      },
    },
    "0a4f1a2a0a1b696f2e6b756265726e657465732e706f642e6e616d657370616365120b6b7562652d73797374656d1a210a16696f2e6b756265726e657465732e706f642e6e616d651207657463642d6e31",
  ),
  sample(
    "ListPodSandboxResponse",
    cri.ListPodSandboxResponse,
    {
      items: [
        {
          id: "p1",
          metadata: { name: "etcd-n1", uid: "u1", namespace: "kube-system" },
          state: cri.PodSandboxState.SANDBOX_NOTREADY,
        },
        { id: "", metadata: undefined, state: cri.PodSandboxState.SANDBOX_READY },
        { id: "p3", metadata: { name: "", uid: "", namespace: "" }, state: 7 },
      ],
    },
    "0a220a027031121a0a07657463642d6e31120275311a0b6b7562652d73797374656d18010a000a080a02703312001807",
  ),
  sample("StopPodSandboxRequest", cri.StopPodSandboxRequest, { podSandboxId: "p1" }, "0a027031"),
  sample("StopPodSandboxResponse", cri.StopPodSandboxResponse, {}, ""),
  sample("RemovePodSandboxRequest", cri.RemovePodSandboxRequest, { podSandboxId: "p1" }, "0a027031"),
  sample("RemovePodSandboxResponse", cri.RemovePodSandboxResponse, {}, ""),
  sample("StopContainerRequest", cri.StopContainerRequest, { containerId: "c1", timeout: 10n }, "0a026331100a"),
  sample(
    "StopContainerRequest",
    cri.StopContainerRequest,
    { containerId: "c1", timeout: -1n },
    "0a02633110ffffffffffffffffff01",
  ),
  sample("StopContainerResponse", cri.StopContainerResponse, {}, ""),
  sample("ListContainersRequest", cri.ListContainersRequest, { filter: { podSandboxId: "p1" } }, "0a041a027031"),
  sample("ListContainersRequest", cri.ListContainersRequest, { filter: undefined }, ""),
  sample(
    "ListContainersResponse",
    cri.ListContainersResponse,
    {
      containers: [
        {
          id: "c1",
          podSandboxId: "p1",
          metadata: { name: "etcd", attempt: 2 ** 32 - 1 },
          state: cri.ContainerState.CONTAINER_EXITED,
          createdAt: 1_767_225_600_123_456_789n,
        },
        { id: "", podSandboxId: "", metadata: undefined, state: cri.ContainerState.CONTAINER_CREATED, createdAt: 0n },
      ],
    },
    "0a220a026331120270311a0c0a046574636410ffffffff0f300238959ad7aa9fca9cc3180a00",
  ),
  sample(
    "ImageSpec",
    cri.ImageSpec,
    { image: "registry.k8s.io/pause:3.10.2" },
    "0a1c72656769737472792e6b38732e696f2f70617573653a332e31302e32",
  ),
  sample("ContainerMetadata", cri.ContainerMetadata, { name: "etcd", attempt: 127 }, "0a0465746364107f"),
  sample("ContainerStatusRequest", cri.ContainerStatusRequest, { containerId: "c1" }, "0a026331"),
  sample(
    "ContainerStatusResponse",
    cri.ContainerStatusResponse,
    {
      status: {
        id: "c1",
        metadata: { name: "etcd", attempt: 3 },
        state: cri.ContainerState.CONTAINER_UNKNOWN,
        exitCode: -1,
        reason: "OOMKilled",
        message: "kaputt – 💥",
        logPath: "/var/log/pods/kube-system_etcd_u1/etcd/3.log",
      },
    },
    "0a650a02633112080a04657463641003180338ffffffffffffffffff0152094f4f4d4b696c6c65645a0f6b617075747420e2809320f09f92a57a2c2f7661722f6c6f672f706f64732f6b7562652d73797374656d5f657463645f75312f657463642f332e6c6f67",
  ),
  sample("ContainerStatusResponse", cri.ContainerStatusResponse, { status: undefined }, ""),
  sample(
    "RunPodSandboxRequest",
    pods.RunPodSandboxRequest,
    {
      config: {
        metadata: { name: "etcd-n1", uid: "u1", namespace: "kube-system", attempt: 1 },
        logDirectory: "/var/log/pods/kube-system_etcd-n1_u1",
      },
    },
    "0a440a1c0a07657463642d6e31120275311a0b6b7562652d73797374656d20011a242f7661722f6c6f672f706f64732f6b7562652d73797374656d5f657463642d6e315f7531",
  ),
  sample("RunPodSandboxRequest", pods.RunPodSandboxRequest, { config: undefined }, ""),
  sample("RunPodSandboxResponse", pods.RunPodSandboxResponse, { podSandboxId: "p1" }, "0a027031"),
  sample(
    "CreateContainerRequest",
    pods.CreateContainerRequest,
    {
      podSandboxId: "p1",
      config: {
        metadata: { name: "etcd", attempt: 200 },
        image: { image: "registry.k8s.io/etcd:3.6.8-0" },
        command: ["etcd", "--name=n1", ""],
        args: ["--data-dir=/var/lib/etcd"],
        envs: [
          { key: "A", value: "1" },
          { key: "EMPTY", value: "" },
        ],
        mounts: [
          { containerPath: "/var/lib/etcd", hostPath: "/var/lib/etcd", readonly: false },
          { containerPath: "/etc/kubernetes/pki", hostPath: "/etc/kubernetes/pki", readonly: true },
        ],
        logPath: "etcd/200.log",
      },
    },
    "0a02703112c5010a090a046574636410c801121e0a1c72656769737472792e6b38732e696f2f657463643a332e362e382d301a04657463641a092d2d6e616d653d6e311a0022182d2d646174612d6469723d2f7661722f6c69622f6574636432060a014112013132070a05454d5054593a1e0a0d2f7661722f6c69622f65746364120d2f7661722f6c69622f657463643a2c0a132f6574632f6b756265726e657465732f706b6912132f6574632f6b756265726e657465732f706b6918015a0c657463642f3230302e6c6f67",
  ),
  sample(
    "CreateContainerRequest",
    pods.CreateContainerRequest,
    {
      podSandboxId: "",
      config: {
        metadata: undefined,
        image: undefined,
        command: [],
        args: [],
        envs: [],
        mounts: [],
        logPath: "",
      },
    },
    "1200",
  ),
  sample("CreateContainerResponse", pods.CreateContainerResponse, { containerId: "c1" }, "0a026331"),
  sample("StartContainerRequest", pods.StartContainerRequest, { containerId: "c1" }, "0a026331"),
  sample("StartContainerResponse", pods.StartContainerResponse, {}, ""),
];

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

describe.each(samples)("$name $hex", ({ hex, value, encoded, decoded }) => {
  it("is encoded to the bytes that generated code sent", () => {
    expect(Buffer.from(encoded()).toString("hex")).toBe(hex);
  });

  it("is decoded to the value", () => {
    expect(decoded(bytesOf(hex))).toStrictEqual(value);
  });

  // A newer server: a number, eight bytes, a text, a group and four bytes, each of a field number that no message has.
  it("is decoded without the fields that it does not declare", () => {
    const unknown = "f83f01" + "f93f0102030405060708" + "fa3f026869" + "fb3f080afc3f" + "fd3f01020304";
    expect(decoded(bytesOf(unknown + hex + unknown))).toStrictEqual(value);
  });
});

it("every message has a sample", () => {
  const declared = [etcd, cri, pods].flatMap((module) =>
    Object.entries(module).filter(([, exported]) => "decode" in exported),
  );
  const sampled = new Set(samples.map(({ message }) => message));
  expect(declared.filter(([, message]) => !sampled.has(message)).map(([name]) => name)).toEqual([]);
});
