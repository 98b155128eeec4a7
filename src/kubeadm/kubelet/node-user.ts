/** By this the API server's authorizer and admission tell a kubelet from other users, and know which Node is its own. */
const prefix = "system:node:";

/** Returns the user that the kubelet of a Node is to the API server. */
export function nodeUser(nodeName: string): string {
  return `${prefix}${nodeName}`;
}

/** Returns the Node of a kubelet's user; undefined for other users. */
export function nodeOfUser(user: string): string | undefined {
  return user.startsWith(prefix) ? user.slice(prefix.length) : undefined;
}
