import { type Fault, finding, restartKubelet as undo } from "../../support/doctor/fault.ts";

/** The kubelet's program, service, flags and configuration. */
export const kubeletFaults: readonly Fault[] = [
  {
    name: "The kubelet's program is missing",
    on: "w1",
    inject: "hide /usr/bin/kubelet; restart kubelet",
    undo,
    finds: finding("kubelet-installed", /no program kubelet/),
    decides: /Install the kubelet package/,
    inSample: true,
  },
  ...(["127.0.0.1", "192.0.2.77"] as const).map(
    (address): Fault => ({
      name: `The kubelet is to register its Node with ${address}`,
      on: "w1",
      inject: `kubelet_flags --node-ip=${address}; restart kubelet`,
      undo,
      finds: finding("node-ip", /is not an address of this machine|loopback/),
    }),
  ),
  {
    name: "The kubelet's service is missing",
    on: "w1",
    inject: "systemctl stop kubelet; hide /usr/lib/systemd/system/kubelet.service; systemctl daemon-reload",
    undo,
    finds: finding("kubelet-installed", /no kubelet service/),
    decides: /Install the kubelet package/,
  },
  {
    name: "The kubelet's program is of another architecture",
    on: "w1",
    inject: "hide /usr/bin/kubelet; echo not-elf | write /usr/bin/kubelet; chmod 755 /usr/bin/kubelet; restart kubelet",
    undo,
    finds: finding("kubelet-running", /[Ee]xec format error|status 203|exec/),
    decides: /install the kubelet package/,
  },
  {
    name: "The kubelet is masked",
    on: "w1",
    inject: "systemctl stop kubelet; systemctl mask kubelet",
    undo: `systemctl unmask kubelet; systemctl enable kubelet; ${undo}`,
    finds: finding("kubelet-enabled", /masked/),
    inSample: true,
    inObeySample: true,
  },
  {
    name: "The kubelet is masked on a machine before its join",
    on: "bare",
    inject: "systemctl stop kubelet; systemctl mask kubelet",
    undo: `systemctl unmask kubelet; systemctl enable kubelet; ${undo}`,
    finds: finding("kubelet-enabled", /masked/),
  },
  {
    name: "The kubelet runs, but is disabled",
    on: "w1",
    inject: "systemctl disable kubelet",
    undo: "systemctl enable kubelet",
    finds: finding("kubelet-enabled", /not enabled/),
  },
  {
    name: "The kubelet is stopped",
    on: "w1",
    inject: "systemctl stop kubelet",
    undo,
    finds: finding("kubelet-running", /stopped/),
  },
  {
    name: "The kubelet is stopped on a control plane",
    on: "cp1",
    inject: "systemctl stop kubelet",
    undo,
    finds: finding("kubelet-running", /stopped/),
  },
  {
    name: "The kubelet exits because of an unknown flag",
    on: "w1",
    inject: "kubelet_flags --no-such-flag",
    undo,
    finds: finding(["kubelet-running", "kubelet-flags"], /no-such-flag/),
    decides: /Correct it in .*, or remove it/,
    inSample: true,
    inObeySample: true,
  },
  {
    name: "The kubelet exits because of a flag's value",
    on: "w1",
    inject: "kubelet_flags --v=loud",
    undo,
    finds: finding(["kubelet-running", "kubelet-flags"], /--v\b.*loud|loud.*--v\b/s),
    decides: /Correct it in .*, or remove it/,
  },
  {
    name: "The kubelet exits because of a label that it may not set",
    on: "w1",
    inject: "kubelet_flags --node-labels=node-role.kubernetes.io/worker=",
    undo,
    finds: finding("kubelet-flags", /node-role\.kubernetes\.io\/worker/),
    decides: /Remove them from/,
  },
  {
    name: "The kubelet's configuration has a text where a number belongs",
    on: "w1",
    inject: "kubelet_field maxPods many",
    undo,
    finds: finding("kubelet-configuration", /maxPods/),
    decides: /Correct or remove the field/,
    inSample: true,
  },
  {
    name: "The kubelet's configuration has a field with a typing error",
    on: "w1",
    inject: "kubelet_field maxPodz 20",
    undo,
    finds: finding("kubelet-configuration", /maxPodz.*maxPods/),
    decides: /Correct or remove the field/,
  },
  {
    name: "The kubelet's configuration has a value that the kubelet refuses",
    on: "w1",
    inject: "kubelet_field imageGCHighThresholdPercent 170",
    undo,
    finds: finding(["kubelet-running", "kubelet-configuration"], /imageGCHighThresholdPercent/i),
    decides: /Correct/,
  },
  {
    name: "The kubelet's configuration is not YAML",
    on: "w1",
    inject: "keep /var/lib/kubelet/config.yaml; echo '{[' >>/var/lib/kubelet/config.yaml; restart kubelet",
    undo,
    finds: finding("kubelet-configuration", /cannot read its configuration/),
    decides: /Correct the file/,
  },
  {
    name: "The kubelet's configuration is missing",
    on: "w1",
    inject: "hide /var/lib/kubelet/config.yaml; restart kubelet",
    undo,
    finds: finding("kubelet-configuration", /config\.yaml is missing/),
  },
  {
    name: "Another program has the kubelet's port",
    on: "w1",
    inject: `
      systemctl stop kubelet
      background port socat TCP-LISTEN:10250,fork,reuseaddr EXEC:/bin/false
      eventually 10 sh -c "ss -ltn | grep -q :10250"
      restart kubelet`,
    undo,
    finds: finding(["kubelet-running", "kubelet-healthy"], /10250.*address already in use|10250.*in use/s),
    decides: /Stop it/,
  },
  {
    name: "The kubelet hangs",
    on: "w1",
    inject: 'kill -STOP "$(systemctl show kubelet -p MainPID --value)"',
    undo: 'kill -CONT "$(systemctl show kubelet -p MainPID --value)"',
    finds: finding("kubelet-healthy", /not healthy/),
  },
  {
    name: "Swap is on, and the kubelet refuses it",
    on: "w1",
    inject: `
      printf 'Filename\\tType\\tSize\\tUsed\\tPriority\\n/dev/sdb2 partition 1048572 0 -2\\n' >/root/swaps
      mount_over /root/swaps /proc/swaps
      kubelet_field failSwapOn true`,
    undo,
    finds: finding("swap", /\/dev\/sdb2/),
    decides: /failSwapOn/,
  },
  {
    name: "Swap is on before the join",
    on: "bare",
    inject: `
      printf 'Filename\\tType\\tSize\\tUsed\\tPriority\\n/dev/sdb2 partition 1048572 0 -2\\n' >/root/swaps
      mount_over /root/swaps /proc/swaps`,
    finds: finding("swap", /\/dev\/sdb2/),
    decides: /Turn swap off/,
  },
  {
    name: "The kernel forwards no packets",
    on: "w1",
    inject: "echo 0 >/proc/sys/net/ipv4/ip_forward",
    undo: "echo 1 >/proc/sys/net/ipv4/ip_forward",
    finds: finding("packet-forwarding", /ip_forward is 0/),
  },
];
