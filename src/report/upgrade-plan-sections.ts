import { minuteText } from "./durations.ts";
import { type Html, html } from "./html.ts";
import { numberOf, type PlainEvent, recordOf, recordsOf, textOf, textsOf } from "./plain-event.ts";
import type { Section } from "./section.ts";
import { listOf, tableOf } from "./tables.ts";
import type { TimedEvent } from "./timed-events.ts";

/** The result of `upgrade plan`: the upgrades, and what one of them finds on this control plane. */
export function upgradePlanSections(events: readonly TimedEvent[]): readonly Section[] {
  const plan = events.findLast(({ event }) => textOf(event, "type") === "upgrade.planned")?.event;
  if (plan === undefined) return [];
  const outlook = recordOf(plan, "outlook");
  const [node, version] = [textOf(outlook, "nodeName"), textOf(outlook, "kubernetesVersion")];
  return [
    { id: "upgrades", heading: "Upgrades", content: upgradesContent(plan) },
    {
      id: "outlook",
      heading: `What to expect from the upgrade to ${version} on ${node}`,
      content: node !== "" && outlookContent(outlook),
    },
  ];
}

function upgradesContent(plan: PlainEvent): Html {
  const upgrades = recordsOf(plan, "upgrades");
  return html`${upgrades.length === 0 && html`<p>There is no newer version for this cluster.</p>`}${upgrades.map(
    (upgrade) => html`<h3>The latest ${textOf(upgrade, "description")}</h3>
<p><code>${textOf(upgrade, "command")}</code></p>
${componentTable(recordsOf(upgrade, "components"))}`,
  )}
<h3>Component configurations</h3>
${configurationTable(recordsOf(plan, "configurations"))}`;
}

function componentTable(components: readonly PlainEvent[]): Html {
  return tableOf({
    caption: "Upgrade kubelets manually, after the control plane.",
    columns: ["Component", "Node", "Now", "Then"],
    rows: components,
    cells: (component) =>
      html`<th scope="row" class="mono">${textOf(component, "name")}</th><td class="mono">${textOf(component, "nodeName")}</td><td class="mono">${textOf(component, "currentVersion")}</td><td class="mono">${textOf(component, "newVersion")}</td>`,
  });
}

function configurationTable(configurations: readonly PlainEvent[]): Html {
  return tableOf({
    caption: "Versions of the configurations that the cluster stores.",
    columns: ["API group", "Now", "Preferred"],
    rows: configurations,
    cells: (each) =>
      html`<th scope="row" class="mono">${textOf(each, "group")}</th><td class="mono">${textOf(each, "currentVersion") || "–"}</td><td class="mono">${textOf(each, "preferredVersion")}</td>`,
  });
}

function outlookContent(outlook: PlainEvent): Html {
  return html`${part(outlook, "refused", "Settings", settings)}
${part(outlook, "images", "Images", images)}
${part(outlook, "certificates", "Certificates", certificates)}
${part(outlook, "manifests", "Manifests", manifests)}
${part(outlook, "edits", "Manifest edits", edits)}
<h3>Kubelets</h3>
${kubelets(recordsOf(outlook, "kubelets"))}
${part(outlook, "etcd", "Etcd", etcd)}
${part(outlook, "backups", "Backups", backups)}`;
}

/** A part of the outlook, or why it is not known. */
function part(
  outlook: PlainEvent,
  field: string,
  heading: string,
  content: (outlook: PlainEvent, field: string) => Html,
): Html {
  const unknown = textOf(recordOf(outlook, field), "unknown");
  return html`<h3>${heading}</h3>
${unknown === "" ? content(outlook, field) : html`<p class="warning">Unknown: ${unknown}</p>`}`;
}

function settings(outlook: PlainEvent, field: string): Html {
  const [refused, deprecated] = [textsOf(outlook, field), textsOf(outlook, "deprecated")];
  const first =
    refused.length === 0
      ? html`<p>No settings were found that the new version rejects.</p>`
      : html`<p class="bad">Remove these before the upgrade: components of the new version do not start with them.</p>
${listOf(refused, (text) => html`<li>${text}</li>`)}`;
  if (deprecated.length === 0) return first;
  return html`${first}
<p>Components of the new version still accept these, but they are deprecated: a later version may reject them.</p>
${listOf(deprecated, (text) => html`<li>${text}</li>`)}`;
}

function images(outlook: PlainEvent, field: string): Html {
  return tableOf({
    caption: "The upgrade pulls absent images.",
    columns: ["Image", "On this machine"],
    rows: recordsOf(outlook, field),
    cells: (image) =>
      html`<th scope="row" class="mono">${textOf(image, "image")}</th><td class="short">${
        image["isPresent"] === true
          ? html`<span class="good">✓ present</span>`
          : html`<span class="warning">! absent</span>`
      }</td>`,
  });
}

