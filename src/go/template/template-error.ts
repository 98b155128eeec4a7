/** What is wrong with a template, or with what it asks of the object; whoever prints names the template. */
export class TemplateError extends Error {}
