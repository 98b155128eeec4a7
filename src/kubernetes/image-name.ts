/** Returns the tag of an image's name; "" if it has none. */
export function imageTag(image: string): string {
  const [name = ""] = image.split("@");
  return /:([\w][\w.-]{0,127})$/.exec(name.slice(name.lastIndexOf("/") + 1))?.[1] ?? "";
}

/** Returns an image's name without its tag and digest. */
export function imageRepository(image: string): string {
  const [name = ""] = image.split("@");
  return name.replace(/:[^/:]*$/, "");
}
