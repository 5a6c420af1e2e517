import { createRequire } from "node:module";
import path from "node:path";
import nunjucks from "nunjucks";

/** Makes HTML of templates of the console's rooms: `messages/message.njk`. */
export type Render = (template: string, context: object) => string;

const require = createRequire(import.meta.url);

/** The folder of a package of ours, or of one below it. */
export function locatePackage(name: string): string {
  return path.dirname(require.resolve(`${name}/package.json`));
}

/** Templates with the macros of GOV.UK in reach. Everything that is not made by a template is escaped. */
export function createTemplates(): Render {
  const folders = [path.dirname(import.meta.dirname), path.join(locatePackage("govuk-frontend"), "dist")];
  const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(folders), {
    autoescape: true,
    trimBlocks: true,
    lstripBlocks: true,
  });
  environment.addGlobal("formField", writeFormField);
  return (template, context) => environment.render(template, context);
}

/** The hidden field by which a form is known as ours; a form without it is refused. */
function writeFormField(token: string): object {
  return new nunjucks.runtime.SafeString(`<input type="hidden" name="form" value="${token}">`);
}
