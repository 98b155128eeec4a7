import { type SecretObject, secrets } from "../../cluster/resources.ts";
import { inContext } from "../file-failure.ts";
import { type ClusterWritePorts, writeObject } from "./write-objects.ts";

/** Creates or replaces the Secret of a bootstrap token, and returns it as the server stored it. */
export function writeToken(token: SecretObject, ports: ClusterWritePorts): Promise<SecretObject> {
  const { name = "" } = token.metadata ?? {};
  return inContext(`failed to create or update bootstrap token with name ${name}`, () =>
    writeObject(secrets, token, ports),
  );
}
