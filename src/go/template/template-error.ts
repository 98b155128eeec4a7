/** What is wrong with a template, or with its use of the object; the code that prints it adds the template's name. */
export class TemplateError extends Error {}