function certificates(outlook: PlainEvent, field: string): Html {
  return tableOf({
    caption: "Times are UTC.",
    columns: ["Certificate", "Valid until", "By the upgrade"],
    rows: recordsOf(outlook, field),
    cells: (certificate) =>
      html`<th scope="row" class="mono">${textOf(certificate, "name")}</th><td>${
        minuteText(textOf(certificate, "expires")) || html`<span class="warning">missing</span>`
      }</td><td class="short">${certificate["isRenewed"] === true ? "renewed" : "unchanged"}</td>`,
  });
}

function manifests(outlook: PlainEvent, field: string): Html {
  const changes = textsOf(outlook, field);
  if (changes.length === 0) return html`<p>The manifests do not change.</p>`;
  return html`<p>Without patches.</p>
${changes.map(diffOf)}`;
}

function edits(outlook: PlainEvent, field: string): Html {
  const edited = textsOf(outlook, field);
  if (edited.length === 0) return html`<p>The manifests have no edits: they are as kubeadm writes them.</p>`;
  return html`<p class="warning">Edited manually or by patches. These edits will be lost unless they are in the ClusterConfiguration or in the patches.</p>
${edited.map(diffOf)}`;
}

function diffOf(diff: string): Html {
  const lines = diff.trimEnd().split("\n");
  return html`<pre>${lines.map((line, index) => html`${index > 0 && html`\n`}${changedLine(line)}`)}</pre>`;
}

/** The sign at the beginning says the same without colors. */
function changedLine(line: string): Html {
  if (line.startsWith("+")) return html`<span class="good">${line}</span>`;
  if (line.startsWith("-")) return html`<span class="bad">${line}</span>`;
  return html`${line}`;
}

function kubelets(rows: readonly PlainEvent[]): Html {
  return tableOf({
    caption: "How far kubelets are behind the new control plane.",
    columns: ["Node", "Version", "Minor versions older"],
    rows,
    cells: (kubelet) =>
      html`<th scope="row" class="mono">${textOf(kubelet, "nodeName")}</th><td class="mono">${textOf(kubelet, "version")}</td><td>${skewOf(kubelet)}</td>`,
  });
}

function skewOf(kubelet: PlainEvent): Html {
  const minors = kubelet["minors"];
  if (typeof minors !== "number") return html`unknown`;
  if (minors < 0) return html`newer`;
  return kubelet["isSupported"] === false
    ? html`<span class="bad">${minors}: upgrade it first</span>`
    : html`${minors}`;
}

function etcd(outlook: PlainEvent, field: string): Html {
  const found = recordOf(outlook, field);
  return html`${tableOf({
    caption: "As reported by the members of etcd.",
    columns: ["Member", "Version", "Database", "Role", "State"],
    rows: recordsOf(found, "members"),
    cells: (member) =>
      html`<th scope="row" class="mono">${textOf(member, "name") || textOf(member, "id")}${
        member["isOwn"] === true && " (this machine)"
      }</th><td class="mono">${textOf(member, "version") || "–"}</td><td>${databaseOf(member)}</td><td class="short">${roleOf(member)}</td><td>${stateOf(member)}</td>`,
  })}
<p class="${found["keepsQuorum"] === true ? "good" : "warning"}">${textOf(found, "consequence")}.</p>`;
}

function databaseOf(member: PlainEvent): string {
  const [bytes, quota] = [numberOf(member, "databaseBytes"), numberOf(member, "quotaBytes")];
  if (bytes === undefined) return "–";
  return quota === undefined ? mebibytes(bytes) : `${mebibytes(bytes)} of ${mebibytes(quota)}`;
}

function roleOf(member: PlainEvent): string {
  if (member["isLearner"] === true) return "learner";
  if (member["isLeader"] === true) return "leader";
  return member["answers"] === true ? "follower" : "–";
}

function stateOf(member: PlainEvent): Html {
  const troubles = textsOf(member, "troubles").join("; ");
  if (member["answers"] !== true) return html`<span class="bad">✗ no response: ${troubles}</span>`;
  return troubles === "" ? html`<span class="good">✓ responds</span>` : html`<span class="bad">${troubles}</span>`;
}

function backups(outlook: PlainEvent, field: string): Html {
  const estimate = recordOf(outlook, field);
  if (numberOf(estimate, "reserveBytes") === 0) {
    return html`<p>No backup of etcd is needed: the upgrade doesn't change etcd.</p>`;
  }
  const size = (name: string) => mebibytes(numberOf(estimate, name) ?? 0);
  return html`<p>Backups in <code>${textOf(estimate, "directory")}</code> need at most ${size("bytes")}, and ${size("reserveBytes")} must remain free. ${size("availableBytes")} are free: ${
    estimate["isEnough"] === true
      ? html`<span class="good">enough</span>`
      : html`<span class="bad">not enough, free some space first</span>`
  }.</p>`;
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`;
}
