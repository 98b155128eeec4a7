/** Reads the sandbox image from the runtime's configuration, JSON in a form of the runtime's. */
export function sandboxImageOf(configuration: string | undefined): string | undefined {
  try {
    const parsed: unknown = JSON.parse(configuration ?? "");
    const image = typeof parsed === "object" && parsed !== null && "sandboxImage" in parsed ? parsed.sandboxImage : "";
    return typeof image === "string" && image !== "" ? image : undefined;
  } catch {
    return undefined;
  }
}
