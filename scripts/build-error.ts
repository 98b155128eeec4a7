/** Told without a stack: something that whoever builds is to know. */
export class BuildError extends Error {}
