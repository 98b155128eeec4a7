/** Returns a message in Go's style as a sentence. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const ended = /[.!?:…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  // Names such as etcd and kubelet.conf are not capitalized.
  return ended.replace(
    /^(?:the|this|a|no|it|failed|cannot|could|unable)\b/,
    (word) => word.charAt(0).toUpperCase() + word.slice(1),
  );
}
