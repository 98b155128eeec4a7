import { beforeAll, describe, expect, it } from "vitest";
import {
  controlPlaneNode,
  makeAll,
  pki,
  type Tree,
  without,
  workshop,
} from "../../../test/fixtures/kubeadm/certificates/certificates.ts";
import { findExternalAuthorities } from "./external-authorities.ts";

/** The certificates of one init. */
let made: Tree;
beforeAll(async () => {
  const shop = workshop();
  await makeAll(controlPlaneNode(), shop.ports);
  made = shop.host.files.snapshot();
});

describe("an external CA", () => {
  it.each<[string, () => Tree, object]>([
    ["is none where the key is here", () => made, { ca: false, frontProxy: false }],
    ["is none where nothing is here", () => ({}), { ca: false, frontProxy: false }],
    ["is a certificate without key", () => without(made, "ca.key"), { ca: true, frontProxy: false }],
    ["may be that of the front proxy", () => without(made, "front-proxy-ca.key"), { ca: false, frontProxy: true }],
  ])("%s", async (_what, files, expected) => {
    const shop = workshop({ files: files() });
    expect(await findExternalAuthorities(controlPlaneNode().cluster, shop.ports)).toEqual(expected);
  });

  it("must have signed what this machine needs: everything that is missing is named", async () => {
    const gone = ["ca.key", "apiserver.key", "apiserver-kubelet-client.crt"];
    const shop = workshop({ files: without(made, ...gone) });
    await expect(findExternalAuthorities(controlPlaneNode().cluster, shop.ports)).rejects.toMatchObject({
      code: "EXTERNAL_CA_INCOMPLETE",
      message:
        `invalid or incomplete external CA: [failure loading key for apiserver: couldn't load the private key file ${pki}/apiserver.key: open ${pki}/apiserver.key: no such file or directory, ` +
        `failure loading certificate for apiserver-kubelet-client: couldn't load the certificate file ${pki}/apiserver-kubelet-client.crt: open ${pki}/apiserver-kubelet-client.crt: no such file or directory]`,
    });
  });
});
