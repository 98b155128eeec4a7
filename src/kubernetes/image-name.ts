/** Returns the tag of an image's name; "" if it has none. */
export function imageTag(image: string): string {
  const [name = ""] = image.split("@");
  return /:([\w][\w.-]{0,127})$/.exec(name.slice(name.lastIndexOf("/") + 1))?.[1] ?? "";
}

/** Returns the version that a tag stands for: a tag cannot have the `+` of a version, which is an underscore there. */
export function versionOfTag(tag: string): string {
  return tag.replaceAll("_", "+");
}

/** Returns an image's name without its tag and digest. */
export function imageRepository(image: string): string {
  const [name = ""] = image.split("@");
  return name.replace(/:[^/:]*$/, "");
}
