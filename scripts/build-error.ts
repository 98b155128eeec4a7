/** A failure that is reported to the person who builds without a stack. */
export class BuildError extends Error {}
